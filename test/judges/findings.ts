/**
 * Every finding of a judge, with the reason why it stands. A finding that is not here fails a test, and so does one
 * that is here and no longer occurs. docs/compliance.md is made from this file and from controls.ts.
 */
import { APP_NAMES, AppName } from './app-names';
import type { CycleName } from './cycles';
import type { ResourceName } from './resources';

export type Judge = 'cdk-nag' | 'cfn-lint' | 'cfn_nag' | 'checkov' | 'Prowler';

/** By resource, the apps in which it has the finding. */
type Places = Readonly<Partial<Record<ResourceName, readonly AppName[]>>>;

export interface Finding {
  readonly id: string;
  /** What the judges report. */
  readonly title: string;
  /** Why it stands. */
  readonly reason: string;
  /** What to do where the rule binds. */
  readonly choose: string;
  readonly seen: readonly {
    readonly judge: Judge;
    /** With what it found, if the judge says it: `RULE[found]`. So a wider wildcard is a new finding. */
    readonly rules: readonly string[];
    readonly on: Places;
    /** Whether no suppression to paste names it, because the app decides. */
    readonly ofApp?: boolean;
  }[];
  /** For checks of Prowler, on which days of which cycle they fail. */
  readonly days?: Readonly<Record<string, Readonly<Partial<Record<CycleName, string>>>>>;
}

const ALL = [...APP_NAMES];
const without = (...names: AppName[]) => ALL.filter((name) => !names.includes(name));
const IN_USER_STACKS: AppName[] = ['user stacks', 'nested user stacks'];

const WITH_SCHEDULES: AppName[] = ['EventBridge Scheduler', 'all options'];

const SECRETS: Places = { secret: ALL };
const USERS: Places = { user: ALL, 'existing user': ['taken over'] };
const FUNCTION: Places = { function: ALL };
const TOPIC: Places = { topic: without('all options') };
const LOG: Places = { 'log group': ALL };
/** The right of a user to read its own secret: for an existing user, it is a resource of its own. */
const OWN_SECRET: Places = { user: ALL, 'right of an existing user': ['taken over'] };

/** The last day that cycles.ts plays. */
export const LAST_DAY = 199;
export const EACH_DAY = `0-${LAST_DAY}`;
/** In all cycles. */
const always: Record<CycleName, string> = {
  'default schedule': EACH_DAY,
  'default schedule, consumers switch on the last day': EACH_DAY,
  'default schedule, no consumer': EACH_DAY,
  'default schedule, just after a check': EACH_DAY,
  'activeUnder(90 days)': EACH_DAY,
  'a new key every 45 days, no consumer': EACH_DAY,
  'a new key every 30 days, no consumer': EACH_DAY,
  'deactivation postponed by up to 14 days': EACH_DAY,
  'fixed rates': EACH_DAY,
  'fixed rates, a new key every 180 days': EACH_DAY,
  'adopted with a key of 200 days': EACH_DAY,
};
const SWITCH_PERIODS = '90-104, 180-194';
const OVER_90_DAYS = '91-104, 181-194';

/** The actions that Prowler names. */
const KEY_ACTIONS = "['iam:CreateAccessKey', 'iam:DeleteAccessKey']";

export const CYCLE_COUNT = Object.keys(always).length;

export const FINDINGS: readonly Finding[] = [
  {
    id: 'managed-rotation',
    title: 'The rotation by Secrets Manager itself is not enabled',
    reason:
      'The rotation by Secrets Manager publishes a value by its own labels and in its own order, and would interfere with this one. This construct replaces the key and the value. The policy of a secret that it created denies `RotateSecret` to all others.',
    choose:
      '[Suppress](#suppressions) the finding. No option enables that rotation. As evidence, take the [status](operations.md#send-an-event) of the rotation.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'AwsSolutions-SMG4',
          'HIPAA.Security-SecretsManagerRotationEnabled',
          'NIST.800.53.R5-SecretsManagerRotationEnabled',
        ],
        on: SECRETS,
      },
      {
        judge: 'Prowler',
        rules: ['secretsmanager_automatic_rotation_enabled', 'secretsmanager_secret_rotated_periodically'],
        on: SECRETS,
      },
    ],
    days: { secretsmanager_automatic_rotation_enabled: always, secretsmanager_secret_rotated_periodically: always },
  },
  {
    id: 'two-active-keys',
    title: 'A user has two active access keys',
    reason:
      'In each switch period, the old and the new key are both active, so that consumers change without an interruption.',
    choose:
      'Shorten the switch period, with `RotationSchedule.of({ create, deactivate, delete })`: it is at least one day. No schedule avoids it.',
    seen: [],
    days: {
      iam_user_two_active_access_key: {
        'default schedule': SWITCH_PERIODS,
        'default schedule, consumers switch on the last day': SWITCH_PERIODS,
        'default schedule, no consumer': SWITCH_PERIODS,
        'default schedule, just after a check': '90-105, 180-195',
        'activeUnder(90 days)': '73-87, 146-160',
        'a new key every 45 days, no consumer': '45-59, 90-104, 135-149, 180-194',
        'a new key every 30 days, no consumer': '30-44, 60-74, 90-104, 120-134, 150-164, 180-194',
        'deactivation postponed by up to 14 days': '90-118, 180-199',
        'fixed rates': '90-104, 180-199',
        'fixed rates, a new key every 180 days': '180-194',
        'adopted with a key of 200 days': '0-14, 90-104, 180-194',
      },
    },
  },
  {
    id: 'old-active-key',
    title: 'An active access key is older than 90 days',
    reason:
      'By default, a key is replaced at 90 days, and the old one stays active for the 14 days of the switch period.',
    choose:
      'Use [`RotationSchedule.activeUnder(Duration.days(90))`](scheduling.md#limits-for-active-keys). A key that an adopted user had before is reported until its switch period ends.',
    seen: [],
    days: {
      iam_rotate_access_key_90_days: {
        'default schedule': OVER_90_DAYS,
        'default schedule, consumers switch on the last day': OVER_90_DAYS,
        'default schedule, no consumer': OVER_90_DAYS,
        'default schedule, just after a check': '91-105, 181-195',
        'deactivation postponed by up to 14 days': '91-118, 181-199',
        'fixed rates': '91-104, 181-199',
        'fixed rates, a new key every 180 days': '91-194',
        'adopted with a key of 200 days': '0-14, 91-104, 181-194',
      },
    },
  },
  {
    id: 'unused-key',
    title: 'An active access key is unused for more than 45 days',
    reason:
      'Only where no consumer uses the key: also the old key of a switch period of more than 45 days, once its consumers have switched. The rotation itself uses a new key once, when it verifies it with STS, so an unused key counts as used on the day of its creation.',
    choose:
      '[Remove](operations.md#remove-a-user-or-the-rotation) a user without a consumer: the [digest](notifications.md#the-digest) names unused keys. For a key that is kept for an emergency, create a new one every 30 days.',
    seen: [],
    days: {
      iam_user_accesskey_unused: {
        'default schedule, no consumer': '46-104, 136-194',
        'a new key every 45 days, no consumer': '46-59, 91-104, 136-149, 181-194',
        'adopted with a key of 200 days': '0-14',
      },
    },
  },
  {
    id: 'unused-secret',
    title: 'A secret was not read for 90 days',
    reason:
      'Only with `RotationTrigger.fixedRates()` and `create` of 90 days or more, as by default, and where no consumer reads the secret: each `create` check reads it, and the next one comes a whole period later.',
    choose:
      'Use checks at [fixed times](scheduling.md#rules-scheduler-or-fixed-rates), or `create` of less than 90 days. [Remove](operations.md#remove-a-user-or-the-rotation) a user without a consumer.',
    seen: [],
    days: { secretsmanager_secret_unused: { 'fixed rates': '90', 'fixed rates, a new key every 180 days': '90-180' } },
  },
  {
    id: 'long-term-key',
    title: 'A user has long-term credentials for services other than IAM and STS',
    reason: 'It is the purpose of the construct. What needs no IAM user should have none.',
    choose: 'Use a role, IAM Identity Center or IAM Roles Anywhere where the consumer can.',
    seen: [],
    days: {
      iam_user_with_temporary_credentials: Object.fromEntries(
        Object.entries(always).filter(([cycle]) => !cycle.endsWith('no consumer')),
      ),
    },
  },
  {
    id: 'own-secret',
    title: 'A policy is attached to a user, and inline',
    reason:
      'The right of a user to read its own secret belongs to that user alone. A group or a managed policy would be one more resource for each user, and could be attached elsewhere.',
    choose: 'Set `selfRead: false`, and let another principal distribute the keys.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-IAMUserNoPolicies',
          'NIST.800.53.R5-IAMUserNoPolicies',
          'PCI.DSS.321-IAMUserNoPolicies',
        ],
        on: OWN_SECRET,
      },
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-IAMNoInlinePolicy',
          'NIST.800.53.R5-IAMNoInlinePolicy',
          'PCI.DSS.321-IAMNoInlinePolicy',
        ],
        on: OWN_SECRET,
      },
      { judge: 'checkov', rules: ['CKV_AWS_40'], on: { 'right of an existing user': ['taken over'] } },
      { judge: 'cfn_nag', rules: ['F10'], on: { user: ALL } },
      { judge: 'cfn_nag', rules: ['F11'], on: { 'right of an existing user': ['taken over'] } },
      { judge: 'Prowler', rules: ['iam_policy_attached_only_to_group_or_roles'], on: USERS },
    ],
    days: { iam_policy_attached_only_to_group_or_roles: always },
  },
  {
    id: 'role-policies',
    title: 'A role of the rotation has inline policies',
    reason:
      'The policies of the function and of the schedules are of no use to another role, and an inline policy cannot be attached to one.',
    choose: '[Suppress](#suppressions) the finding, or create the roles elsewhere with `iam.Role.customizeRoles()`.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-IAMNoInlinePolicy',
          'NIST.800.53.R5-IAMNoInlinePolicy',
          'PCI.DSS.321-IAMNoInlinePolicy',
        ],
        on: { 'role of the function': ALL, 'role of the schedules': WITH_SCHEDULES },
      },
    ],
  },
  {
    id: 'permissions-by-tag',
    title: 'The function may act on all users and secrets with the tag of the rotation',
    reason:
      'A list of the users in user stacks does not fit into a policy. A condition on the tag `cdk-access-key-rotation` limits the statement, and cdk-nag does not read conditions.',
    choose:
      '[Suppress](#suppressions) the finding, or do not use `userStacks`: up to 59 users fit into one stack, and each is listed by its ARN.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::111122223333:user/*]',
          'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:us-east-1:111122223333:secret:*]',
        ],
        on: { 'role of the function': IN_USER_STACKS },
      },
    ],
  },
  {
    id: 'key-permissions',
    title: 'The function may create and delete access keys, which allows privilege escalation',
    reason:
      'To create and delete the keys of its users is what a rotation does. Prowler reads only the actions of a policy. It does not read the resources, which are the users of the rotation, nor the condition on the tag `cdk-access-key-rotation`, which limits the policy with `userStacks`. Which kind of policy has the permission, managed or inline, makes no difference.',
    choose:
      '[Suppress](#suppressions) the finding: no option avoids it. The risk that it names is a principal that runs other code with the role of the function, and so gets the permissions of its users. Compare who has [these permissions](security.md#who-is-trusted), first of all `lambda:UpdateFunctionCode`, and `iam:PassRole` on that role.',
    seen: [
      {
        judge: 'Prowler',
        rules: [`iam_policy_allows_privilege_escalation${KEY_ACTIONS}`],
        on: { 'policy of the function': without(...IN_USER_STACKS) },
      },
      {
        judge: 'Prowler',
        rules: [`iam_inline_policy_allows_privilege_escalation${KEY_ACTIONS}`],
        on: { 'role of the function': IN_USER_STACKS },
      },
    ],
  },
  {
    id: 'aws-managed-policy',
    title: 'A user has a managed policy of AWS',
    reason: 'The app chose it, in `managedPolicies`. The rotation attaches none.',
    choose: 'Pass customer managed policies.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/ReadOnlyAccess]'],
        on: { user: ['all options'] },
        ofApp: true,
      },
    ],
  },
  {
    id: 'no-group',
    title: 'A user is in no group',
    reason: 'What the key is for is not known to the rotation.',
    choose: 'Set `groups`.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-IAMUserGroupMembership',
          'NIST.800.53.R5-IAMUserGroupMembership',
          'PCI.DSS.321-IAMUserGroupMembership',
        ],
        on: { user: ALL },
      },
      { judge: 'cfn_nag', rules: ['F2000'], on: { user: ALL } },
    ],
  },
  {
    id: 'no-mfa',
    title: 'A user has no MFA device',
    reason: 'The users are programs without a password. A program has no MFA device.',
    choose: '[Suppress](#suppressions) the finding for users without a password.',
    seen: [{ judge: 'Prowler', rules: ['iam_user_hardware_mfa_enabled'], on: USERS }],
    days: { iam_user_hardware_mfa_enabled: always },
  },
  {
    id: 'secret-policy',
    title: 'The policy of the secret has no Deny of all actions for all other principals',
    reason:
      'It denies what only the rotation does. A Deny of `secretsmanager:*` for all others would lock out CloudFormation, the readers that you grant, and those who repair the policy.',
    choose: 'Add statements with `rotation.user(name).secret.addToResourcePolicy()`.',
    seen: [{ judge: 'Prowler', rules: ['secretsmanager_has_restrictive_resource_policy'], on: SECRETS }],
    days: { secretsmanager_has_restrictive_resource_policy: always },
  },
  {
    id: 'trust-of-lambda',
    title: 'The trust policy of the role of the function has no condition on the source account',
    reason:
      'Lambda assumes the role for functions of this account only: to pass a role to a function, a principal needs `iam:PassRole` in the account of the role.',
    choose: 'Create the role elsewhere with `iam.Role.customizeRoles()`, and try the condition with a function first.',
    seen: [
      {
        judge: 'Prowler',
        rules: ['iam_role_cross_service_confused_deputy_prevention'],
        on: { 'role of the function': ALL },
      },
    ],
  },
  {
    id: 'key-of-secret',
    title: 'The secret is encrypted with the AWS managed key',
    reason: 'A customer managed KMS key costs $1 a month, and each reader needs a permission on it.',
    choose: 'Set `encryptionKey`, for the rotation or for a user.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-SecretsManagerUsingKMSKey',
          'NIST.800.53.R5-SecretsManagerUsingKMSKey',
          'PCI.DSS.321-SecretsManagerUsingKMSKey',
        ],
        on: { secret: without('all options') },
      },
      { judge: 'checkov', rules: ['CKV_AWS_149'], on: { secret: without('all options') } },
      { judge: 'cfn_nag', rules: ['W77'], on: { secret: without('all options') } },
    ],
  },
  {
    id: 'key-of-topic',
    title: 'The topic is not encrypted with KMS',
    reason:
      'No message holds a credential, and the topic denies requests without TLS. With a KMS key, each publisher, such as an alarm, needs a permission on it.',
    choose: 'Pass a `topic` with a `masterKey`.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: ['HIPAA.Security-SNSEncryptedKMS', 'NIST.800.53.R5-SNSEncryptedKMS', 'PCI.DSS.321-SNSEncryptedKMS'],
        on: TOPIC,
      },
      { judge: 'checkov', rules: ['CKV_AWS_26'], on: TOPIC },
      { judge: 'cfn_nag', rules: ['W47'], on: TOPIC },
    ],
  },
  {
    id: 'key-of-log',
    title: 'The log group is not encrypted with a customer managed KMS key',
    reason: 'CloudWatch Logs encrypts each log group. No record of the log holds a secret access key.',
    choose: 'Use the [escape hatch](escape-hatches.md#kms-key-of-the-log).',
    seen: [
      {
        judge: 'cdk-nag',
        rules: [
          'HIPAA.Security-CloudWatchLogGroupEncrypted',
          'NIST.800.53.R5-CloudWatchLogGroupEncrypted',
          'PCI.DSS.321-CloudWatchLogGroupEncrypted',
        ],
        on: LOG,
      },
      { judge: 'checkov', rules: ['CKV_AWS_158'], on: LOG },
      { judge: 'cfn_nag', rules: ['W84'], on: LOG },
    ],
  },
  {
    id: 'key-of-queue',
    title: 'The dead-letter queue is not encrypted with KMS',
    reason:
      'It is encrypted by SQS itself (SSE-SQS), which this rule does not read. Its messages are events without a credential.',
    choose: 'Use the [escape hatch](escape-hatches.md#kms-key-of-the-dead-letter-queue).',
    seen: [
      { judge: 'checkov', rules: ['CKV_AWS_27'], on: { 'dead-letter queue': ALL } },
      { judge: 'cfn_nag', rules: ['W48'], on: { 'dead-letter queue': ALL } },
    ],
  },
  {
    id: 'key-of-environment',
    title: 'The environment of the function is not encrypted with a customer managed KMS key',
    reason: 'Lambda encrypts it at rest. It holds names of users and resources, and no credential.',
    choose: 'Use the [escape hatch](escape-hatches.md#kms-key-of-the-environment).',
    seen: [{ judge: 'checkov', rules: ['CKV_AWS_173'], on: FUNCTION }],
  },
  {
    id: 'function-in-vpc',
    title: 'The function is in no VPC',
    reason: 'It calls only APIs of AWS, and nothing in a VPC. There, it needs a route to each of these APIs.',
    choose: 'Use the [escape hatch](escape-hatches.md#vpc).',
    seen: [
      {
        judge: 'cdk-nag',
        rules: ['HIPAA.Security-LambdaInsideVPC', 'NIST.800.53.R5-LambdaInsideVPC', 'PCI.DSS.321-LambdaInsideVPC'],
        on: FUNCTION,
      },
      { judge: 'checkov', rules: ['CKV_AWS_117'], on: FUNCTION },
      { judge: 'cfn_nag', rules: ['W89'], on: FUNCTION },
    ],
  },
  {
    id: 'function-concurrency',
    title: 'The function has no reserved concurrency',
    reason:
      'Reserved concurrency takes from the limit of the account, and the first deploy of a rotation fails where none is left. An alarm reports throttled checks.',
    choose: 'Use the [escape hatch](escape-hatches.md#concurrency).',
    seen: [
      {
        judge: 'cdk-nag',
        rules: ['HIPAA.Security-LambdaConcurrency', 'NIST.800.53.R5-LambdaConcurrency'],
        on: FUNCTION,
      },
      { judge: 'checkov', rules: ['CKV_AWS_115'], on: FUNCTION },
      { judge: 'cfn_nag', rules: ['W92'], on: FUNCTION },
    ],
  },
  {
    id: 'log-permissions',
    title: 'The function has no permission to create its log group',
    reason:
      'The template creates the log group, with its retention. The rule requires the permission in the statement that allows to write. With it, Lambda would create a group without a retention when the group of the stack was deleted.',
    choose: '[Suppress](#suppressions) the finding.',
    seen: [{ judge: 'cfn_nag', rules: ['W58'], on: FUNCTION }],
  },
  {
    id: 'policy-complexity',
    title: 'The policy of the function is complex, by a metric of cfn_nag',
    reason:
      'The metric counts each condition, and each reference of the template as a service of its own. The policy has a statement for each purpose, with the ARNs and the conditions of that purpose. Fewer statements would allow more. The default is one point below the limit, and options add statements.',
    choose: '[Suppress](#suppressions) the finding.',
    seen: [{ judge: 'cfn_nag', rules: ['W76'], on: { 'role of the function': [...IN_USER_STACKS, 'all options'] } }],
  },
  {
    id: 'name-of-role',
    title: 'The role of the schedules has an explicit name',
    reason:
      'A schedule in a user stack names the role by its ARN, so that its stack imports nothing from the stack of the rotation. The name has the Region and a hash of the rotation, so no other role has it.',
    choose: 'Use [EventBridge rules](scheduling.md), which need no role, or [suppress](#suppressions) the finding.',
    seen: [{ judge: 'cfn_nag', rules: ['W28'], on: { 'role of the schedules': WITH_SCHEDULES } }],
  },
  {
    id: 'alarm-actions',
    title: 'The alarms have no action',
    reason: 'The app decides who is notified.',
    choose: 'Set `alarmActions`.',
    seen: [
      {
        judge: 'cdk-nag',
        rules: ['HIPAA.Security-CloudWatchAlarmAction', 'NIST.800.53.R5-CloudWatchAlarmAction'],
        on: { alarm: without('all options') },
      },
    ],
  },
  {
    id: 'order-of-resources',
    title: 'A dependency is declared that a reference implies',
    reason:
      'The CDK adds some itself, and the library declares what has to exist first for its order, not for its name. A dependency more changes nothing.',
    choose: '[Suppress](#suppressions) the rule.',
    seen: [
      {
        judge: 'cfn-lint',
        rules: ['W3005'],
        on: {
          function: ALL,
          'first key': ALL,
          'digest schedule': WITH_SCHEDULES,
          'schedule of a user': WITH_SCHEDULES,
        },
      },
    ],
  },
];

/** The name of a rule, without what it found. */
export const ruleName = (rule: string): string => rule.replace(/\[.*/, '');

/**
 * A finding as text, so that sets of them compare.
 *
 * @param resource - its name in resources.ts
 */
export const place = (rule: string, resource: string, app: string): string => `${rule} on ${resource} in "${app}"`;

/** What a judge found that no entry explains, and what is explained and was not found. Both have to be empty. */
export function differences(judge: Judge, found: Iterable<string>): { unexplained: string[]; obsolete: string[] } {
  const explained = new Set(
    FINDINGS.flatMap(({ seen }) => seen)
      .filter((entry) => entry.judge === judge)
      .flatMap(({ rules, on }) =>
        rules.flatMap((rule) =>
          Object.entries(on).flatMap(([resource, apps]) => apps.map((app) => place(rule, resource, app))),
        ),
      ),
  );
  const all = new Set(found);
  return {
    unexplained: [...all].filter((finding) => !explained.has(finding)).sort(),
    obsolete: [...explained].filter((finding) => !all.has(finding)).sort(),
  };
}

/** For each cycle, the days of each check of Prowler that fails on some. */
export function explainedDays(): Record<string, Record<string, string>> {
  const result: Record<string, Record<string, string>> = {};
  for (const { days = {} } of FINDINGS) {
    for (const [check, cycles] of Object.entries(days)) {
      for (const [cycle, text] of Object.entries(cycles)) (result[cycle] ??= {})[check] = text;
    }
  }
  return result;
}

/** Suppressions to paste, made from findings.ts. docs/compliance.md prints them; suppressions.test.ts pastes them. */
import { Finding, FINDINGS, Judge, ruleName } from './findings';
import { ResourceName, typeOf } from './resources';
import { OWNER_TAG } from '../../src/contract/settings';

/** The value of the tag of each rotation has slashes: `us-east-1/Keys/01234567`, for an adopted user one more. */
const IN_EACH_VALUE = '/';

/** The inline policy with the right of a user to read its own secret. */
const OWN_POLICY = 'ReadOwnSecret';

const NOTE = 'Access keys are replaced by cdk-access-key-rotation: see its page docs/compliance.md.';

/** A rule of Security Hub that suppresses findings of these controls on resources with the tag of a rotation. */
const automationRule = (name: string, order: number, description: string, controls: readonly string[]) => ({
  Type: 'AWS::SecurityHub::AutomationRule',
  Properties: {
    RuleName: name,
    RuleOrder: order,
    RuleStatus: 'ENABLED',
    Description: description,
    Criteria: {
      ComplianceSecurityControlId: controls.map((Value) => ({ Comparison: 'EQUALS', Value })),
      ResourceTags: [{ Comparison: 'CONTAINS', Key: OWNER_TAG, Value: IN_EACH_VALUE }],
      WorkflowStatus: ['NEW', 'NOTIFIED'].map((Value) => ({ Comparison: 'EQUALS', Value })),
    },
    Actions: [
      {
        Type: 'FINDING_FIELDS_UPDATE',
        FindingFieldsUpdate: { Workflow: { Status: 'SUPPRESSED' }, Note: { Text: NOTE, UpdatedBy: OWNER_TAG } },
      },
    ],
  },
});

export const AUTOMATION_RULES = {
  Resources: {
    AccessKeyRotation: automationRule(
      'access-key-rotation',
      101,
      'By design: the right of a user to read its own secret, no rotation by Secrets Manager itself, and no MFA device',
      ['IAM.2', 'IAM.19', 'SecretsManager.1', 'SecretsManager.4'],
    ),
    OldKeysInSwitchPeriods: automationRule(
      'access-key-rotation-old-keys',
      102,
      'Only for schedules of more than 90 days. It hides overdue keys too, which the alarms report',
      ['IAM.3'],
    ),
  },
};

/** Prowler searches for it, as a regular expression, in the text `<key>=<value> | <key>=<value>`. */
const TAGGED = `(^|[|] )${OWNER_TAG}=`;

/**
 * The role of the function of a rotation `Rotation` in the stack `Keys`, before the random part of the name. The reader
 * puts in the name of the own role: CloudFormation shortens long ones, so no pattern fits each.
 */
export const ROLE = 'Keys-RotationRotatorRole0515301D';

/** The start of the names of its managed policies, up to the number: what follows changes with the users. */
export const POLICIES = 'Keys-RotationRotatorPermissionsPolicy';

/** Prowler searches for them, as regular expressions. */
const ROLE_NAME = `^${ROLE}-[0-9A-Za-z]+`;
const POLICY_NAME = `^${POLICIES}[1-9][0-9A-Fa-f]{16}-[0-9A-Za-z]+$`;

interface Muted {
  /** The name of the resource, as Prowler has it. All by default. */
  readonly resources?: string;
  readonly tags?: readonly string[];
}

/** What is suppressed in an account. The checks of old and of unused keys stay: they find what is wrong. */
const MUTED: Readonly<Record<string, Muted>> = {
  // It names the user and the policy.
  iam_policy_attached_only_to_group_or_roles: { resources: `/${OWN_POLICY}$`, tags: [TAGGED] },
  iam_user_hardware_mfa_enabled: { tags: [TAGGED] },
  iam_user_two_active_access_key: { tags: [TAGGED] },
  iam_user_with_temporary_credentials: { tags: [TAGGED] },
  secretsmanager_automatic_rotation_enabled: { tags: [TAGGED] },
  secretsmanager_has_restrictive_resource_policy: { tags: [TAGGED] },
  secretsmanager_secret_rotated_periodically: { tags: [TAGGED] },
  // Roles have no tag of the rotation.
  iam_role_cross_service_confused_deputy_prevention: { resources: `${ROLE_NAME}$` },
  // Neither have policies that CloudFormation creates.
  iam_policy_allows_privilege_escalation: { resources: POLICY_NAME },
};

/** Only with user stacks. It names the role and the policy. */
const MUTED_WITH_USER_STACKS: Readonly<Record<string, Muted>> = {
  iam_inline_policy_allows_privilege_escalation: { resources: `${ROLE_NAME}/[^/]+$` },
};

const reasonOf = (rule: string): string => {
  const finding = FINDINGS.find(
    ({ seen, days = {} }) => rule in days || seen.some(({ rules }) => rules.map(ruleName).includes(rule)),
  );
  if (!finding) throw new Error(`${rule} has no entry in findings.ts.`);
  return finding.title;
};

const mutedChecks = (checks: Readonly<Record<string, Muted>>) =>
  Object.fromEntries(
    Object.entries(checks).map(([check, { resources = '*', tags }]) => [
      check,
      { Regions: ['*'], Resources: [resources], ...(tags && { Tags: tags }), Description: reasonOf(check) },
    ]),
  );

/** A mutelist of Prowler. */
export const MUTELIST = { Accounts: { '*': { Checks: mutedChecks(MUTED) } } };

/** More checks of the mutelist. */
export const MORE_MUTED_CHECKS = mutedChecks(MUTED_WITH_USER_STACKS);

const typesOf = (on: Finding['seen'][number]['on']): string[] => (Object.keys(on) as ResourceName[]).map(typeOf);

/** The rules of a judge, with the reason of each. */
function reasons(judge: Judge, type?: string): { id: string; reason: string }[] {
  const byRule = new Map<string, string>();
  for (const { seen, reason } of FINDINGS) {
    for (const { judge: by, rules, on, ofApp } of seen) {
      if (by !== judge || ofApp || (type !== undefined && !typesOf(on).includes(type))) continue;
      for (const rule of rules) if (!byRule.has(rule)) byRule.set(rule, reason);
    }
  }
  return [...byRule].map(([id, reason]) => ({ id, reason })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** For cdk-nag, the rules of each reason. */
export const ACKNOWLEDGED: Readonly<Record<string, readonly string[]>> = reasons('cdk-nag').reduce<
  Record<string, string[]>
>((all, { id, reason }) => ({ ...all, [reason]: [...(all[reason] ?? []), id] }), {});

const typesWith = (judge: Judge) => [
  ...new Set(
    FINDINGS.flatMap(({ seen }) => seen.filter((entry) => entry.judge === judge).flatMap(({ on }) => typesOf(on))),
  ),
];

/** The IDs of the rules for checkov and cfn_nag, by resource type. */
export const SKIPPED: Readonly<
  Record<string, { readonly checkov?: readonly string[]; readonly cfn_nag?: readonly string[] }>
> = Object.fromEntries(
  [...new Set([...typesWith('checkov'), ...typesWith('cfn_nag')])].sort().map((type) => {
    const [checkov, cfn_nag] = (['checkov', 'cfn_nag'] as const).map((judge) =>
      reasons(judge, type).map(({ id }) => id),
    );
    return [type, { ...(checkov.length > 0 && { checkov }), ...(cfn_nag.length > 0 && { cfn_nag }) }];
  }),
);

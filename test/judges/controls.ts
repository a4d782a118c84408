/**
 * The controls of standards that concern access keys and their secrets, and other controls of Security Hub with a
 * finding: what each checks, by its source, and which findings it makes. docs/compliance.md is made from this file and
 * from findings.ts.
 */

/** The standards of which Security Hub names related requirements for a control. */
export const STANDARDS = ['CIS AWS Foundations', 'PCI DSS', 'NIST SP 800-53 r5', 'NIST SP 800-171 r2'] as const;
export type Standard = (typeof STANDARDS)[number];

export interface Control {
  readonly name: string;
  /** What it checks, by its source. */
  readonly checks: string;
  readonly source: string;
  /** Findings of findings.ts, whose days and reasons apply. */
  readonly findings: readonly string[];
  /** The check of Prowler with the same rule: its days stand for those of the control. */
  readonly check?: string;
  /** What else is reported, beside the days of `check`. */
  readonly also?: string;
  /** In place of days. */
  readonly sees?: string;
  /** Of a control of Security Hub: the related requirements, as AWS lists them on the page of the control. */
  readonly related?: Readonly<Partial<Record<Standard, readonly string[]>>>;
  /** The requirement of a standard as `related` has it, such as "4.0.1/8.3.9" of PCI DSS. */
  readonly requirement?: string;
  /** Where Prowler maps the control to a check: the file, without `_aws.json`, the ID there, and the check. */
  readonly mapped?: readonly { readonly framework: string; readonly id: string; readonly check: string }[];
}

const HUB = 'https://docs.aws.amazon.com/securityhub/latest/userguide';
const CONFIG = 'https://docs.aws.amazon.com/config/latest/developerguide';
const SECRETS_MANAGER = 'https://docs.aws.amazon.com/secretsmanager/latest/apireference';
const SOC_2 =
  'https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022';

const practice = (id: string, check: string) => [{ framework: 'aws_foundational_security_best_practices', id, check }];
const OLD_KEYS = 'iam_rotate_access_key_90_days';
const UNUSED_KEYS = 'iam_user_accesskey_unused';
const UNUSED_SECRETS = 'secretsmanager_secret_unused';
const NO_ROTATION = 'secretsmanager_automatic_rotation_enabled';
const ROTATED_PERIODICALLY = 'secretsmanager_secret_rotated_periodically';

export const CONTROLS: readonly Control[] = [
  {
    name: 'Security Hub IAM.2',
    checks: 'No policy is attached to a user, inline or managed.',
    source: `${HUB}/iam-controls.html#iam-2`,
    findings: ['own-secret'],
    check: 'iam_policy_attached_only_to_group_or_roles',
    related: {
      'CIS AWS Foundations': ['5.0.0/1.14', '3.0.0/1.15', '1.2.0/1.16'],
      'PCI DSS': ['3.2.1/7.2.1'],
      'NIST SP 800-53 r5': ['AC-2', 'AC-2(1)', 'AC-3', 'AC-3(15)', 'AC-3(7)', 'AC-6', 'AC-6(3)'],
      'NIST SP 800-171 r2': ['3.1.1', '3.1.2', '3.1.7', '3.3.9', '3.13.3'],
    },
  },
  {
    name: 'Security Hub IAM.3',
    checks: 'Each active key is replaced within 90 days. The limit cannot be changed.',
    source: `${HUB}/iam-controls.html#iam-3`,
    findings: ['old-active-key'],
    check: OLD_KEYS,
    mapped: practice('IAM.3', OLD_KEYS),
    related: {
      'CIS AWS Foundations': ['5.0.0/1.13', '3.0.0/1.14', '1.4.0/1.14', '1.2.0/1.4'],
      'PCI DSS': ['4.0.1/8.3.9', '4.0.1/8.6.3'],
      'NIST SP 800-53 r5': ['AC-2(1)', 'AC-2(3)', 'AC-3(15)'],
    },
  },
  {
    name: 'Security Hub IAM.8',
    checks: 'Each active key was used within 90 days.',
    source: `${HUB}/iam-controls.html#iam-8`,
    findings: ['unused-key'],
    sees: 'Only where no consumer uses the key: by default, the old key on days 91 to 104, in the switch period. A new key counts as used on the day of its creation',
    mapped: practice('IAM.8', UNUSED_KEYS),
    check: UNUSED_KEYS,
    related: {
      'CIS AWS Foundations': ['1.2.0/1.3'],
      'PCI DSS': ['4.0.1/8.2.6', '3.2.1/8.1.4'],
      'NIST SP 800-53 r5': ['AC-2', 'AC-2(1)', 'AC-2(3)', 'AC-3', 'AC-3(15)', 'AC-3(7)', 'AC-6'],
      'NIST SP 800-171 r2': ['3.1.2'],
    },
  },
  {
    name: 'Security Hub IAM.19',
    checks: 'Each user has an MFA device, also a user without a password.',
    source: `${CONFIG}/iam-user-mfa-enabled.html`,
    findings: ['no-mfa'],
    check: 'iam_user_hardware_mfa_enabled',
    related: {
      'PCI DSS': ['4.0.1/8.4.2', '3.2.1/8.3.1'],
      'NIST SP 800-53 r5': ['AC-2(1)', 'AC-3(15)', 'IA-2(1)', 'IA-2(2)', 'IA-2(6)', 'IA-2(8)'],
      'NIST SP 800-171 r2': ['3.3.8', '3.5.3', '3.5.4', '3.7.5'],
    },
  },
  {
    name: 'Security Hub IAM.22',
    checks: 'Each active key was used within 45 days.',
    source: `${HUB}/iam-controls.html#iam-22`,
    findings: ['unused-key'],
    check: UNUSED_KEYS,
    mapped: practice('IAM.22', UNUSED_KEYS),
    related: { 'CIS AWS Foundations': ['5.0.0/1.11', '3.0.0/1.12', '1.4.0/1.12'], 'NIST SP 800-171 r2': ['3.1.2'] },
  },
  {
    name: 'Security Hub SecretsManager.1',
    checks: 'The rotation by Secrets Manager itself is enabled.',
    source: `${HUB}/secretsmanager-controls.html#secretsmanager-1`,
    findings: ['managed-rotation'],
    check: NO_ROTATION,
    mapped: practice('SecretsManager.1', NO_ROTATION),
    related: { 'PCI DSS': ['4.0.1/8.3.9', '4.0.1/8.6.3'], 'NIST SP 800-53 r5': ['AC-2(1)', 'AC-3(15)'] },
  },
  {
    name: 'Security Hub SecretsManager.3',
    checks: 'The secret was accessed within 90 days.',
    source: `${CONFIG}/secretsmanager-secret-unused.html`,
    findings: ['unused-secret'],
    sees: 'With checks at fixed times: nothing, also where no consumer reads the secret, because each `create` check of the rotation reads it. It is reported after checks have been [missing](runbook.md#checks-missing) for 90 days. With `fixedRates()`, where no consumer reads the secret, and without a missing check: from day 90 to the next check, which is on day 90 by default, and on day 180 with 180/194/208. Its usual remediation deletes the secret',
    check: UNUSED_SECRETS,
    related: { 'NIST SP 800-53 r5': ['AC-2(1)', 'AC-3(15)'] },
  },
  {
    name: 'Security Hub SecretsManager.4',
    checks: 'The secret was rotated within 90 days, or `maxDaysSinceRotation`.',
    source: `${CONFIG}/secretsmanager-secret-periodic-rotation.html`,
    findings: ['managed-rotation'],
    sees: `Prowler's check: each day. It reads [\`LastRotatedDate\`](${SECRETS_MANAGER}/API_DescribeSecret.html), which is empty without a rotation by Secrets Manager itself. AWS does not document which date its own rule reads. Inferred, and not tried in an account: each day, if it is the same date; nothing, if it is \`LastChangedDate\`, which each new key sets`,
    check: ROTATED_PERIODICALLY,
    related: { 'PCI DSS': ['4.0.1/8.3.9', '4.0.1/8.6.3'], 'NIST SP 800-53 r5': ['AC-2(1)', 'AC-3(15)'] },
  },
  {
    name: 'Security Hub SNS.1',
    checks: 'The topic is encrypted with KMS.',
    source: `${HUB}/sns-controls.html#sns-1`,
    findings: ['key-of-topic'],
    sees: 'The topic of the rotation, on each day',
    related: {
      'NIST SP 800-53 r5': ['CA-9(1)', 'CM-3(6)', 'SC-13', 'SC-28', 'SC-28(1)', 'SC-7(10)', 'SI-7(6)'],
      'NIST SP 800-171 r2': ['3.13.11', '3.13.16'],
    },
  },
  {
    name: 'Security Hub Lambda.3',
    checks: 'The function is in a VPC.',
    source: `${HUB}/lambda-controls.html#lambda-3`,
    findings: ['function-in-vpc'],
    sees: 'The function of the rotation, on each day',
    related: {
      'PCI DSS': ['3.2.1/1.2.1', '3.2.1/1.3.1', '3.2.1/1.3.2', '3.2.1/1.3.4'],
      'NIST SP 800-53 r5': [
        'AC-21',
        'AC-3',
        'AC-3(7)',
        'AC-4',
        'AC-4(21)',
        'AC-6',
        'SC-7',
        'SC-7(11)',
        'SC-7(16)',
        'SC-7(20)',
        'SC-7(21)',
        'SC-7(3)',
        'SC-7(4)',
        'SC-7(9)',
      ],
    },
  },
  {
    name: 'Security Hub CloudWatch.15',
    checks: 'An alarm has an action for the state ALARM.',
    source: `${HUB}/cloudwatch-controls.html#cloudwatch-15`,
    findings: ['alarm-actions'],
    sees: 'Each alarm of the rotation, on each day, without `alarmActions`',
    related: {
      'NIST SP 800-53 r5': ['AU-6(1)', 'AU-6(5)', 'CA-7', 'IR-4(1)', 'IR-4(5)', 'SI-2', 'SI-20', 'SI-4(12)', 'SI-4(5)'],
      'NIST SP 800-171 r2': ['3.3.4', '3.14.6'],
    },
  },
  {
    name: 'AWS Config `access-keys-rotated`',
    checks: 'No active key is older than `maxAccessKeyAge`, 90 days by default.',
    source: `${CONFIG}/access-keys-rotated.html`,
    findings: ['old-active-key'],
    check: OLD_KEYS,
  },
  {
    name: 'PCI DSS 4.0.1, 8.2.6',
    requirement: '4.0.1/8.2.6',
    checks: 'A user account that is inactive for 90 days is removed or disabled.',
    source: `${HUB}/iam-controls.html#iam-8`,
    findings: ['unused-key'],
    check: UNUSED_KEYS,
    sees: 'The days of IAM.8: only where no consumer uses the key',
    mapped: [{ framework: 'pci_4.0', id: '8.2.6.2', check: UNUSED_KEYS }],
  },
  {
    name: 'PCI DSS 4.0.1, 8.3.9',
    requirement: '4.0.1/8.3.9',
    checks: 'A password that is the only factor of a user is changed every 90 days, or access is analyzed dynamically.',
    source: `${HUB}/iam-controls.html#iam-3`,
    findings: ['old-active-key', 'managed-rotation'],
    check: OLD_KEYS,
    also: 'SecretsManager.1: each day. SecretsManager.4: see there',
    mapped: [
      { framework: 'pci_4.0', id: '8.3.9.1', check: OLD_KEYS },
      { framework: 'pci_4.0', id: '8.3.9.2', check: NO_ROTATION },
    ],
  },
  {
    name: 'PCI DSS 4.0.1, 8.4.2',
    requirement: '4.0.1/8.4.2',
    checks:
      'Non-console access to the environment of cardholder data needs MFA. By its applicability notes, it does not apply to application or system accounts that perform automated functions.',
    source: `${HUB}/iam-controls.html#iam-19`,
    findings: ['no-mfa'],
    check: 'iam_user_hardware_mfa_enabled',
    also: "Prowler's mapping of 8.4.2 has a check of users with a password only, which reports nothing",
  },
  {
    name: 'PCI DSS 4.0.1, 8.6.3',
    requirement: '4.0.1/8.6.3',
    checks:
      'A password of an application or system account is changed as often as the targeted risk analysis of the entity says, and when it may be compromised.',
    source: `${HUB}/secretsmanager-controls.html#secretsmanager-1`,
    findings: ['old-active-key', 'managed-rotation'],
    check: OLD_KEYS,
    also: 'SecretsManager.1: each day. SecretsManager.4: see there',
    mapped: [
      { framework: 'pci_4.0', id: '8.6.3.1', check: OLD_KEYS },
      { framework: 'pci_4.0', id: '8.6.3.3', check: NO_ROTATION },
    ],
  },
  {
    name: 'SOC 2 CC1.3',
    checks:
      'Management establishes structures, reporting lines, and authorities and responsibilities. It names no access key. Prowler maps two checks of users to it.',
    source: SOC_2,
    findings: ['own-secret', 'unused-key'],
    check: 'iam_policy_attached_only_to_group_or_roles',
    also: 'Unused keys: only where no consumer uses them',
    mapped: [
      { framework: 'soc2', id: 'cc_1_3', check: 'iam_policy_attached_only_to_group_or_roles' },
      { framework: 'soc2', id: 'cc_1_3', check: UNUSED_KEYS },
    ],
  },
  {
    name: 'SOC 2 CC6.1',
    checks:
      'Logical access to information assets is restricted. It names no number of days: the auditor compares what happened with the policy of the entity.',
    source: SOC_2,
    findings: [],
    sees: 'No scanner answers it. Take [the report of a year](audit.md#the-report)',
  },
];

/** The requirements of PCI DSS 4.0 that Prowler maps to its checks with days, and the finding of each check. */
export const PROWLER_PCI: Readonly<
  Record<string, { readonly finding: string; readonly requirements: readonly string[] }>
> = {
  iam_policy_attached_only_to_group_or_roles: {
    finding: 'own-secret',
    requirements: [
      '7.2.1',
      '7.2.2',
      '7.2.5',
      '7.3.1',
      '7.3.2',
      '7.3.3',
      '8.2.1',
      '8.2.2',
      '8.2.4',
      '8.2.5',
      '8.2.7',
      '8.2.8',
      '8.3.4',
      '8.3.11',
    ],
  },
  [OLD_KEYS]: { finding: 'old-active-key', requirements: ['8.3.5', '8.3.7', '8.3.9', '8.3.10.1', '8.6.3'] },
  [UNUSED_KEYS]: { finding: 'unused-key', requirements: ['7.2.4', '7.2.5.1', '8.2.6', 'A3.4.1'] },
  [UNUSED_SECRETS]: { finding: 'unused-secret', requirements: ['7.2.4', '7.2.5.1', '8.2.2', '8.2.6', 'A3.4.1'] },
  [NO_ROTATION]: {
    finding: 'managed-rotation',
    requirements: ['3.5.1', '8.2.2', '8.3.2', '8.3.5', '8.3.7', '8.3.9', '8.3.10.1', '8.6.3'],
  },
};

/** What the CIS AWS Foundations Benchmark says about access keys, by its own title, and the check of Prowler. */
export const CIS_RULES = {
  rotated: {
    title: 'Access keys are rotated every 90 days or less',
    check: 'iam_rotate_access_key_90_days',
    finding: 'old-active-key',
  },
  unused: {
    title: 'Credentials unused for 45 days are disabled',
    check: 'iam_user_accesskey_unused',
    finding: 'unused-key',
  },
  single: {
    title: 'Only one active access key for any single user',
    check: 'iam_user_two_active_access_key',
    finding: 'two-active-keys',
  },
  groups: {
    title: 'Users receive permissions only through groups',
    check: 'iam_policy_attached_only_to_group_or_roles',
    finding: 'own-secret',
  },
} as const;

/** Their numbers in each version of the benchmark. In 7.0, none limits the active keys of a user to one. */
export const CIS_NUMBERS: Readonly<Record<string, Readonly<Partial<Record<keyof typeof CIS_RULES, string>>>>> = {
  '3.0': { rotated: '1.14', unused: '1.12', single: '1.13', groups: '1.15' },
  '4.0': { rotated: '1.14', unused: '1.12', single: '1.13', groups: '1.15' },
  '5.0': { rotated: '1.13', unused: '1.11', single: '1.12', groups: '1.14' },
  '6.0': { rotated: '2.13', unused: '2.11', single: '2.12', groups: '2.14' },
  '7.0': { rotated: '2.12', unused: '2.11', groups: '2.13' },
};

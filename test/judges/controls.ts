/**
 * The controls of standards that concern access keys and their secrets: what each checks, by its source, and which
 * findings it makes. docs/compliance.md is made from this file and from findings.ts.
 */

export interface Control {
  readonly name: string;
  /** What it checks, by its source. */
  readonly checks: string;
  readonly source?: string;
  /** Findings of findings.ts, whose days and reasons apply. */
  readonly findings: readonly string[];
  /** The check of Prowler with the same rule: its days stand for those of the control. */
  readonly check?: string;
  /** What else is reported, beside the days of `check`. */
  readonly also?: string;
  /** In place of days. */
  readonly sees?: string;
  /** Where Prowler maps the control to its check: the file, without `_aws.json`, and the ID there. */
  readonly mapped?: { readonly framework: string; readonly id: string };
}

const HUB = 'https://docs.aws.amazon.com/securityhub/latest/userguide';
const CONFIG = 'https://docs.aws.amazon.com/config/latest/developerguide';
const PRACTICES = 'aws_foundational_security_best_practices';

export const CONTROLS: readonly Control[] = [
  {
    name: 'Security Hub IAM.2',
    checks: 'No policy is attached to a user, inline or managed.',
    source: `${HUB}/iam-controls.html#iam-2`,
    findings: ['own-secret'],
    check: 'iam_policy_attached_only_to_group_or_roles',
  },
  {
    name: 'Security Hub IAM.3',
    checks: 'Each active key is replaced within 90 days. The limit cannot be changed.',
    source: `${HUB}/iam-controls.html#iam-3`,
    findings: ['old-active-key'],
    check: 'iam_rotate_access_key_90_days',
    mapped: { framework: PRACTICES, id: 'IAM.3' },
  },
  {
    name: 'Security Hub IAM.8',
    checks: 'Each active key was used within 90 days.',
    source: `${HUB}/iam-controls.html#iam-8`,
    findings: [],
    sees: 'Only where no consumer uses the key: the old key on days 91 to 104, in the switch period. A new key counts as used on the day of its creation',
    mapped: { framework: PRACTICES, id: 'IAM.8' },
    check: 'iam_user_accesskey_unused',
  },
  {
    name: 'Security Hub IAM.22',
    checks: 'Each active key was used within 45 days.',
    source: `${HUB}/iam-controls.html#iam-22`,
    findings: ['unused-key'],
    check: 'iam_user_accesskey_unused',
    mapped: { framework: PRACTICES, id: 'IAM.22' },
  },
  {
    name: 'Security Hub SecretsManager.1',
    checks: 'The rotation by Secrets Manager itself is enabled.',
    source: `${HUB}/secretsmanager-controls.html#secretsmanager-1`,
    findings: ['managed-rotation'],
    check: 'secretsmanager_automatic_rotation_enabled',
    mapped: { framework: PRACTICES, id: 'SecretsManager.1' },
  },
  {
    name: 'Security Hub SecretsManager.3',
    checks: 'The secret was accessed within 90 days.',
    source: `${CONFIG}/secretsmanager-secret-unused.html`,
    findings: [],
    sees: 'Nothing, also where no consumer reads the secret: each check of the rotation reads it. It is reported after checks have been missing for 90 days, and its usual remediation deletes the secret.',
    check: 'secretsmanager_secret_unused',
  },
  {
    name: 'Security Hub SecretsManager.4',
    checks: 'Secrets Manager itself rotated the secret within 90 days.',
    source: `${CONFIG}/secretsmanager-secret-periodic-rotation.html`,
    findings: ['managed-rotation'],
    check: 'secretsmanager_secret_rotated_periodically',
  },
  {
    name: 'Security Hub SNS.1',
    checks: 'The topic is encrypted with KMS.',
    source: `${HUB}/sns-controls.html#sns-1`,
    findings: ['key-of-topic'],
    sees: 'The topic of the rotation, on each day',
  },
  {
    name: 'AWS Config `access-keys-rotated`',
    checks: 'No active key is older than `maxAccessKeyAge`, 90 days by default.',
    source: `${CONFIG}/access-keys-rotated.html`,
    findings: ['old-active-key'],
    check: 'iam_rotate_access_key_90_days',
  },
  {
    name: 'PCI DSS 4.0.1, 8.3.9',
    checks:
      'A password that is the only factor of a user is changed every 90 days, or access is analyzed dynamically. Security Hub maps IAM.3, SecretsManager.1 and SecretsManager.4 to it.',
    source: `${HUB}/iam-controls.html#iam-3`,
    findings: ['old-active-key', 'managed-rotation'],
    check: 'iam_rotate_access_key_90_days',
    also: 'SecretsManager.1 and SecretsManager.4 on each day',
    mapped: { framework: 'pci_4.0', id: '8.3.9.1' },
  },
  {
    name: 'PCI DSS 4.0.1, 8.6.3',
    checks:
      'A password of an application or system account is changed as often as the targeted risk analysis of the entity says, and when it may be compromised. Security Hub maps IAM.3, SecretsManager.1 and SecretsManager.4 to it.',
    source: `${HUB}/secretsmanager-controls.html#secretsmanager-1`,
    findings: ['old-active-key', 'managed-rotation'],
    check: 'iam_rotate_access_key_90_days',
    also: 'SecretsManager.1 and SecretsManager.4 on each day',
    mapped: { framework: 'pci_4.0', id: '8.6.3.1' },
  },
  {
    name: 'SOC 2 CC6.1',
    checks:
      'Logical access to information assets is restricted. It names no number of days: the auditor compares what happened with the policy of the entity.',
    findings: [],
    sees: 'No scanner answers it. Take [the report of a year](audit.md#the-report).',
  },
];

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

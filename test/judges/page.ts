/** `npm run compliance`: writes docs/compliance.md, from findings.ts, controls.ts and suppressions.ts. */
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import { APP_NAMES } from './app-names';
import { CIS_NUMBERS, CIS_RULES, Control, CONTROLS, PROWLER_PCI, STANDARDS } from './controls';
import type { CycleName } from './cycles';
import { CYCLE_COUNT, EACH_DAY, Finding, FINDINGS, LAST_DAY, ruleName } from './findings';
import { ACKNOWLEDGED, AUTOMATION_RULES, MORE_MUTED_CHECKS, MUTELIST, POLICIES, ROLE, SKIPPED } from './suppressions';
import { DEFAULT_AGES, switchPeriodDays } from '../../src/contract/ages';
import { RotationTrigger } from '../../src/schedule/rotation-trigger';

export const PAGE = join(__dirname, '..', '..', 'docs', 'compliance.md');

/** The days that no active key of the default schedule reaches, while no check is missing. */
const neverReached = (trigger: RotationTrigger) => Math.ceil(trigger._oldestActiveDays(DEFAULT_AGES, 0));
const MAX_AGE_DAYS = neverReached(RotationTrigger.eventBridgeRules());
const MAX_AGE_DAYS_OF_FIXED_RATES = neverReached(RotationTrigger.fixedRates());

/** The cycles that the page shows, with a name for readers. */
const COLUMNS: readonly (readonly [name: string, cycle: CycleName])[] = [
  ['90/104/118, the default', 'default schedule'],
  ['the default, and the first key was created just after a check', 'default schedule, just after a check'],
  ['`activeUnder(Duration.days(90))`', 'activeUnder(90 days)'],
  ['the default, and no consumer uses the keys', 'default schedule, no consumer'],
  ['a new key every 30 days, and no consumer', 'a new key every 30 days, no consumer'],
  ['`maxDelay` of 14 days, and the old key in use', 'deactivation postponed by up to 14 days'],
  ['an adopted user with an old key', 'adopted with a key of 200 days'],
  ['the default, with `fixedRates()`', 'fixed rates'],
  ['180/194/208, with `fixedRates()`', 'fixed rates, a new key every 180 days'],
];

/** Checks whose days differ. */
const CHANGING: readonly (readonly [title: string, check: string])[] = [
  ['Two keys are active', 'iam_user_two_active_access_key'],
  ['An active key is older than 90 days', 'iam_rotate_access_key_90_days'],
  ['An active key is unused for more than 45 days', 'iam_user_accesskey_unused'],
];

const finding = (id: string): Finding => {
  const found = FINDINGS.find((entry) => entry.id === id);
  if (!found) throw new Error(`findings.ts has no entry "${id}".`);
  return found;
};

const link = (id: string) => `[${finding(id).title.replace(/^./, (letter) => letter.toLowerCase())}](#${id})`;

function daysOf(check: string, cycle: CycleName): string {
  const days = FINDINGS.map((entry) => entry.days?.[check]?.[cycle]).find((text) => text !== undefined);
  if (days === undefined) return 'none';
  if (days === EACH_DAY) return 'each day';
  // The last range ends where the simulation does.
  return days.replaceAll('-', '–').replace(`–${LAST_DAY}`, '–…');
}

const hubId = ({ name }: Control) => name.replace('Security Hub ', '');

/** What a control checks, and which controls of Security Hub have it as a related requirement. */
function checksOf({ checks, requirement }: Control): string {
  if (requirement === undefined) return checks;
  const ids = CONTROLS.filter(({ related }) => related?.['PCI DSS']?.includes(requirement)).map(hubId);
  const names = ids.length > 1 ? `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}` : ids.join();
  return `${checks} Security Hub maps ${names} to it.`;
}

function sees({ also, ...control }: Control): string {
  return [daysSeen(control), also].filter(Boolean).join('. ');
}

function daysSeen({ check, sees: text, findings }: Omit<Control, 'also'>): string {
  if (text) return text;
  if (!check || findings.length === 0) throw new Error('A control without a text needs a check and a finding.');
  const [standard, under] = [daysOf(check, 'default schedule'), daysOf(check, 'activeUnder(90 days)')];
  if (standard === under) return standard === 'none' ? 'Nothing while a consumer uses the key' : standard;
  return `Days ${standard} by default; with \`activeUnder()\`: ${under}`;
}

const PROWLER_VERSION = /^prowler==(.*)$/m.exec(readFileSync(join(__dirname, 'prowler.txt'), 'utf8'))![1];

const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;

/** One finding, with an anchor that tables link to. */
function section({ id, title, reason, choose, seen, days = {} }: Finding): string {
  const rules = new Map<string, Set<string>>();
  const add = (judge: string, names: readonly string[]) =>
    rules.set(judge, new Set([...(rules.get(judge) ?? []), ...names]));
  for (const { judge, rules: names } of seen) add(judge, names.map(ruleName));
  if (Object.keys(days).length > 0) add('Prowler', Object.keys(days));
  for (const control of CONTROLS.filter(({ findings }) => findings.includes(id))) {
    const [, hub] = /^Security Hub (.*)/.exec(control.name) ?? [];
    if (hub) add('Security Hub', [hub]);
  }
  const reported = [...rules].map(([judge, names]) => `${judge} ${[...names].map((name) => `\`${name}\``).join(', ')}`);
  return `
<a id="${id}"></a>

### ${title}

${wrap(reason)}

${wrap(`**If it binds:** ${choose}`)}

${wrap(`Reported by: ${reported.join('; ')}.`)}
`;
}

/** At 120 columns, as all pages are. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length > 120) lines.push(word);
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`;
  }
  return lines.join('\n');
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');

const fence = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
const yaml = (value: object) => fence('yaml', stringify(value, { lineWidth: 0 }));
const list = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

const skipped = Object.entries(SKIPPED)
  .map(([type, { checkov, cfn_nag }]) => {
    const ids = { checkov, cfnNag: cfn_nag };
    const parts = Object.entries(ids).flatMap(([tool, rules]) => (rules ? [`${tool}: [${list(rules)}]`] : []));
    return `  '${type}': { ${parts.join(', ')} },`;
  })
  .join('\n');

export function page(): string {
  return `<!-- Made by \`npm run compliance\` from findings.ts, controls.ts and suppressions.ts in test/judges/. Change those. -->

# Compliance: what scanners report, on which day, and why

A rotation has findings that follow from its design. This page names each one, with its reason, what to choose where the
rule binds, and a suppression. \`npm run judges\` runs [cfn-lint][cfn-lint], [checkov][checkov], [cdk-nag][cdk-nag] and
[Prowler][prowler] over the templates of ${APP_NAMES.length} kinds of rotations, and Prowler's checks of IAM and Secrets Manager over
each day of ${CYCLE_COUNT} simulated cycles. A finding that is not on this page fails the build.

The page holds for checks at fixed times: \`RotationTrigger.eventBridgeRules()\`, the default, and
\`eventBridgeScheduler()\`. With [\`fixedRates()\`](scheduling.md#rules-scheduler-or-fixed-rates), steps are weeks late:
two keys are active for up to ${switchPeriodDays(DEFAULT_AGES) + DEFAULT_AGES.deactivate} days, and a key is active up to day ${MAX_AGE_DAYS_OF_FIXED_RATES}. What the
page says of fixed rates names them.

- **Two active keys.** In each switch period, a user has two active keys: 14 days, or as many as you choose, to the
  next check, and never none. CIS 3.0 to 6.0 has "only one active access key". No schedule satisfies it.
- **Keys over 90 days.** By default, an old key is active until day 104 or 105. With
  [\`activeUnder(Duration.days(90))\`](scheduling.md#limits-for-active-keys), no control sees a key over 90 days, other
  than one that an adopted user had before.
- **No rotation by Secrets Manager itself.** SecretsManager.1 fails on each day, for each secret. SecretsManager.4 may.
- **Automatic remediation is dangerous**: [exclude the rotation](#automatic-remediation) before you enable it.

For auditors, who compare a year with a policy: [evidence](operations.md#evidence-for-auditors).

## What to do with a finding

1. **Is the resource that of a rotation?** The tag \`cdk-access-key-rotation\` of a user or a secret names the rotation by
   its Region, its stack and a hash: \`us-east-1/Keys/01234567\`. For a user:

   \`\`\`sh
   aws iam list-user-tags --user-name NAME
   \`\`\`

   Other resources have no such tag, but belong to that stack. Without tag and stack, this page does not explain the
   finding.
2. **Search this page for the rule.** What is reported each day is by design: choose what the reason names, or
   [suppress](#suppressions) it.
3. **For a rule about keys, compare the day.** List the keys, or read the [status](operations.md#send-an-event), which
   has the age of each key and the date of its next step:

   \`\`\`sh
   aws iam list-access-keys --user-name NAME
   \`\`\`

   | The user has | By design | Otherwise |
   |---|---|---|
   | two active keys | for the days of the switch period after the newer key was created, 14 by default, to the next check | the status names the reason: [an overdue step](runbook.md#overdue-keys), or [an unmanaged key](runbook.md#an-unmanaged-key) |
   | an active key over 90 days | if there is a newer one, until the switch period ends: day 104 or 105 by default | [an overdue step](runbook.md#overdue-keys) |
   | an active key that is not used | – | the old key, in the switch period: its consumers have switched. The current key: [no consumer](#unused-key) |

## The days of a cycle

Day 0 is the 24 hours after the creation of the first key. The days are those on which a check of
Prowler ${PROWLER_VERSION} fails, within ${LAST_DAY + 1} days. AWS Config and Security Hub evaluate periodic rules up to a day later.
Security Hub's IAM.22 counts "45 days or more", one day earlier.

${table(
  ['Users', ...CHANGING.map(([title]) => title)],
  COLUMNS.map(([name, cycle]) => [name, ...CHANGING.map(([, check]) => daysOf(check, cycle))]),
)}

"–…" goes on after day ${LAST_DAY}. With other ages and daily checks, two keys are active from \`create\` to
\`deactivate\`, and the old one is over 90 days from day 91 to \`deactivate\`, if that is later; each day can be one later,
by the time of day of the first key. With a longer \`checkInterval\`, a \`changeWindow\` or \`maxDelay\`, a step is at the
next check that these permit. Nothing reports a key in its recovery period: an inactive key is no credential. Each later
cycle has the same days after its own first day, except with \`fixedRates()\`.

## The controls

${table(
  ['Control', 'Checks', 'Reports', 'Why, and what to choose'],
  CONTROLS.map((control) => [
    `[${control.name}](${control.source})`,
    checksOf(control),
    sees(control),
    control.findings.map(link).join(', ') || '–',
  ]),
)}

CIS AWS Foundations Benchmark, by version. The numbers are those that Prowler maps to its checks; Security Hub has the
[versions 5.0, 3.0, 1.4 and 1.2](https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html).

${table(
  ['Recommendation', ...Object.keys(CIS_NUMBERS), 'Why, and what to choose'],
  (Object.keys(CIS_RULES) as (keyof typeof CIS_RULES)[]).map((rule) => [
    CIS_RULES[rule].title,
    ...Object.values(CIS_NUMBERS).map((numbers) => numbers[rule] ?? 'none'),
    link(CIS_RULES[rule].finding),
  ]),
)}

A finding of Security Hub names the related requirements of its control in the standards that are enabled. AWS lists
these:

${table(
  ['Security Hub', ...STANDARDS],
  CONTROLS.flatMap((control) => {
    const { related } = control;
    return related ? [[hubId(control), ...STANDARDS.map((name) => related[name]?.join(', ') ?? '–')]] : [];
  }),
)}

Prowler maps its checks to more requirements of PCI DSS 4.0:

${table(
  ['Check of Prowler', 'PCI DSS 4.0', 'Why, and what to choose'],
  Object.entries(PROWLER_PCI).map(([check, { finding: id, requirements }]) => [
    `\`${check}\``,
    requirements.join(', '),
    link(id),
  ]),
)}

## Automatic remediation

[Automated Security Response on AWS][asr], AWS's own solution, and similar runbooks act on such findings. Read at its
version of April 2026:

| Finding | What the remediation does | What happens |
|---|---|---|
| SecretsManager.3 | deletes the secret, with 30 days to restore it, if it was not accessed for 90 days | consumers cannot fetch the key; checks of the user fail until the secret is [restored](operations.md#manual-changes) |
| SecretsManager.1, SecretsManager.4 | calls \`RotateSecret\` | the policy of a secret that the rotation created denies it. An existing secret of yours has no such policy: [add it](migration.md#protect-a-secret-that-you-own) |
| IAM.3 | deactivates each active key that was created, or last used, more than 90 days ago | consumers that have not switched fail before \`deactivate\` |
| IAM.8, IAM.22 | deactivates each key that was not used, or never used since it was created, for 90 (IAM.8) or 45 (IAM.22) days | the current key can be one of them. The rotation reports a current key that is inactive, and a person decides |

Exclude the rotation in both of these ways:

- Set the parameter \`TagFilters\` of the solution to \`cdk-access-key-rotation\`, and \`TagFilterMode\` to \`Exclude\`. The
  filter reads the tags in the finding. A finding without tags passes it, and so does a remediation that a person
  starts.
- Suppress the findings, as below: the solution ignores findings whose workflow status is \`SUPPRESSED\`. For IAM.8,
  IAM.22 and SecretsManager.3, which name what is wrong, keep the finding and leave the remediation disabled.

Not tried in an account: whether the findings of Security Hub about users have the tags of the user. Look at one before
you rely on them: \`Resources[0].Tags\` in its JSON.

## Suppressions

The rotation sets the tag \`cdk-access-key-rotation\` on each user that it creates or adopts, and on each secret that it
creates. On a secret that existed before, set it yourself, with any value that has a slash.

### Security Hub

Automation rules, as a template of CloudFormation. They match each standard that has the control. To limit a rule to one
rotation, compare with \`EQUALS\` and the whole value of the tag. If your findings have no tags, replace \`ResourceTags\` by
\`ResourceId\`: \`EQUALS\` and the ARN of a user, or \`PREFIX\` and that of a \`path\` that only users of the rotation have.

- **IAM.3:** leave out the second rule with \`activeUnder(Duration.days(90))\`: then a finding is a key that is overdue,
  or one that an adopted user had before.
- **IAM.2** is one finding for all policies of a user. The rule also hides those that you attach to it, and those that
  an adopted user had. To see them, set \`selfRead: false\`, let another principal distribute the keys, and remove
  \`IAM.2\`.
- **IAM.19:** the rule also hides an adopted user with a password, which is a person, without an MFA device. Leave users
  with a password out of the rotation. Keep IAM.5, which reports a password without an MFA device.

No rule suppresses these:

| Control | Why, and what to do |
|---|---|
| IAM.8, IAM.22, SecretsManager.3 | They name what is wrong: [a user without a consumer](#unused-key), or that there was no check for 90 days: they are [missing](runbook.md#checks-missing), or at [fixed rates](#unused-secret). |
| SNS.1 | The topic has no tag of the rotation. Pass a \`topic\` with a \`masterKey\`. To suppress it instead, replace \`ResourceTags\` by \`ResourceId\`, with \`EQUALS\` and the ARN of the topic. |
| Lambda.3 | The function has no tag of the rotation. Use the [escape hatch](escape-hatches.md#vpc). To suppress it instead, compare \`ResourceId\` with the ARN of the function. |
| CloudWatch.15 | The alarms have no tag of the rotation. Set \`alarmActions\`. |
| \`access-keys-rotated\` | AWS Config has no suppressions. Use \`activeUnder(Duration.days(90))\`, or set \`maxAccessKeyAge\`, which applies to all users of the account: to ${MAX_AGE_DAYS} with the default schedule and daily checks, and ${MAX_AGE_DAYS_OF_FIXED_RATES} with \`fixedRates()\`. |

${yaml(AUTOMATION_RULES)}

### Prowler

A [mutelist][mutelist] for Prowler's command line. The role and the policies of the function have no tag. These names are
those of a rotation \`Rotation\` in the stack \`Keys\`. Replace

- \`${ROLE}\` by the name of your role before its last dash,
- \`${POLICIES}\` by the names of your policies before the number 1 to 5.

This command prints both, the policies as ARNs:

\`\`\`sh
aws cloudformation list-stack-resources --stack-name Keys --output text --query "StackResourceSummaries[?
  contains(LogicalResourceId, 'RotatorRole') || contains(LogicalResourceId, 'RotatorPermissionsPolicy')
].PhysicalResourceId"
\`\`\`

${yaml({ Mutelist: MUTELIST })}

Only with \`userStacks\`, add this below \`Checks\`, indented like the others:

${yaml(MORE_MUTED_CHECKS)}

Not muted, because they find what is wrong: keys over 90 days, unused keys and secrets, and policies of a user other
than the right to read its own secret. \`iam_user_hardware_mfa_enabled\` is muted for an adopted user with a password too,
which is a person: leave such users out of the rotation. \`iam_user_mfa_enabled_console_access\` is not muted: it reports
a password without an MFA device.

### cdk-nag

Replace account and Region by those of your stack, or by \`<AWS::AccountId>\` and \`<AWS::Region>\` in a stack without
\`env\`. Only \`userStacks\` needs these two lines.

\`\`\`js
const acknowledged = Object.entries({
${Object.entries(ACKNOWLEDGED)
  .map(([reason, ids]) => `  ${quoted(reason)}: [\n${ids.map((id) => `    '${id}',\n`).join('')}  ],`)
  .join('\n')}
}).flatMap(([reason, ids]) => ids.map((id) => ({ id, reason })));
// With \`UserStacks.fromStacks()\`, the users are not below the rotation.
const constructs = [rotation, ...rotation.users];
// cdk-nag 3
for (const construct of constructs) Validations.of(construct).acknowledge(...acknowledged);
// cdk-nag 2
NagSuppressions.addResourceSuppressions(constructs, acknowledged, true);
\`\`\`

### checkov and cfn_nag

Both read the metadata of resources. Add the users before you add the metadata: what is created later has none. cfn_nag
is read, not run, because it needs Ruby: a test has its rules, as its source of June 2022 has them, and compares what
they would report.

${fence(
  'ts',
  `import { CfnResource } from 'aws-cdk-lib';
import { AccessKeyRotation } from 'cdk-access-key-rotation';

const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
const skipped: Record<string, { checkov?: string[]; cfnNag?: string[] }> = {
${skipped}
};
const reason = 'By design: see docs/compliance.md of cdk-access-key-rotation';
// With \`UserStacks.fromStacks()\`, the users are not below the rotation.
const constructs = new Set([rotation, ...rotation.users].flatMap(({ node }) => node.findAll()));
for (const resource of [...constructs].filter(CfnResource.isCfnResource)) {
  const { checkov = [], cfnNag = [] } = skipped[resource.cfnResourceType] ?? {};
  const [before, nagBefore] = ['checkov', 'cfn_nag'].map((tool) => resource.getMetadata(tool) ?? {});
  const skip = [...(before.skip ?? []), ...checkov.map((id) => ({ id, comment: reason }))];
  const suppress = [...(nagBefore.rules_to_suppress ?? []), ...cfnNag.map((id) => ({ id, reason }))];
  if (checkov.length > 0) resource.addMetadata('checkov', { ...before, skip });
  if (cfnNag.length > 0) resource.addMetadata('cfn_nag', { ...nagBefore, rules_to_suppress: suppress });
}`,
)}

### cfn-lint

${yaml({
  ignore_checks: FINDINGS.flatMap(({ seen }) => seen)
    .filter(({ judge }) => judge === 'cfn-lint')
    .flatMap(({ rules }) => rules),
})}

in \`.cfnlintrc\`, beside the app.

## All findings
${FINDINGS.map(section).join('')}
[cfn-lint]: https://github.com/aws-cloudformation/cfn-lint
[checkov]: https://github.com/bridgecrewio/checkov
[cdk-nag]: https://github.com/cdklabs/cdk-nag
[prowler]: https://github.com/prowler-cloud/prowler
[mutelist]: https://docs.prowler.com/projects/prowler-open-source/en/latest/tutorials/mutelist/
[asr]: https://github.com/aws-solutions/automated-security-response-on-aws
`;
}

if (require.main === module) writeFileSync(PAGE, page());

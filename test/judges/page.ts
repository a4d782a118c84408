/** `npm run compliance`: writes docs/compliance.md, from findings.ts, controls.ts and suppressions.ts. */
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import { APP_NAMES } from './app-names';
import { CIS_NUMBERS, CIS_RULES, Control, CONTROLS } from './controls';
import type { CycleName } from './cycles';
import { CYCLE_COUNT, EACH_DAY, Finding, FINDINGS, LAST_DAY } from './findings';
import { ACKNOWLEDGED, AUTOMATION_RULES, MUTELIST, SKIPPED } from './suppressions';

export const PAGE = join(__dirname, '..', '..', 'docs', 'compliance.md');

/** The cycles that the page shows, with a name for readers. */
const COLUMNS: readonly (readonly [name: string, cycle: CycleName])[] = [
  ['90/104/118, the default', 'default schedule'],
  ['`activeUnder(Duration.days(90))`', 'activeUnder(90 days)'],
  ['the default, and no consumer uses the keys', 'default schedule, no consumer'],
  ['a new key every 30 days, and no consumer', 'a new key every 30 days, no consumer'],
  ['`maxDelay` of 14 days, and the old key in use', 'deactivation postponed by up to 14 days'],
  ['an adopted user with an old key', 'adopted with a key of 200 days'],
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
  for (const { judge, rules: names } of seen) add(judge, names);
  if (Object.keys(days).length > 0) add('Prowler', Object.keys(days));
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
  .map(
    ([kind, { checkov = [], cfn_nag = [] }]) =>
      `  '${kind}': { checkov: [${list(checkov)}], cfnNag: [${list(cfn_nag)}] },`,
  )
  .join('\n');

export function page(): string {
  return `<!-- Made by \`npm run compliance\` from findings.ts, controls.ts and suppressions.ts in test/judges/. Change those. -->

# Compliance: what scanners report, on which day, and why

A rotation has findings that follow from its design. This page names each one, with its reason, what to choose where the
rule binds, and a suppression. \`npm run judges\` runs [cfn-lint][cfn-lint], [checkov][checkov], [cdk-nag][cdk-nag] and
[Prowler][prowler] over the templates of ${APP_NAMES.length} kinds of rotations, and Prowler's checks of IAM and Secrets Manager over
each day of ${CYCLE_COUNT} simulated cycles. A finding that is not on this page fails the build.

- **Two active keys.** In each switch period, a user has two active keys: 14 days, or as many as you choose, and never
  none. CIS 3.0 to 6.0 has "only one active access key". No schedule satisfies it.
- **Keys over 90 days.** By default, an old key is active until day 104. With
  [\`activeUnder(Duration.days(90))\`](scheduling.md#limits-for-active-keys), no control sees a key over 90 days.
- **No rotation by Secrets Manager itself.** Its controls fail on each day, for each secret.
- **Automatic remediation is dangerous**: [exclude the rotation](#automatic-remediation) before you enable it.

For auditors, who compare a year with a policy: [evidence](operations.md#evidence-for-auditors).

## The days of a cycle

Day 0 is the day of the first key. The days are those on which a check of Prowler ${PROWLER_VERSION} fails, within ${LAST_DAY + 1} days.
AWS Config and Security Hub evaluate periodic rules up to a day later. Security Hub's IAM.22 counts "45 days or more",
one day earlier.

${table(
  ['Users', ...CHANGING.map(([title]) => title)],
  COLUMNS.map(([name, cycle]) => [name, ...CHANGING.map(([, check]) => daysOf(check, cycle))]),
)}

Nothing reports a key in its recovery period: an inactive key is no credential. Each later cycle has the same days after
its own first day.

## The controls

${table(
  ['Control', 'Checks', 'Reports', 'Why, and what to choose'],
  CONTROLS.map((control) => [
    control.source ? `[${control.name}](${control.source})` : control.name,
    control.checks,
    sees(control),
    control.findings.map(link).join(', ') || '–',
  ]),
)}

CIS AWS Foundations Benchmark, by version. The numbers are those that Prowler maps to its checks; Security Hub has the
[versions 3.0 and 5.0](https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html).

${table(
  ['Recommendation', ...Object.keys(CIS_NUMBERS), 'Why, and what to choose'],
  (Object.keys(CIS_RULES) as (keyof typeof CIS_RULES)[]).map((rule) => [
    CIS_RULES[rule].title,
    ...Object.values(CIS_NUMBERS).map((numbers) => numbers[rule] ?? 'none'),
    link(CIS_RULES[rule].finding),
  ]),
)}

## Automatic remediation

[Automated Security Response on AWS][asr], AWS's own solution, and similar runbooks act on such findings. Read at its
version of April 2026:

| Finding | What the remediation does | What happens |
|---|---|---|
| SecretsManager.3 | deletes the secret, with 30 days to restore it, if it was not accessed for 90 days | consumers cannot fetch the key; checks of the user fail until the secret is [restored](operations.md#manual-changes) |
| SecretsManager.1, SecretsManager.4 | calls \`RotateSecret\` | the policy of a secret that the rotation created denies it. An existing secret of yours has no such policy: [add it](migration.md#protect-a-secret-that-you-own) |
| IAM.3 | deactivates each active key that was created, or last used, more than 90 days ago | consumers that have not switched fail before day 104 |
| IAM.8, IAM.22 | deactivates each key that was not used, or never used since it was created, for 90 (IAM.8) or 45 (IAM.22) days | the current key can be one of them. The rotation reports a current key that is inactive, and a person decides |

Exclude the rotation in both of these ways:

- Set the parameter \`TagFilters\` of the solution to \`cdk-access-key-rotation\`, and \`TagFilterMode\` to \`Exclude\`. The
  filter reads the tags in the finding. A finding without tags passes it, and so does a remediation that a person
  starts.
- Suppress the findings, as below: the solution ignores findings whose workflow status is \`SUPPRESSED\`. For IAM.8,
  IAM.22 and SecretsManager.3, which name what is wrong, keep the finding and leave the remediation disabled.

Not tried in an account: whether the findings of Security Hub about users have the tags of the user.

## Suppressions

The rotation sets the tag \`cdk-access-key-rotation\` on each user that it creates or adopts, and on each secret that it
creates. On a secret that existed before, set it yourself, with any value that has a slash.

### Security Hub

Automation rules, as a template of CloudFormation. Leave out the second one with \`activeUnder(Duration.days(90))\`:
then a finding of IAM.3 is a key that is overdue. To limit a rule to one rotation, compare with \`EQUALS\` and the whole
value of the tag. For SNS.1, pass a \`topic\` with a \`masterKey\`.

${yaml(AUTOMATION_RULES)}

### Prowler

A [mutelist][mutelist]. The checks of keys over 90 days and of unused keys are not in it.

${yaml({ Mutelist: MUTELIST })}

### cdk-nag

Replace account and Region by those of your stack, or by \`<AWS::AccountId>\` and \`<AWS::Region>\` in a stack without
\`env\`. Only \`userStacks\` needs these two lines.

\`\`\`js
const acknowledged = Object.entries({
${Object.entries(ACKNOWLEDGED)
  .map(([reason, ids]) => `  ${quoted(reason)}: [\n${ids.map((id) => `    '${id}',\n`).join('')}  ],`)
  .join('\n')}
}).flatMap(([reason, ids]) => ids.map((id) => ({ id, reason })));
// cdk-nag 3. With user stacks of your own, do the same for each of them.
for (const { id, reason } of acknowledged) Validations.of(rotation).acknowledge({ id, reason });
// cdk-nag 2
NagSuppressions.addResourceSuppressions(rotation, acknowledged, true);
\`\`\`

### checkov and cfn_nag

Both read the metadata of resources. The IDs of cfn_nag are from its source; the tests run checkov only.

${fence(
  'ts',
  `import { CfnResource } from 'aws-cdk-lib';
import { AccessKeyRotation } from 'cdk-access-key-rotation';

const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'ci-deployer' }] });
const skipped: Record<string, { checkov: string[]; cfnNag: string[] }> = {
${skipped}
};
const reason = 'By design: see docs/compliance.md of cdk-access-key-rotation';
for (const resource of rotation.node.findAll().filter(CfnResource.isCfnResource)) {
  const { checkov, cfnNag } = skipped[resource.cfnResourceType] ?? { checkov: [], cfnNag: [] };
  resource.addMetadata('checkov', { skip: checkov.map((id) => ({ id, comment: reason })) });
  resource.addMetadata('cfn_nag', { rules_to_suppress: cfnNag.map((id) => ({ id, reason })) });
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

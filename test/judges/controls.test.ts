/** What docs/compliance.md says of controls, compared with what others say of them. */
import { appOf } from './apps';
import { CIS_NUMBERS, CIS_RULES, CONTROLS, PROWLER_PCI, STANDARDS } from './controls';
import { play } from './cycles';
import { FINDINGS } from './findings';
import { page } from './page';
import { deployed, failingDays } from './prowler';
import { AUTOMATION_RULES } from './suppressions';
import { runTool } from './tool';
import { DAY } from '../../src/contract/ages';

type Rule = keyof typeof CIS_RULES;

/** By framework and requirement, the checks of Prowler. */
async function mappings(...frameworks: string[]): Promise<Record<string, Record<string, string[]>>> {
  return JSON.parse(await runTool('prowler', 'prowler_controls.py', frameworks));
}

/** The controls that a rule suppresses, and those in the table of those that none suppresses. */
function securityHub(): { suppressed: string[]; explained: string[] } {
  const suppressed = Object.values(AUTOMATION_RULES.Resources).flatMap(({ Properties: { Criteria } }) =>
    Criteria.ComplianceSecurityControlId.map(({ Value }) => Value),
  );
  const [, rows] = /^No rule suppresses these:\n\n.*\n.*\n((?:\|.*\n)+)/m.exec(page())!;
  const explained = rows.split('\n').flatMap((row) => row.split('|')[1]?.match(/[\w.-]+/g) ?? []);
  return { suppressed, explained };
}

test('the numbers of each version of CIS are those that Prowler maps to its checks, and no version has others', async () => {
  const found = await mappings(...Object.keys(CIS_NUMBERS).map((version) => `cis_${version}`));
  const numbersOf = (version: string) =>
    Object.fromEntries(
      (Object.keys(CIS_RULES) as Rule[]).flatMap((rule) =>
        Object.entries(found[`cis_${version}`])
          .filter(([, checks]) => checks.includes(CIS_RULES[rule].check))
          .map(([id]) => [rule, id]),
      ),
    );
  const versions = Object.keys(CIS_NUMBERS);
  expect(Object.fromEntries(versions.map((version) => [version, numbersOf(version)]))).toEqual(CIS_NUMBERS);
});

test('a control has the days of each check that Prowler maps to it', async () => {
  const mapped = CONTROLS.filter((control) => control.mapped);
  const found = await mappings(
    ...new Set(mapped.flatMap((control) => control.mapped!.map((entry) => entry.framework))),
  );
  for (const { name, mapped: entries = [], check, findings: ids } of mapped) {
    for (const entry of entries) expect(found[entry.framework][entry.id]).toContain(entry.check);
    expect([name, entries.map((entry) => entry.check)]).toEqual([name, expect.arrayContaining([check])]);
    // Each finding that the control names is that of a mapped check.
    const findings = FINDINGS.filter(({ id }) => ids.includes(id));
    const unmapped = findings.filter(({ days = {} }) => !entries.some((entry) => entry.check in days));
    expect([name, unmapped.map(({ id }) => id)]).toEqual([name, []]);
  }
});

test('each control of Security Hub has related requirements, and no other control has', () => {
  for (const { name, related } of CONTROLS) expect([name, !!related]).toEqual([name, name.startsWith('Security Hub')]);
});

test('each requirement of PCI DSS 4.0.1 that Security Hub relates to a control has a row, with its findings', () => {
  const version = /^4\.0\.1\//;
  const mapped = CONTROLS.flatMap(({ related, findings }) =>
    (related?.['PCI DSS'] ?? []).filter((one) => version.test(one)).map((requirement) => ({ requirement, findings })),
  );
  const findingsOf = (requirement: string) =>
    [...new Set(mapped.filter((one) => one.requirement === requirement).flatMap(({ findings }) => findings))].sort();
  const expected = [...new Set(mapped.map(({ requirement }) => requirement))].sort();
  const rows = CONTROLS.filter(({ requirement }) => requirement);
  expect(rows.map(({ requirement }) => requirement)).toEqual(expected);
  for (const { requirement, name, findings } of rows) {
    expect(name).toBe(`PCI DSS ${requirement!.replace('/', ', ')}`);
    expect([name, [...findings].sort()]).toEqual([name, findingsOf(requirement!)]);
  }
});

test('the numbers of CIS that Security Hub relates to a control are those of the rule with the same finding', () => {
  const versions = { '3.0.0': '3.0', '5.0.0': '5.0' } as const;
  for (const { name, related, findings } of CONTROLS) {
    for (const one of related?.['CIS AWS Foundations'] ?? []) {
      const [version, number] = one.split('/');
      const numbers = CIS_NUMBERS[versions[version as keyof typeof versions]];
      if (!numbers) continue;
      const rules = (Object.keys(CIS_RULES) as Rule[]).filter((rule) => findings.includes(CIS_RULES[rule].finding));
      expect([name, version, rules.map((rule) => numbers[rule])]).toEqual([name, version, [number]]);
    }
  }
});

test('the page has each related requirement, in the column of its standard', () => {
  const [, head, rows] = /\n(\| Security Hub \|.*)\n.*\n((?:\|.*\n)+)/.exec(page())!;
  expect(head).toBe(`| Security Hub | ${STANDARDS.join(' | ')} |`);
  expect(rows).toContain('| IAM.19 | – | 4.0.1/8.4.2, 3.2.1/8.3.1 | AC-2(1), AC-3(15), IA-2(1),');
  expect(rows.trim().split('\n')).toHaveLength(CONTROLS.filter(({ related }) => related).length);
});

test('the requirements of PCI DSS 4.0 are those that Prowler maps to a check with days', async () => {
  const found = (await mappings('pci_4.0'))['pci_4.0'];
  const expected = FINDINGS.flatMap(({ id: finding, days = {} }) =>
    Object.keys(days).flatMap((check) => {
      // The last number is that of the check.
      const ids = Object.keys(found).filter((id) => found[id].includes(check));
      const requirements = new Set(ids.map((id) => id.replace(/\.\d+$/, '')));
      return requirements.size > 0 ? [[check, { finding, requirements: [...requirements].sort() }]] : [];
    }),
  );
  const listed = Object.entries(PROWLER_PCI).map(([check, { finding, requirements }]) => [
    check,
    { finding, requirements: [...requirements].sort() },
  ]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
});

test('each criterion of SOC 2 that Prowler maps to a check with days has a row', async () => {
  const { soc2 } = await mappings('soc2');
  const checks = FINDINGS.flatMap(({ days = {} }) => Object.keys(days));
  const criteria = Object.entries(soc2).flatMap(([id, mapped]) =>
    mapped.some((one) => checks.includes(one)) ? id : [],
  );
  const rows = CONTROLS.flatMap(({ mapped = [] }) =>
    mapped.flatMap(({ framework, id }) => (framework === 'soc2' ? id : [])),
  );
  expect([...new Set(rows)].sort()).toEqual(criteria.sort());
});

test('Prowler maps no check to SecretsManager.4, so its days are an inference, and the page says so', async () => {
  const { aws_foundational_security_best_practices: practices } = await mappings(
    'aws_foundational_security_best_practices',
  );
  expect(practices['SecretsManager.4']).toEqual([]);
  expect(CONTROLS.find(({ name }) => name.endsWith('SecretsManager.4'))?.sees).toContain('Inferred');
});

test('the page suppresses each control of Security Hub, or says why not', () => {
  const { suppressed, explained } = securityHub();
  const controls = CONTROLS.map(({ name }) => /^(?:Security Hub|AWS Config) `?([\w.-]+)`?$/.exec(name)?.[1]);
  expect([...suppressed, ...explained].sort()).toEqual(controls.filter(Boolean).sort());
});

test('with checks at fixed times, SecretsManager.3 sees no secret, and with fixed rates the days that the page names', () => {
  const { secretsmanager_secret_unused: days } = FINDINGS.find(({ id }) => id === 'unused-secret')!.days!;
  expect(days).toEqual({ 'fixed rates': '90', 'fixed rates, a new key every 180 days': '90-180' });
  const { sees } = CONTROLS.find(({ name }) => name.endsWith('SecretsManager.3'))!;
  expect(sees).toContain(
    'from day 90 to the next check, which is on day 90 by default, and on day 180 with 180/194/208',
  );
});

test('the page has the maxAccessKeyAge that no active key of the default schedule reaches, at any time of day', async () => {
  const [, maxDays] = /`maxAccessKeyAge`, .*: to (\d+) with the default schedule/.exec(page())!;
  const sights = await play('default schedule, just after a check');
  const ages = sights.flatMap(({ now, keys }) =>
    keys.flatMap((key) => (key?.active ? (Date.parse(now) - Date.parse(key.createdAt)) / DAY : [])),
  );
  expect(Math.ceil(Math.max(...ages))).toBe(Number(maxDays));
});

test('IAM.8, with 90 days in place of 45, sees only the old key of a user without a consumer', async () => {
  const cycles = ['default schedule, no consumer', 'default schedule'] as const;
  const config = { max_unused_access_keys_days: 90 };
  const days = await failingDays(deployed(appOf('default')), [...cycles], { config });
  expect(cycles.map((cycle) => days[cycle].iam_user_accesskey_unused)).toEqual(['91-104, 181-194', undefined]);
});

/** What docs/compliance.md says of controls, compared with what others say of them; and that the page is up to date. */
import { readFileSync } from 'fs';
import { appOf } from './apps';
import { CIS_NUMBERS, CIS_RULES, CONTROLS } from './controls';
import { page, PAGE } from './page';
import { deployed, failingDays } from './prowler';
import { runTool } from './tool';

type Rule = keyof typeof CIS_RULES;

/** By framework and requirement, the checks of Prowler. */
async function mappings(...frameworks: string[]): Promise<Record<string, Record<string, string[]>>> {
  return JSON.parse(await runTool('prowler', 'prowler_controls.py', frameworks));
}

test('the page is what `npm run compliance` writes', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(page());
});

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

test('a control has the days of the check that Prowler maps to it', async () => {
  const mapped = CONTROLS.filter((control) => control.mapped);
  const found = await mappings(...new Set(mapped.map((control) => control.mapped!.framework)));
  for (const { mapped: { framework, id } = { framework: '', id: '' }, check } of mapped) {
    expect(found[framework][id]).toContain(check);
  }
});

test('IAM.8, with 90 days in place of 45, sees only the old key of a user without a consumer', async () => {
  const cycles = ['default schedule, no consumer', 'default schedule'] as const;
  const config = { max_unused_access_keys_days: 90 };
  const days = await failingDays(deployed(appOf('default')), [...cycles], { config });
  expect(cycles.map((cycle) => days[cycle].iam_user_accesskey_unused)).toEqual(['91-104, 181-194', undefined]);
});

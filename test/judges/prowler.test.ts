/** Prowler's checks of IAM and Secrets Manager, in the account of each app and on each day of each cycle. */
import { APP_NAMES } from './app-names';
import { appOf } from './apps';
import { differences, explainedDays, place } from './findings';
import { deployed, failingDays, runProwler, stateOf } from './prowler';

const KINDS: Record<string, string> = {
  user: 'AWS::IAM::User',
  role: 'AWS::IAM::Role',
  secret: 'AWS::SecretsManager::Secret',
};

test('each finding in the account of an app stands in findings.ts, and each there is found', async () => {
  const { failures, checks } = await runProwler(
    APP_NAMES.map((name) => stateOf(deployed(appOf(name)), '2026-01-01T12:00:00Z')),
  );
  expect(checks.length).toBeGreaterThan(35);
  const found = failures.flatMap((failed, index) =>
    failed.map(({ check, resource }) => {
      const [, kind] = /^arn:aws:[a-z]+:[^:]*:\d+:([a-z]+)/.exec(resource)!;
      return place(check, KINDS[kind], APP_NAMES[index]);
    }),
  );
  expect(differences('Prowler', found)).toEqual({ unexplained: [], obsolete: [] });
});

test('each check fails on the days of a cycle that findings.ts names, and on no other', async () => {
  expect(await failingDays(deployed(appOf('default')))).toEqual(explainedDays());
});

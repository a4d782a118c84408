/** Prowler's checks of IAM and Secrets Manager, in the account of each app and on each day of each cycle. */
import { APP_NAMES, AppName } from './app-names';
import { appOf, appWithMore } from './apps';
import { differences, explainedDays, place } from './findings';
import { deployed, failingDays, ProwlerResult, runProwler, stateOf } from './prowler';
import { EXISTING_USER, nameInTemplate } from './resources';
import { Deployment } from '../template/deployment';

const stateIn = (deployment: Deployment) => stateOf(deployment, '2026-01-01T12:00:00Z');

function places(failed: ProwlerResult['failures'][number], deployment: Deployment, app: AppName): string[] {
  const names = new Map(
    deployment
      .ofType('AWS::IAM::User', 'AWS::IAM::Role', 'AWS::SecretsManager::Secret')
      .map((located) => [deployment.arn(located), nameInTemplate(located.resource)]),
  );
  return failed.map(({ check, resource }) => {
    // An existing user is in no template.
    const unknown = resource.includes(':user/') ? EXISTING_USER : resource;
    return place(check, names.get(resource) ?? unknown, app);
  });
}

test('each finding in the account of an app stands in findings.ts, and each there is found', async () => {
  const deployments = APP_NAMES.map((name) => deployed(appOf(name)));
  const { failures, checks } = await runProwler(deployments.map(stateIn));
  expect(checks.length).toBeGreaterThan(35);
  const found = failures.flatMap((failed, index) => places(failed, deployments[index], APP_NAMES[index]));
  expect(differences('Prowler', found)).toEqual({ unexplained: [], obsolete: [] });
});

test('nothing explains the findings of one more role or secret', async () => {
  const deployment = deployed(appWithMore());
  const { failures } = await runProwler([stateIn(deployment)]);
  const found = places(failures[0], deployment, 'default');
  expect(differences('Prowler', found).unexplained).toEqual([
    'iam_role_cross_service_confused_deputy_prevention on Keys/Rotation/Rotator/MoreRole (AWS::IAM::Role) in "default"',
    ...['automatic_rotation_enabled', 'has_restrictive_resource_policy', 'secret_rotated_periodically'].map(
      (check) =>
        `secretsmanager_${check} on Keys/Rotation/User-alice/MoreSecret (AWS::SecretsManager::Secret) in "default"`,
    ),
  ]);
});

test('each check fails on the days of a cycle that findings.ts names, and on no other', async () => {
  expect(await failingDays(deployed(appOf('default')))).toEqual(explainedDays());
});

/** Prowler's checks of IAM and Secrets Manager, in the account of each app and on each day of each cycle. */
import { APP_NAMES, AppName } from './app-names';
import { appOf, appWithEachPolicy, appWithMore } from './apps';
import { differences, explainedDays, place } from './findings';
import { deployed, failingDays, ProwlerResult, runProwler, State, stateOf } from './prowler';
import { EXISTING_USER, nameInTemplate } from './resources';
import { Deployment } from '../template/deployment';

const stateIn = (deployment: Deployment) => stateOf(deployment, '2026-01-01T12:00:00Z');

function places(failed: ProwlerResult['failures'][number], deployment: Deployment, app: AppName): string[] {
  const names = new Map(
    deployment
      .ofType('AWS::IAM::User', 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::SecretsManager::Secret')
      .map((located) => [deployment.arn(located), nameInTemplate(located.resource)]),
  );
  return failed.map(({ check, actions, resource }) => {
    // An existing user is in no template.
    const unknown = resource.includes(':user/') ? EXISTING_USER : resource;
    return place(actions ? `${check}[${actions}]` : check, names.get(resource) ?? unknown, app);
  });
}

test('each finding in the account of an app stands in findings.ts, and each there is found', async () => {
  const deployments = APP_NAMES.map((name) => deployed(appOf(name)));
  const { failures, checks } = await runProwler(deployments.map(stateIn));
  expect(checks.length).toBeGreaterThan(35);
  const found = failures.flatMap((failed, index) => places(failed, deployments[index], APP_NAMES[index]));
  expect(differences('Prowler', found)).toEqual({ unexplained: [], obsolete: [] });
});

/** Their policies are judged by checks of other services of Prowler. */
const OTHER_SERVICES = ['AWS::KMS::Key', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'];

/** Each policy in a value: what has statements. */
function documentsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return 'Statement' in value ? [value] : Object.values(value).flatMap(documentsIn);
}

const documentsOf = ({ users, roles, groups, policies, secrets }: State): object[] => [
  ...[...users, ...roles, ...groups].flatMap((identity) => documentsIn(identity.policies)),
  ...roles.map(({ trust }) => trust),
  ...policies.map(({ document }) => document),
  ...documentsIn(secrets.map(({ policy }) => policy)),
];

const sorted = (documents: readonly object[]) => [...new Set(documents.map((one) => JSON.stringify(one)))].sort();

test.each(APP_NAMES)('each policy of IAM and Secrets Manager in a template reaches Prowler: %s', (name) => {
  const deployment = deployed(appOf(name));
  const inTemplates = deployment.resources
    .filter(({ resource }) => !OTHER_SERVICES.includes(resource.Type))
    .flatMap(({ resource, stack }) => deployment.fill(documentsIn(resource.Properties), stack));
  expect(inTemplates.length).toBeGreaterThan(3);
  expect(sorted(documentsOf(stateIn(deployment)))).toEqual(sorted(inTemplates));
});

test('Prowler judges each kind of policy: one that allows all is found', async () => {
  const deployment = deployed(appWithEachPolicy());
  const { failures } = await runProwler([stateIn(deployment)]);
  const allowsAll = /_no_administrative_privileges$|_allows_privilege_escalation$|_not_publicly_accessible$/;
  const found = failures[0]
    .filter(({ check }) => allowsAll.test(check))
    .map(
      ({ check, resource }) =>
        `${check} on ${resource
          .replace(/Policies-|-[0-9A-Za-z]+$/g, '')
          .split(':')
          .at(-1)}`,
    );
  const inline = ['user', 'role', 'group'].flatMap((kind) =>
    ['Inline', 'Listed', 'Named'].map((how) => `${kind}/${kind.replace(/^./, (first) => first.toUpperCase())}${how}`),
  );
  const attached = ['policy/a/ManagedAttachesItself', 'policy/ManagedAttached', 'policy/ManagedOfExistingUser'];
  const on = (check: string, resources: readonly string[]) => resources.map((resource) => `${check} on ${resource}`);
  expect(found.sort()).toEqual(
    [
      ...on('iam_inline_policy_no_administrative_privileges', [...inline, 'user/existing']),
      ...on('iam_inline_policy_allows_privilege_escalation', [...inline, 'user/existing']),
      ...on('iam_customer_attached_policy_no_administrative_privileges', attached),
      ...on('iam_policy_allows_privilege_escalation', attached),
      ...on('iam_customer_unattached_policy_no_administrative_privileges', ['policy/ManagedUnattached']),
      ...on('secretsmanager_not_publicly_accessible', ['open']),
    ].sort(),
  );
});

test('nothing explains the findings of one more role, policy or secret', async () => {
  const deployment = deployed(appWithMore());
  const { failures } = await runProwler([stateIn(deployment)]);
  const found = places(failures[0], deployment, 'default');
  expect(differences('Prowler', found).unexplained).toEqual([
    `iam_policy_allows_privilege_escalation['iam:CreateAccessKey'] on Keys/Rotation/Rotator/MorePolicy (AWS::IAM::ManagedPolicy) in "default"`,
    'iam_role_cross_service_confused_deputy_prevention on Keys/Rotation/Rotator/MoreRole (AWS::IAM::Role) in "default"',
    ...['automatic_rotation_enabled', 'has_restrictive_resource_policy', 'secret_rotated_periodically'].map(
      (check) =>
        `secretsmanager_${check} on Keys/Rotation/User-alice/MoreSecret (AWS::SecretsManager::Secret) in "default"`,
    ),
  ]);
});

test('nothing explains one more action of a policy that allows privilege escalation', async () => {
  const deployment = deployed(appOf('default'));
  const state = stateIn(deployment);
  const more = { Effect: 'Allow', Action: 'iam:AttachUserPolicy', Resource: '*' };
  const policies = state.policies.map((policy) => ({
    ...policy,
    document: { Statement: [...(policy.document as { Statement: object[] }).Statement, more] },
  }));
  const { failures } = await runProwler([{ ...state, policies }]);
  const { unexplained } = differences('Prowler', places(failures[0], deployment, 'default'));
  expect(unexplained).toEqual([
    `iam_policy_allows_privilege_escalation['iam:AttachUserPolicy', 'iam:CreateAccessKey', 'iam:DeleteAccessKey'] on policy of the function in "default"`,
  ]);
});

test('each check fails on the days of a cycle that findings.ts names, and on no other', async () => {
  expect(await failingDays(deployed(appOf('default')))).toEqual(explainedDays());
});

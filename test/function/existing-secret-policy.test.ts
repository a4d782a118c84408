/** The policy that docs/migration.md recommends for a secret that the rotation takes over, evaluated offline. */
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Account } from './iam-evaluation';
import { AccessKeyRotation } from '../../src';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';
import { Deployment, stackOf } from '../template/deployment';
import { ACCOUNT, list, testStack } from '../template/support';

const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:partner/credentials-AbCdEf`;
const PARTNER = `arn:aws:iam::${ACCOUNT}:user/partner`;
const SESSION = { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' };
const WRITES = ['PutSecretValue', 'UpdateSecretVersionStage', 'RotateSecret', 'CancelRotateSecret'].map(
  (action) => `secretsmanager:${action}`,
);
const ROTATION_WRITES = WRITES.slice(0, 2);
const READ = 'secretsmanager:GetSecretValue';
const EVERYTHING = [
  { name: 'all', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } },
];

const stack = testStack();
new AccessKeyRotation(stack, 'Rotation', {
  users: [
    {
      user: iam.User.fromUserArn(stack, 'Partner', PARTNER),
      secret: secretsmanager.Secret.fromSecretCompleteArn(stack, 'Secret', SECRET),
    },
  ],
});
const deployment = new Deployment([stackOf('Test', JSON.stringify(Template.fromStack(stack).toJSON()))]);
const account = new Account(deployment);
const rotation: string = deployment.properties(deployment.ofType('AWS::Lambda::Function')[0]).Role;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const owner = roleArn('owner');

/** The only policy of the page, as its reader fills it in. */
function documented(): { Statement: any } {
  const [fence, ...more] = pageOf(read('docs/migration.md')).fences.filter(({ info }) => info === 'json');
  expect(more).toEqual([]);
  const filled = fence.text
    .replace('arn:aws:iam::111122223333:role/ROLE_OF_THE_FUNCTION', rotation)
    .replace('arn:aws:iam::111122223333:role/ROLE_OF_THE_OWNER', owner);
  expect(filled).not.toContain('ROLE_OF');
  return { Version: '2012-10-17', Statement: [JSON.parse(filled)] } as { Statement: any };
}

const policy = documented();
const may = (principal: string, action: string, context = {}, policies = EVERYTHING, resourcePolicy: any = policy) =>
  account.evaluate(principal, action, SECRET, context, policies, resourcePolicy);
const allowed = async (principal: string, actions: readonly string[], context = {}) => {
  const results = await Promise.all(actions.map((action) => may(principal, action, context)));
  return actions.filter((_, index) => results[index]);
};

test.each<[who: string, principal: string, context: Record<string, string>]>([
  ['a neighbor', `arn:aws:iam::${ACCOUNT}:user/neighbor`, {}],
  ['a neighbor with a session', `arn:aws:iam::${ACCOUNT}:user/neighbor`, SESSION],
  ['an administrator', roleArn('admin'), SESSION],
  ['the root of the account', `arn:aws:iam::${ACCOUNT}:root`, {}],
  ['the user itself', PARTNER, {}],
  ['a session of the user', PARTNER, SESSION],
  ['the role of the deploy', roleArn('deploy'), SESSION],
])('%s with all permissions cannot write a value, a label or a rotation', async (_who, principal, context) => {
  expect(await allowed(principal, WRITES, context)).toEqual([]);
});

test('without the policy each of them can: it is the policy that denies', async () => {
  for (const action of WRITES) {
    expect(await may(roleArn('admin'), action, SESSION, EVERYTHING, null)).toBe(true);
  }
});

test('the role of the function writes, by its own policy', async () => {
  const own = account.policiesOf(rotation);
  for (const action of [...ROTATION_WRITES, READ]) {
    expect([action, await may(rotation, action, SESSION, own as any)]).toEqual([action, true]);
  }
});

test('the owner of the secret writes', async () => {
  expect(await allowed(owner, WRITES, SESSION)).toEqual(WRITES);
});

test('the policy grants nothing', async () => {
  for (const principal of [rotation, owner, PARTNER]) {
    for (const action of [...WRITES, READ]) expect(await may(principal, action, {}, [])).toBe(false);
  }
});

test('reads stay with identity policies: the policy of the user suffices for an access key, not for a session', async () => {
  const own = account.policiesOf(PARTNER);
  expect(own.length).toBeGreaterThan(0);
  expect(await may(PARTNER, READ, {}, own as any)).toBe(true);
  expect(await may(PARTNER, READ, SESSION, own as any)).toBe(false);
  expect(await may(PARTNER, READ, { 'secretsmanager:VersionStage': ['AWSPREVIOUS'] }, own as any)).toBe(false);
  expect(await may(roleArn('admin'), READ, SESSION)).toBe(true);
});

test('a deploy can update the secret and lift the policy', async () => {
  const actions = ['DescribeSecret', 'UpdateSecret', 'TagResource', 'GetResourcePolicy', 'PutResourcePolicy'].map(
    (action) => `secretsmanager:${action}`,
  );
  expect(await allowed(roleArn('deploy'), actions, SESSION)).toEqual(actions);
});

test('it denies the same actions as the policy of a secret that the rotation creates', () => {
  const other = testStack();
  new AccessKeyRotation(other, 'Rotation', { users: [{ userName: 'alice' }] });
  const created = new Deployment([stackOf('Test', JSON.stringify(Template.fromStack(other).toJSON()))]);
  const denied = created
    .ofType('AWS::SecretsManager::ResourcePolicy')
    .flatMap((located) => created.properties(located).ResourcePolicy.Statement)
    .filter(({ Effect, Action }: any) => Effect === 'Deny' && !list(Action).includes(READ))
    .flatMap(({ Action }: any) => list(Action));
  expect(list(policy.Statement[0].Action).sort()).toEqual(denied.sort());
});

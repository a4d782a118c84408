/**
 * Who may do what with a secret, by the policies of the synthesized templates, evaluated offline: only the rotation
 * writes, and an identity policy decides about other reads.
 */
import * as fs from 'fs';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Account } from './iam-evaluation';
import { AccessKeyRotation, AccessKeyRotationProps, UserStacks } from '../../src';
import { OWNER_TAG } from '../../src/contract/settings';
import { Deployment, Located, stackOf } from '../template/deployment';
import { deploymentOf, stacksFor } from '../template/fleet';
import { ACCOUNT, list, temporaryApp } from '../template/support';

const REPLICA_REGION = 'eu-north-1';
const OTHER_ACCOUNT = 'arn:aws:iam::999988887777:role/builds';
const PRECREATED_ROLE = `arn:aws:iam::${ACCOUNT}:role/rotator-role`;

const GET = 'secretsmanager:GetSecretValue';
const PUT = 'secretsmanager:PutSecretValue';
const ROTATION_ONLY = [
  PUT,
  'secretsmanager:UpdateSecretVersionStage',
  'secretsmanager:RotateSecret',
  'secretsmanager:CancelRotateSecret',
];
/**
 * What CloudFormation's handlers of the secret and its policy call, and what lifts the policy.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudformation.html
 */
const OF_A_DEPLOY = [
  GET,
  ...[
    'DescribeSecret',
    'UpdateSecret',
    'TagResource',
    'ReplicateSecretToRegions',
    'RemoveRegionsFromReplication',
    'DeleteSecret',
    'GetResourcePolicy',
    'PutResourcePolicy',
    'DeleteResourcePolicy',
  ].map((action) => `secretsmanager:${action}`),
];
const SESSION = { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' };

/**
 * A session of GetFederationToken, with the tags of its user. Its name is the choice of the caller. The policies of the
 * user that federated it apply, within the session policy that was passed.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-getfederationtoken
 */
const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/alice`;
const federated = (tags: Record<string, string>) => ({
  ...SESSION,
  'aws:PrincipalType': 'FederatedUser',
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
});

/** Principals of the account with wide policies: each could write every secret before. */
function addPrincipals(stack: Stack): void {
  const allow = (...actions: string[]) => new iam.PolicyStatement({ actions, resources: ['*'] });
  const role = (id: string, service: string, ...actions: string[]) =>
    new iam.Role(stack, id, {
      roleName: id,
      assumedBy: new iam.ServicePrincipal(service),
      inlinePolicies: { All: new iam.PolicyDocument({ statements: [allow(...actions)] }) },
    });
  new iam.User(stack, 'Neighbor', { userName: 'neighbor' }).addToPolicy(allow('secretsmanager:*'));
  role('admin', 'ec2.amazonaws.com', '*');
  role('deploy', 'cloudformation.amazonaws.com', '*');
}

/** A user whose team has given it all of Secrets Manager, and one that may not read its own secret. */
function addRotation(app: App, props: (scope: Stack) => Partial<AccessKeyRotationProps>): void {
  const stack = new Stack(app, 'Rotation');
  addPrincipals(stack);
  const rotation = new AccessKeyRotation(stack, 'Rotation', {
    users: [
      { userName: 'alice', encryptionKey: new kms.Key(stack, 'Key'), replicaRegions: [{ region: REPLICA_REGION }] },
      { userName: 'bob', selfRead: false },
      { user: iam.User.fromUserArn(stack, 'Carol', `arn:aws:iam::${ACCOUNT}:user/partners/carol`) },
    ],
    ...props(stack),
  });
  rotation
    .user('alice')
    .user.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['secretsmanager:*'], resources: ['*'] }));
  rotation
    .user('alice')
    .secret.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ArnPrincipal(OTHER_ACCOUNT)],
        actions: ['secretsmanager:*'],
        resources: ['*'],
      }),
    );
}

const LAYOUTS: Record<string, () => Deployment> = {
  'in one stack': () => deploymentOf((app) => addRotation(app, () => ({}))),
  'in nested user stacks': () => deploymentOf((app) => addRotation(app, () => ({ userStacks: UserStacks.nested(2) }))),
  'in user stacks of the app': () =>
    deploymentOf((app) => addRotation(app, () => ({ userStacks: UserStacks.fromStacks(stacksFor(app, 2)) }))),
  'with a precreated role': () => {
    const { app, directory } = temporaryApp({});
    iam.Role.customizeRoles(app, {
      usePrecreatedRoles: {
        'Rotation/Rotation/Rotator/Role': 'rotator-role',
        'Rotation/admin': 'admin',
        'Rotation/deploy': 'deploy',
      },
    });
    addRotation(app, () => ({}));
    app.synth();
    const template = fs.readFileSync(path.join(directory, 'Rotation.template.json'), 'utf8');
    return new Deployment([stackOf('Rotation', template)]);
  },
};

describe.each(Object.entries(LAYOUTS))('%s', (layout, deploy) => {
  const deployment = deploy();
  const account = new Account(deployment);
  const role: string = deployment.properties(deployment.ofType('AWS::Lambda::Function')[0]).Role;
  const secretOf = (name: string) =>
    account.arns('AWS::SecretsManager::Secret').find((arn) => arn.includes(`:secret:${name}-`))!;
  const [alice, bob] = ['alice', 'bob'].map((name) =>
    account.arns('AWS::IAM::User').find((arn) => arn.endsWith(`/${name}`))!,
  );
  const carol = `arn:aws:iam::${ACCOUNT}:user/partners/carol`;
  const users = { alice, bob, carol };
  const secrets = Object.keys(users).map(secretOf);
  const neighbor = `arn:aws:iam::${ACCOUNT}:user/neighbor`;
  const [admin, deployer] = ['admin', 'deploy'].map((name) => `arn:aws:iam::${ACCOUNT}:role/${name}`);
  const precreated = layout === 'with a precreated role';
  /** A precreated role has its policies outside the templates. */
  const everything = [{ name: 'all', policy: allowing('*') }];
  const allows = (principal: string, action: string, secret: string, context = {}) =>
    precreated && principal.includes(':role/')
      ? account.evaluate(principal, action, secret, context, everything)
      : account.allows(principal, action, secret, context);
  const allowed = async (principal: string, actions: readonly string[], secret: string, context = {}) => {
    const results = await Promise.all(actions.map((action) => allows(principal, action, secret, context)));
    return actions.filter((_, index) => results[index]);
  };

  test('the role of the function is the one that the policies name', () => {
    if (precreated) expect(role).toBe(PRECREATED_ROLE);
    expect(secrets).toHaveLength(3);
    expect(secrets).not.toContain(undefined);
  });

  test('the policy of a secret alone allows the role of the function to get and put', async () => {
    for (const secret of secrets) {
      expect(await account.grantsAlone(role, GET, secret)).toBe(true);
      expect(await account.grantsAlone(role, PUT, secret)).toBe(true);
    }
  });

  test('the policy of a secret alone allows its user to get the current key with an access key', async () => {
    expect(await account.grantsAlone(alice, GET, secretOf('alice'))).toBe(true);
    expect(await account.grantsAlone(carol, GET, secretOf('carol'))).toBe(true);
    expect(await account.grantsAlone(alice, GET, secretOf('alice'), SESSION)).toBe(false);
    const previous = { 'secretsmanager:VersionStage': ['AWSPREVIOUS'] };
    expect(await account.grantsAlone(alice, GET, secretOf('alice'), previous)).toBe(false);
    expect(await account.grantsAlone(bob, GET, secretOf('bob'))).toBe(false); // selfRead: false
    expect(await account.grantsAlone(alice, PUT, secretOf('alice'))).toBe(false);
  });

  test('the policy of a secret alone allows no one else anything', async () => {
    for (const principal of [neighbor, admin, deployer, `arn:aws:iam::${ACCOUNT}:root`]) {
      for (const action of [...ROTATION_ONLY, ...OF_A_DEPLOY]) {
        expect([principal, action, await account.grantsAlone(principal, action, secretOf('alice'))]).toEqual([
          principal,
          action,
          false,
        ]);
      }
    }
    expect(await account.grantsAlone(bob, GET, secretOf('alice'))).toBe(false);
  });

  test('the role of the function can write', async () => {
    for (const secret of secrets) {
      const writes = ROTATION_ONLY.slice(0, 2);
      expect(await allowed(role, writes, secret)).toEqual(writes);
    }
  });

  test.each([
    ['a neighbor with secretsmanager:*', neighbor],
    ['an administrator', admin],
    ['the role of the deploy', deployer],
    ['the user itself', alice],
    ['the root of the account', `arn:aws:iam::${ACCOUNT}:root`],
    ['a role of another account', OTHER_ACCOUNT],
  ])('%s cannot write a value, a label or a rotation', async (_who, principal) => {
    for (const secret of secrets) {
      expect(await allowed(principal, ROTATION_ONLY, secret)).toEqual([]);
      expect(await allowed(principal, ROTATION_ONLY, secret, SESSION)).toEqual([]);
    }
  });

  test.each([
    ['an administrator', admin],
    ['the role of the deploy', deployer],
  ])('%s can do all that a deploy needs, and lift the policy', async (_who, principal) => {
    for (const secret of secrets) {
      expect(await allowed(principal, OF_A_DEPLOY, secret, SESSION)).toEqual(OF_A_DEPLOY);
    }
  });

  test('other reads stay with identity policies: a neighbor with secretsmanager:* reads, also with a session', async () => {
    for (const secret of secrets) {
      expect(await allows(neighbor, GET, secret)).toBe(true);
      expect(await allows(neighbor, GET, secret, SESSION)).toBe(true);
      expect(await allows(carol, GET, secretOf('alice'))).toBe(false);
    }
  });

  test('a session of the user cannot read its secret, even if another policy of the user allows it', async () => {
    expect(await allows(alice, GET, secretOf('alice'))).toBe(true);
    expect(await allows(alice, GET, secretOf('alice'), SESSION)).toBe(false);
    expect(await allows(alice, GET, secretOf('carol'), SESSION)).toBe(true); // granted by its team
    const policies = [{ name: 'all', policy: allowing('*') }];
    for (const [name, user] of Object.entries(users)) {
      expect(await account.evaluate(user, GET, secretOf(name), SESSION, policies)).toBe(false);
      expect(await account.evaluate(user, GET, secretOf(name), {}, policies)).toBe(true);
    }
  });

  test('a session that the user federated cannot read its secret, even if another policy of the user allows it', async () => {
    const ownTags = tagsOf(deployment, alice);
    expect(ownTags).toEqual({ [OWNER_TAG]: expect.any(String) });
    const sessionTags = { [OWNER_TAG]: '' }; // replaces the value, and cannot remove the tag
    for (const secret of secrets) {
      expect(await account.grantsAlone(FEDERATED, GET, secret, federated({}))).toBe(false);
      for (const tags of [ownTags, sessionTags]) {
        expect(await account.evaluate(FEDERATED, GET, secret, federated(tags), everything)).toBe(false);
      }
    }
  });

  test('a session that another user federated reads what the policies of that user allow', async () => {
    for (const secret of secrets) {
      expect(await account.evaluate(FEDERATED, GET, secret, federated({ team: 'a' }), everything)).toBe(true);
      expect(await account.evaluate(FEDERATED, GET, secret, federated({}), everything)).toBe(true);
    }
  });

  test('a principal with the tag of the rotation, and without a federated session, reads as before', async () => {
    const tag = { [`aws:PrincipalTag/${OWNER_TAG}`]: 'any' };
    expect(await allows(alice, GET, secretOf('alice'), { 'aws:PrincipalType': 'User', ...tag })).toBe(true);
    expect(await allows(role, GET, secretOf('alice'), { 'aws:PrincipalType': 'AssumedRole', ...tag })).toBe(true);
  });

  test('a grant of everything to another account adds no write', async () => {
    const policies = [{ name: 'all', policy: allowing('*') }];
    const may = (action: string, secret: string) => account.evaluate(OTHER_ACCOUNT, action, secret, SESSION, policies);
    expect(await may(GET, secretOf('alice'))).toBe(true);
    expect(await may(GET, secretOf('carol'))).toBe(false);
    for (const action of ROTATION_ONLY) expect([action, await may(action, secretOf('alice'))]).toEqual([action, false]);
  });

  test('in a replica, which has the same policy, the Denies hold', async () => {
    const replica = secretOf('alice').replace(/:[a-z]+-[a-z]+-\d:/, `:${REPLICA_REGION}:`);
    expect(replica).not.toBe(secretOf('alice'));
    const policy = policyOf(deployment, secretOf('alice'));
    const inReplica = (principal: string, action: string, context = {}) =>
      account.evaluate(principal, action, replica, context, everything, policy);
    for (const principal of [neighbor, admin, alice]) {
      for (const action of ROTATION_ONLY) expect(await inReplica(principal, action)).toBe(false);
    }
    expect(await inReplica(alice, GET)).toBe(true);
    expect(await inReplica(alice, GET, SESSION)).toBe(false);
    expect(await inReplica(admin, GET, SESSION)).toBe(true);
  });

  test('no Deny names a read of others, an update or the policy itself', () => {
    const denied = deployment
      .ofType('AWS::SecretsManager::ResourcePolicy')
      .flatMap((located) => deployment.properties(located).ResourcePolicy.Statement)
      .filter(({ Effect }: any) => Effect === 'Deny');
    expect([...new Set(denied.flatMap(({ Action }: any) => list(Action)))].sort()).toEqual(
      [...ROTATION_ONLY, GET].sort(),
    );
    expect(new Set(denied.map(({ Resource }: any) => Resource))).toEqual(new Set(['*']));
  });

  test('each policy stands in the stack of its secret', () => {
    const secretsById = new Map(
      deployment.ofType('AWS::SecretsManager::Secret').map((located) => [deployment.arn(located), located.stack.name]),
    );
    const policies = deployment.ofType('AWS::SecretsManager::ResourcePolicy');
    expect(policies).toHaveLength(3);
    for (const policy of policies) expect(policy.stack.name).toBe(secretsById.get(secretIdOf(deployment, policy)));
  });
});

function allowing(action: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] };
}

function tagsOf(deployment: Deployment, user: string): Record<string, string> {
  const found = deployment.ofType('AWS::IAM::User').find((located) => deployment.arn(located) === user)!;
  const tags: { Key: string; Value: string }[] = deployment.properties(found).Tags;
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function secretIdOf(deployment: Deployment, policy: Located): string {
  return deployment.properties(policy).SecretId;
}

function policyOf(deployment: Deployment, secret: string): object {
  const found = deployment
    .ofType('AWS::SecretsManager::ResourcePolicy')
    .find((policy) => secretIdOf(deployment, policy) === secret)!;
  return deployment.properties(found).ResourcePolicy;
}

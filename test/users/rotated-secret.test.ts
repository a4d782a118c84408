/** Later grants on the secret of a user are added to the one resource policy that a secret can have. */
import { Aspects, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { rotation, rotationOf, Synthesized } from '../template/support';

const OTHER_ACCOUNT_ROLE = 'arn:aws:iam::999988887777:role/builds';
const ROTATION_SIDS = [
  'AllowRotationReadWrite',
  'AllowUserRead',
  'DenyWritesOfOthers',
  'DenySessionsOfUser',
  'DenyFederatedSessions',
];

const statements = (built: Synthesized): { Sid?: string }[] =>
  built.userResource('alice', 'AWS::SecretsManager::ResourcePolicy').Properties.ResourcePolicy.Statement;
const granted = (built: Synthesized) => statements(built).filter(({ Sid }) => !ROTATION_SIDS.includes(Sid ?? ''));
const secretOf = (built: Synthesized) => built.rotation.user('alice').secret;

/** Another account can read a secret only if it is encrypted with a customer managed KMS key. */
const withKey = () =>
  rotation((scope) => ({ encryptionKey: new kms.Key(scope, 'Key'), users: [{ userName: 'alice' }] }));
const builds = (built: Synthesized) => iam.Role.fromRoleArn(built.stack, 'Builds', OTHER_ACCOUNT_ROLE);

test('the resource policy allows a role of another account', () => {
  const built = withKey();
  const grant = secretOf(built).grantRead(builds(built));
  expect(grant.success).toBe(true);
  expect(granted(built)).toEqual([
    {
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      Principal: { AWS: OTHER_ACCOUNT_ROLE },
      Resource: { Ref: expect.stringContaining('Useralice') },
    },
  ]);
});

test('a grant can be limited to some versions', () => {
  const built = withKey();
  secretOf(built).grantRead(builds(built), ['AWSCURRENT']);
  expect(granted(built)).toMatchObject([
    { Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': ['AWSCURRENT'] } } },
  ]);
});

test('a grant keeps the statements of the rotation and adds no policy', () => {
  const built = rotationOf('alice');
  secretOf(built).denyAccountRootDelete();
  expect(statements(built).slice(0, ROTATION_SIDS.length)).toEqual(statements(rotationOf('alice')));
  expect(statements(built)).toHaveLength(ROTATION_SIDS.length + 1);
  built.template.resourceCountIs('AWS::SecretsManager::ResourcePolicy', 1);
});

test('a resource that uses a grant can depend on the policy', () => {
  const built = withKey();
  const reader = new iam.CfnGroup(built.stack, 'Reader');
  secretOf(built).grantRead(builds(built)).applyBefore(reader);
  expect(built.template.findResources('AWS::IAM::Group').Reader.DependsOn).toContain(
    Stack.of(reader).resolve((secretOf(built).node.findChild('Policy') as secretsmanager.CfnResourcePolicy).logicalId),
  );
});

test('an aspect can add a statement', () => {
  const built = rotationOf('alice');
  Aspects.of(built.stack).add({
    visit: (node) => secretsmanager.Secret.isSecret(node) && (node as secretsmanager.Secret).denyAccountRootDelete(),
  });
  expect(granted(built)).toMatchObject([{ Effect: 'Deny', Action: 'secretsmanager:DeleteSecret' }]);
});

test('if the app has replaced the policy, a grant throws', () => {
  const built = rotationOf('alice');
  (secretOf(built).node.findChild('Policy') as secretsmanager.CfnResourcePolicy).resourcePolicy = {
    Version: '2012-10-17',
    Statement: [],
  };
  expect(() => secretOf(built).denyAccountRootDelete()).toThrow(
    'User-alice/Secret: the app has replaced the resource policy of this secret',
  );
});

test('a statement without a principal fails the synth', () => {
  const built = rotationOf('alice');
  secretOf(built).addToResourcePolicy(
    new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] }),
  );
  expect(() => built.template).toThrow(
    'A PolicyStatement used in a resource-based policy must specify at least one IAM principal',
  );
});

/**
 * What is granted on a user's secret afterwards goes into the one policy that a secret can have.
 */
import { Aspects, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { rotation, rotationOf, Synthesized } from '../template/support';

const ELSEWHERE = 'arn:aws:iam::999988887777:role/builds';
const OWN = ['AllowRotationReadWrite', 'AllowUserRead'];

const statements = (built: Synthesized): { Sid?: string }[] =>
  built.userResource('alice', 'AWS::SecretsManager::ResourcePolicy').Properties.ResourcePolicy.Statement;
const granted = (built: Synthesized) => statements(built).filter(({ Sid }) => !OWN.includes(Sid ?? ''));
const secretOf = (built: Synthesized) => built.rotation.user('alice').secret;

/** Secrets Manager lets other accounts in only where the secret has a KMS key of its own. */
const withKey = () =>
  rotation((scope) => ({ encryptionKey: new kms.Key(scope, 'Key'), users: [{ userName: 'alice' }] }));
const builds = (built: Synthesized) => iam.Role.fromRoleArn(built.stack, 'Builds', ELSEWHERE);

test('a role of another account is let in by the policy of the secret', () => {
  const built = withKey();
  const grant = secretOf(built).grantRead(builds(built));
  expect(grant.success).toBe(true);
  expect(granted(built)).toEqual([
    {
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      Principal: { AWS: ELSEWHERE },
      Resource: { Ref: expect.stringContaining('Useralice') },
    },
  ]);
});

test('for some versions only, where the grant says so', () => {
  const built = withKey();
  secretOf(built).grantRead(builds(built), ['AWSCURRENT']);
  expect(granted(built)).toMatchObject([
    { Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': ['AWSCURRENT'] } } },
  ]);
});

test('what the rotation itself allows stays, and so does the number of policies', () => {
  const built = rotationOf('alice');
  secretOf(built).denyAccountRootDelete();
  expect(statements(built).slice(0, 2)).toEqual(statements(rotationOf('alice')));
  expect(statements(built)).toHaveLength(3);
  built.template.resourceCountIs('AWS::SecretsManager::ResourcePolicy', 1);
});

test('resources that use a grant can wait for the policy', () => {
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

test('where the app has replaced the policy, a grant is refused instead of being lost', () => {
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

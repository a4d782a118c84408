/** The snippets of docs/escape-hatches.md reach the template, and the template stays valid. */
import { CfnResource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RotationTrigger } from '../../src';
import { runSnippet } from '../package/pages/run-snippet';
import { Resource, rotation, Synthesized, testStack } from '../template/support';

const PAGE = 'docs/escape-hatches.md';
const FUNCTION = 'AWS::Lambda::Function';

/** @param text - in one snippet of the page only */
function extended(text: string): Synthesized & { readonly keyPolicy: () => any[] } {
  const built = rotation({ users: [{ userName: 'alice' }], trigger: RotationTrigger.eventBridgeScheduler() });
  const { stack } = built;
  const key = new kms.Key(stack, 'Key');
  runSnippet(PAGE, text, { stack, rotation: built.rotation, key, vpc: vpcOf(stack) });
  return Object.assign(built, { keyPolicy: () => built.the('AWS::KMS::Key').Properties.KeyPolicy.Statement });
}

function vpcOf(stack: Stack): ec2.Vpc {
  return new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
}

const keyOf = (built: Synthesized) => ({
  'Fn::GetAtt': [Object.entries(built.resources).find(([, { Type }]) => Type === 'AWS::KMS::Key')![0], 'Arn'],
});
const roleOf = ({ resources }: Synthesized, name: string): [string, Resource] =>
  Object.entries(resources).find(([id, { Type }]) => Type === 'AWS::IAM::Role' && id.includes(name))!;
const rotator = (built: Synthesized) => {
  const handler = built.rotation.rotationFunction.node.defaultChild as CfnResource;
  return built.resources[built.stack.resolve(handler.logicalId)].Properties;
};

test('the first snippet gives the resource of the function', () => {
  const stack = testStack();
  runSnippet(PAGE, "users: [{ userName: 'ci-deployer' }]", { stack });
  expect(stack.node.findChild('Rotation')).toBeDefined();
});

test('KMS key of the log', () => {
  const built = extended('CfnLogGroup');
  expect(built.the('AWS::Logs::LogGroup').Properties.KmsKeyId).toEqual(keyOf(built));
  expect(JSON.stringify(built.keyPolicy())).toMatch(/kms:EncryptionContext:aws:logs:arn.*log-group:\*/);
});

test('KMS key of the dead-letter queue: all senders can use it', () => {
  const built = extended('CfnQueue');
  const [queue] = built.ofType('AWS::SQS::Queue');
  expect(queue.Properties).toMatchObject({ KmsMasterKeyId: keyOf(built), SqsManagedSseEnabled: false });
  expect(built.keyPolicy()).toContainEqual({
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Principal: { Service: 'events.amazonaws.com' },
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceAccount': built.stack.resolve(built.stack.account) } },
  });
  for (const name of ['RotatorRole', 'RotatorSchedulesRole']) {
    const [id] = roleOf(built, name);
    const policies = built.ofType('AWS::IAM::Policy').filter(({ Properties }) => Properties.Roles[0].Ref === id);
    expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([
      [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: keyOf(built) }],
    ]);
  }
});

test('KMS key of the environment', () => {
  const built = extended('kmsKeyArn');
  expect(rotator(built).KmsKeyArn).toEqual(keyOf(built));
  expect(JSON.stringify(built.ofType('AWS::IAM::Policy'))).toContain('"kms:Decrypt"');
});

test('VPC: the role has the permissions before the function exists', () => {
  const built = extended('vpcConfig');
  const { VpcConfig, Role } = rotator(built);
  expect(VpcConfig).toEqual({
    SubnetIds: [{ Ref: expect.stringContaining('Private') }],
    SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringContaining('RotationGroup'), 'GroupId'] }],
  });
  const [id, { Properties }] = roleOf(built, 'RotatorRole');
  expect(Role).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
  expect(JSON.stringify(Properties.ManagedPolicyArns)).toContain('service-role/AWSLambdaVPCAccessExecutionRole');
});

test('concurrency', () => {
  expect(rotator(extended('reservedConcurrentExecutions')).ReservedConcurrentExecutions).toBe(20);
});

test('tracing', () => {
  const built = extended('tracingConfig');
  expect(rotator(built).TracingConfig).toEqual({ Mode: 'Active' });
  const [, { Properties }] = roleOf(built, 'RotatorRole');
  expect(JSON.stringify(Properties.ManagedPolicyArns)).toContain('AWSXRayDaemonWriteAccess');
});

test('without them, the function has none of these settings', () => {
  const { Properties } = rotation({ users: [{ userName: 'alice' }] }).the(FUNCTION);
  for (const name of ['KmsKeyArn', 'VpcConfig', 'ReservedConcurrentExecutions', 'TracingConfig']) {
    expect(Properties).not.toHaveProperty(name);
  }
});

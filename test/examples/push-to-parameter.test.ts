/** The example of an event consumer: it compiles, has least privilege, and its function copies the current key. */
import * as path from 'path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PushToParameterStack } from '../../examples/typescript/lib/push-to-parameter-stack';

jest.mock('cdk-access-key-rotation', () => jest.requireActual('../../src'), { virtual: true });

const PARAMETER = '/ci/ci-deployer/access-key';
const NEW = '{"AccessKey":"AKIANEW","SecretKey":"new"}';

describe('the stack', () => {
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
  const resources = Template.fromStack(new PushToParameterStack(app, 'Test')).toJSON().Resources;
  const idOf = (start: string, type: string) =>
    Object.keys(resources).find((id) => id.startsWith(start) && resources[id].Type === type)!;
  const propertiesOf = (start: string, type: string) => resources[idOf(start, type)].Properties;

  test('allows the function to read this secret, to read and write this parameter, and nothing else', () => {
    const { Statement } = propertiesOf('PushServiceRoleDefaultPolicy', 'AWS::IAM::Policy').PolicyDocument;
    const secret = { Ref: idOf('RotationUserci', 'AWS::SecretsManager::Secret') };
    expect(Statement).toEqual([
      { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Resource: secret },
      {
        Effect: 'Allow',
        Action: ['ssm:GetParameter', 'ssm:PutParameter'],
        Resource: { 'Fn::Join': ['', expect.arrayContaining([`:parameter${PARAMETER}`])] },
      },
    ]);
  });

  test('invokes the function for each event of the user, and daily', () => {
    const target = [expect.objectContaining({ Arn: { 'Fn::GetAtt': [idOf('Push', 'AWS::Lambda::Function'), 'Arn'] } })];
    const onChange = propertiesOf('RotationKeyChanged', 'AWS::Events::Rule');
    expect(onChange.EventPattern).toMatchObject({
      source: ['cdk-access-key-rotation'],
      detail: { username: ['ci-deployer'] },
    });
    expect(onChange.Targets).toEqual(target);
    expect(propertiesOf('Daily', 'AWS::Events::Rule')).toMatchObject({
      ScheduleExpression: 'rate(1 day)',
      Targets: target,
    });
  });

  test('invokes the function after the first key is issued', () => {
    expect(resources[idOf('PushFirstKey', 'Custom::Trigger')].DependsOn).toContain(
      idOf('RotationUserci', 'Custom::AccessKeyRotationFirstKey'),
    );
  });
});

describe('the function', () => {
  const { handler } = jest.requireActual(
    path.join(__dirname, '../../examples/typescript/lib/push-to-parameter/index.js'),
  );
  const puts: unknown[] = [];
  let parameter: string | Error;

  beforeEach(() => {
    Object.assign(process.env, { SECRET: 'ci-deployer', PARAMETER });
    puts.length = 0;
    jest.spyOn(console, 'log').mockImplementation();
    jest.spyOn(SecretsManagerClient.prototype, 'send').mockImplementation(async (command) => {
      expect((command as GetSecretValueCommand).input).toEqual({ SecretId: 'ci-deployer' });
      return { SecretString: NEW };
    });
    jest.spyOn(SSMClient.prototype, 'send').mockImplementation(async (command) => {
      if (command instanceof PutParameterCommand) return puts.push(command.input);
      expect((command as GetParameterCommand).input).toEqual({ Name: PARAMETER, WithDecryption: true });
      if (parameter instanceof Error) throw parameter;
      return { Parameter: { Value: parameter } };
    });
  });
  afterEach(() => {
    expect(JSON.stringify(jest.mocked(console.log).mock.calls)).not.toContain('SecretKey');
    jest.restoreAllMocks();
  });

  test.each([
    ['creates a missing parameter', Object.assign(new Error(), { name: 'ParameterNotFound' })],
    ['replaces another value', '{"AccessKey":"AKIAOLD","SecretKey":"old"}'],
  ])('%s, encrypted', async (_what, before) => {
    parameter = before;
    await handler();
    expect(puts).toEqual([{ Name: PARAMETER, Value: NEW, Type: 'SecureString', Overwrite: true }]);
  });

  test('writes nothing if the value is the same', async () => {
    parameter = NEW;
    await handler();
    expect(puts).toEqual([]);
  });

  test('fails if it cannot read the parameter, so that Lambda retries', async () => {
    parameter = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    await expect(handler()).rejects.toThrow('slow down');
    expect(puts).toEqual([]);
  });
});

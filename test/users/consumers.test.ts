/**
 * What uses the value of a user's secret is created after the first key: before, the secret has no value, and the
 * deploy fails.
 */
import { App, CfnOutput, CfnResource, Environment, NestedStack, SecretValue, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { AccessKeyRotation, RotatedUserProps, UserStacks } from '../../src';
import { ACCOUNT, REGION, Resources, rotation, rotationOf, testApp } from '../template/support';

const FIRST_KEY = 'Custom::AccessKeyRotationFirstKey';

const environmentOf = (scope: Stack, id: string, value: string) =>
  new lambda.Function(scope, id, {
    code: lambda.Code.fromInline('-'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_22_X,
    environment: { VALUE: value },
  });

const parameter = (scope: Stack, value: string) => new ssm.CfnParameter(scope, 'Parameter', { type: 'String', value });

/** What takes the key out of the secret, by the type of the resource that has to wait. */
const CONSUMERS: [string, string, (scope: Stack, secret: ISecret) => unknown][] = [
  [
    'a parameter with a field',
    'AWS::SSM::Parameter',
    (scope, secret) => parameter(scope, secret.secretValueFromJson('AccessKey').unsafeUnwrap()),
  ],
  [
    'a parameter with the whole value',
    'AWS::SSM::Parameter',
    (scope, secret) => parameter(scope, secret.secretValue.unsafeUnwrap()),
  ],
  [
    'a dynamic reference with the ARN',
    'AWS::SSM::Parameter',
    (scope, secret) => parameter(scope, SecretValue.secretsManager(secret.secretArn).unsafeUnwrap()),
  ],
  [
    'a dynamic reference with the name',
    'AWS::SSM::Parameter',
    (scope, secret) => parameter(scope, `{{resolve:secretsmanager:${secret.secretName}}}`),
  ],
  [
    'an import of the same secret',
    'AWS::SSM::Parameter',
    (scope, secret) =>
      parameter(
        scope,
        Secret.fromSecretCompleteArn(scope, 'Import', secret.secretArn).secretValueFromJson('SecretKey').unsafeUnwrap(),
      ),
  ],
  [
    'the environment of a function, as a value',
    'AWS::Lambda::Function',
    (scope, secret) => environmentOf(scope, 'Consumer', secret.secretValueFromJson('SecretKey').unsafeUnwrap()),
  ],
  [
    'the environment of a function, as an ARN',
    'AWS::Lambda::Function',
    (scope, secret) => secret.grantRead(environmentOf(scope, 'Consumer', secret.secretArn)),
  ],
  [
    'a secret of an ECS container',
    'AWS::ECS::TaskDefinition',
    (scope, secret) =>
      new ecs.FargateTaskDefinition(scope, 'Task').addContainer('Container', {
        image: ecs.ContainerImage.fromRegistry('-'),
        secrets: { KEY: ecs.Secret.fromSecretsManager(secret, 'AccessKey') },
      }),
  ],
  [
    'a variable of a CodeBuild project',
    'AWS::CodeBuild::Project',
    (scope, secret) =>
      new codebuild.Project(scope, 'Build', {
        buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
        environmentVariables: {
          KEY: { type: codebuild.BuildEnvironmentVariableType.SECRETS_MANAGER, value: `${secret.secretArn}:AccessKey` },
        },
      }),
  ],
  [
    'credentials of a database',
    'AWS::RDS::OptionGroup',
    (scope, secret) =>
      new CfnResource(scope, 'Any', {
        type: 'AWS::RDS::OptionGroup',
        properties: { Settings: [{ Value: rds.Credentials.fromSecret(secret).password!.unsafeUnwrap() }] },
      }),
  ],
  [
    'a dependency on the secret',
    'AWS::SSM::Parameter',
    (scope, secret) => parameter(scope, '{{resolve:secretsmanager:alice}}').node.addDependency(secret),
  ],
];

const user = (props: Partial<RotatedUserProps> = {}): RotatedUserProps => ({ userName: 'alice', ...props });

describe.each(CONSUMERS)('%s waits for the first key', (_title, type, consume) => {
  test('in the stack of the rotation', () => {
    const built = rotation({ users: [user()] });
    consume(built.stack, built.rotation.user('alice').secret);
    expectToWait(built.resources, type, FIRST_KEY);
  });

  test('in a stack nested in it', () => {
    const built = rotation({ users: [user()] });
    consume(new NestedStack(built.stack, 'Nested'), built.rotation.user('alice').secret);
    expectToWait(built.resources, 'AWS::CloudFormation::Stack', FIRST_KEY);
  });

  test('in its user stack', () => {
    const { stacks, rotated } = inUserStacks();
    const { secret } = rotated.user('alice');
    consume(Stack.of(secret), secret);
    expectToWait(Template.fromStack(stacks[1]).toJSON().Resources, type, FIRST_KEY);
  });

  test('beside its nested user stack', () => {
    const built = rotation({ users: [user()], userStacks: UserStacks.nested(1) });
    consume(built.stack, built.rotation.user('alice').secret);
    expectToWait(built.resources, type, 'AWS::CloudFormation::Stack');
  });

  test('in another stack, which is deployed later', () => {
    const { app, rotated } = inUserStacks();
    const other = new Stack(app, 'Other', { env: { account: ACCOUNT, region: REGION } });
    consume(other, rotated.user('alice').secret);
    expect(
      app
        .synth()
        .getStackByName('Other')
        .dependencies.map(({ id }) => id),
    ).toContain('Users');
  });
});

describe('there is no circle', () => {
  const arnIn = (secret: ISecret) =>
    new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] });

  test.each<[string, (scope: Stack) => AccessKeyRotation]>([
    [
      'in a managed policy of the user',
      (scope) => {
        const policy = new iam.ManagedPolicy(scope, 'Of');
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user({ managedPolicies: [policy] })] });
        policy.addStatements(arnIn(rotated.user('alice').secret));
        return rotated;
      },
    ],
    [
      'in the permissions boundary of the user',
      (scope) => {
        const boundary = new iam.ManagedPolicy(scope, 'Of');
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user({ permissionsBoundary: boundary })] });
        boundary.addStatements(arnIn(rotated.user('alice').secret));
        return rotated;
      },
    ],
    [
      'in the inline policy of a group of the user',
      (scope) => {
        const group = new iam.Group(scope, 'Of');
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user({ groups: [group] })] });
        group.addToPolicy(arnIn(rotated.user('alice').secret));
        return rotated;
      },
    ],
    [
      'in the resource policy of the secret',
      (scope) => {
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user()] });
        const { secret } = rotated.user('alice');
        const statement = arnIn(secret);
        statement.addAccountRootPrincipal();
        secret.addToResourcePolicy(statement);
        return rotated;
      },
    ],
    [
      'in a grant to the user, to the function and to an adopted user of the same stack',
      (scope) => {
        const adopted = new iam.User(scope, 'Of');
        const rotated = new AccessKeyRotation(scope, 'R', {
          users: [user(), { user: adopted, id: 'bob', secretName: 'bob' }],
        });
        const grantees = [rotated.user('alice').user, rotated.rotationFunction, adopted];
        for (const { secret } of rotated.users) grantees.forEach((grantee) => secret.grantRead(grantee));
        return rotated;
      },
    ],
    [
      'in the environment of the function',
      (scope) => {
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user()] });
        (rotated.rotationFunction as lambda.Function).addEnvironment('SECRET', rotated.user('alice').secret.secretName);
        return rotated;
      },
    ],
    [
      'in the target of an event, and in a subscriber of the topic',
      (scope) => {
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user()] });
        const consumer = environmentOf(scope, 'Of', rotated.user('alice').secret.secretArn);
        rotated.onKeyCreated('Created', { target: { bind: () => ({ arn: consumer.functionArn }) } });
        new sns.Subscription(scope, 'Sub', {
          topic: rotated.topic,
          protocol: sns.SubscriptionProtocol.LAMBDA,
          endpoint: consumer.functionArn,
        });
        return rotated;
      },
    ],
    [
      'with an encryption key whose users are added later',
      (scope) => {
        const key = new kms.Key(scope, 'Of');
        const rotated = new AccessKeyRotation(scope, 'R', { users: [user({ encryptionKey: key })] });
        rotated.user('alice').secret.grantRead(environmentOf(scope, 'F', rotated.user('alice').secret.secretArn));
        return rotated;
      },
    ],
  ])('%s', (_title, make) => {
    const stack = new Stack(testApp(), 'Stack');
    make(stack);
    const { Resources: resources } = Template.fromStack(stack, { skipCyclicalDependenciesCheck: true }).toJSON();
    for (const id of Object.keys(resources)) {
      const needed = neededBy(resources, id);
      expect([id, needed.has(id)]).toEqual([id, false]);
    }
  });
});

test('secrets in an output or export, and secrets that nothing refers to, change no resource', () => {
  const plain = rotationOf('alice').resources;
  const built = rotationOf('alice');
  new CfnOutput(built.stack, 'Arn', { value: built.rotation.user('alice').secret.secretArn });
  expect(built.resources).toEqual(plain);
});

test('a consumer in a stage of its own has no dependency, because the CDK allows none between stages', () => {
  const app = testApp();
  const env: Environment = { account: ACCOUNT, region: REGION };
  const first = new Stack(new Stage(app, 'First', { env }), 'Stack');
  const rotated = new AccessKeyRotation(first, 'R', { users: [user()] });
  const second = new Stack(new Stage(app, 'Second', { env: { ...env, region: 'eu-west-1' } }), 'Stack');
  parameter(second, rotated.user('alice').secret.secretArn);
  expect(JSON.stringify(Template.fromStack(second).toJSON())).toContain('secret:alice');
});

/** A rotation with its one user in a stack of the app. */
function inUserStacks() {
  const app: App = testApp();
  const env = { account: ACCOUNT, region: REGION };
  const stacks = ['Keys', 'Users'].map((id) => new Stack(app, id, { env }));
  const rotated = new AccessKeyRotation(stacks[0], 'R', {
    users: [user()],
    userStacks: UserStacks.fromStacks([stacks[1]]),
  });
  return { app, stacks, rotated };
}

function expectToWait(resources: Resources, type: string, forType: string) {
  const consumers = Object.keys(resources).filter((id) => resources[id].Type === type && !/^Rotation|^R[A-Z]/.test(id));
  expect(consumers).not.toEqual([]);
  for (const id of consumers) {
    expect([...neededBy(resources, id)].map((needed) => resources[needed]?.Type)).toContain(forType);
  }
}

/** What CloudFormation creates before a resource. */
function neededBy(resources: Resources, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (needed: string) => {
    if (found.has(needed) || !resources[needed]) return;
    found.add(needed);
    directlyNeededBy(resources[needed]).forEach(visit);
  };
  directlyNeededBy(resources[id]).forEach(visit);
  return found;
}

function directlyNeededBy({ DependsOn = [], Properties }: Resources[string]): string[] {
  const ids = [...DependsOn];
  JSON.stringify(Properties ?? {}, (_key, value) => {
    if (value?.Ref) ids.push(value.Ref);
    if (value?.['Fn::GetAtt']) ids.push(value['Fn::GetAtt'][0]);
    return value;
  });
  return ids;
}

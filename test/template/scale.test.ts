/**
 * Rotations of any size stay within AWS's limits, whatever the users are called and whichever feature flags the app
 * has. 5,000 users: test/load/.
 */
import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeployedStack, Deployment } from './deployment';
import { adopted, created, deploymentOf, FLAGS, rotationIn, stacksFor } from './fleet';
import { broken, WARNINGS } from './limits';
import { AccessKeyRotation, Recipient, RotationTrigger, UserStacks } from '../../src';

const usersIn = (deployment: Deployment) => deployment.ofType('AWS::IAM::User').length;

/** How many resources there are in the stacks of the users. */
function resourcesOfUsers({ resources }: Deployment): number {
  return resources.filter(({ stack, resource }) => stack.name !== 'Rotation' && resource.Type !== 'AWS::CDK::Metadata')
    .length;
}

describe.each(FLAGS)('%s', (_flags, context) => {
  test('one user fits', () => {
    expect(broken(deploymentOf((app) => rotationIn(app, () => ({ users: created(1) })), context))).toEqual([]);
  });

  test('68 users fit into one stack, long names among them', () => {
    const deployment = deploymentOf((app) => rotationIn(app, () => ({ users: created(68) })), context);
    expect(usersIn(deployment)).toBe(68);
    expect(broken(deployment)).toEqual([]);
  });

  test('60 users fit into two stacks, 20 of them adopted, encrypted with one key, and somebody hears of each', () => {
    const deployment = deploymentOf(
      (app) =>
        rotationIn(app, (stack) => ({
          users: [...created(40), ...adopted(stack, 20)].map((user, index) => ({
            ...user,
            recipients: [Recipient.email(`team-${index % 20}@example.com`)],
          })),
          encryptionKey: new kms.Key(stack, 'Key'),
          digestRecipients: [Recipient.email('security@example.com')],
          userStacks: UserStacks.fromStacks(stacksFor(app, 2)),
        })),
      context,
    );
    expect(deployment.ofType('AWS::SecretsManager::Secret')).toHaveLength(60);
    expect(broken(deployment)).toEqual([]);
  });
});

test('300 users fit into eight nested stacks, which are deployed at once', () => {
  const deployment = deploymentOf((app) =>
    rotationIn(app, () => ({ users: created(300), userStacks: UserStacks.nested(8) })),
  );
  expect([usersIn(deployment), deployment.stacks.length]).toEqual([300, 9]);
  expect(broken(deployment)).toEqual([]);
  expect(WARNINGS.nestedOperation(deployment)).toEqual([]);
});

test('100 adopted users fit, all with names of 64 characters: the role has room for old and new policies', () => {
  const deployment = deploymentOf((app) =>
    rotationIn(app, (stack) => ({ users: adopted(stack, 100), userStacks: UserStacks.fromStacks(stacksFor(app, 4)) })),
  );
  expect(deployment.ofType('AWS::IAM::ManagedPolicy')).toHaveLength(5);
  expect(broken(deployment)).toEqual([]);
});

test('100 users on rules fit on the bus, 101 do not', () => {
  const onRules = (count: number) =>
    broken(
      deploymentOf((app) =>
        rotationIn(app, () => ({
          users: created(count),
          trigger: RotationTrigger.eventBridgeRules(),
          userStacks: UserStacks.nested(4),
        })),
      ),
    );
  expect(onRules(100)).toEqual([]);
  expect(onRules(101)).toEqual(['rulesOnTheBus: the bus default: 303 rules, AWS takes 300']);
});

test('names of stack and construct may be as long as they can be', () => {
  const deployment = deploymentOf((app) => {
    const [stack, users] = ['R', 'U'].map((id) => new Stack(app, id.repeat(128)));
    new AccessKeyRotation(stack, 'Rotation'.repeat(8), {
      users: created(50),
      trigger: RotationTrigger.eventBridgeScheduler(),
      userStacks: UserStacks.fromStacks([users]),
    });
  });
  expect(broken(deployment)).toEqual([]);
});

describe('one user or 120:', () => {
  const [one, many] = [
    [1, 1],
    [120, 4],
  ].map(([count, stacks]) =>
    deploymentOf((app) => {
      rotationIn(app, () => ({ users: created(count), userStacks: UserStacks.fromStacks(stacksFor(app, stacks)) }));
    }),
  );

  test('each has seven resources', () => {
    expect([resourcesOfUsers(one), resourcesOfUsers(many)]).toEqual([7, 840]);
  });

  test('the stack of the rotation differs in nothing but where the code is, and exports three values', () => {
    const [small, large] = [one, many].map(({ stacks }) => stacks.find(({ name }) => name === 'Rotation')!);
    const withoutCode = ({ body }: DeployedStack) => JSON.stringify(body).replace(/"S3Key":"[^"]*"/, '');
    expect(withoutCode(large)).toEqual(withoutCode(small));
    expect(Object.keys(large.body.Outputs!)).toHaveLength(3);
  });
});

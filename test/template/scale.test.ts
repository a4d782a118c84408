/**
 * Rotations of any size stay within the limits of AWS, with any user names and feature flags. For 5,000 users, see
 * test/load/.
 */
import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeployedStack, Deployment } from './deployment';
import { adopted, created, deploymentOf, FLAGS, rotationIn, stacksFor } from './fleet';
import { broken, WARNINGS } from './limits';
import { AccessKeyRotation, Recipient, RotationTrigger, UserStacks } from '../../src';

const userCount = (deployment: Deployment) => deployment.ofType('AWS::IAM::User').length;

/** The number of resources in the user stacks. */
function userResourceCount({ resources }: Deployment): number {
  return resources.filter(({ stack, resource }) => stack.name !== 'Rotation' && resource.Type !== 'AWS::CDK::Metadata')
    .length;
}

describe.each(FLAGS)('%s', (_flags, context) => {
  test('one user fits', () => {
    expect(broken(deploymentOf((app) => rotationIn(app, () => ({ users: created(1) })), context))).toEqual([]);
  });

  test('68 users fit into one stack, also with long names', () => {
    const deployment = deploymentOf((app) => rotationIn(app, () => ({ users: created(68) })), context);
    expect(userCount(deployment)).toBe(68);
    expect(broken(deployment)).toEqual([]);
  });

  test('60 users fit into two stacks: 20 of them adopted, all with one KMS key, each with a recipient', () => {
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

test('300 users fit into eight nested stacks and one operation', () => {
  const deployment = deploymentOf((app) =>
    rotationIn(app, () => ({ users: created(300), userStacks: UserStacks.nested(8) })),
  );
  expect([userCount(deployment), deployment.stacks.length]).toEqual([300, 9]);
  expect(broken(deployment)).toEqual([]);
  expect(WARNINGS.nestedOperation(deployment)).toEqual([]);
});

test('100 adopted users with names of 64 characters fit: old and new policies can be attached to the role', () => {
  const deployment = deploymentOf((app) =>
    rotationIn(app, (stack) => ({ users: adopted(stack, 100), userStacks: UserStacks.fromStacks(stacksFor(app, 4)) })),
  );
  expect(deployment.ofType('AWS::IAM::ManagedPolicy')).toHaveLength(5);
  expect(broken(deployment)).toEqual([]);
});

test('100 users with rules fit on the event bus, 101 do not', () => {
  const withRules = (count: number) =>
    broken(
      deploymentOf((app) =>
        rotationIn(app, () => ({
          users: created(count),
          trigger: RotationTrigger.eventBridgeRules(),
          userStacks: UserStacks.nested(4),
        })),
      ),
    );
  expect(withRules(100)).toEqual([]);
  expect(withRules(101)).toEqual(['rulesOnTheBus: the bus default: 303 rules, AWS allows 300']);
});

test('stack and construct can have names of the maximum length', () => {
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

describe('with one user and with 120:', () => {
  const [one, many] = [
    [1, 1],
    [120, 4],
  ].map(([count, stacks]) =>
    deploymentOf((app) => {
      rotationIn(app, () => ({ users: created(count), userStacks: UserStacks.fromStacks(stacksFor(app, stacks)) }));
    }),
  );

  test('each user has seven resources', () => {
    expect([userResourceCount(one), userResourceCount(many)]).toEqual([7, 840]);
  });

  test('the rotation stacks differ only in the location of the code, and export four values', () => {
    const [small, large] = [one, many].map(({ stacks }) => stacks.find(({ name }) => name === 'Rotation')!);
    const withoutCode = ({ body }: DeployedStack) => JSON.stringify(body).replace(/"S3Key":"[^"]*"/, '');
    expect(withoutCode(large)).toEqual(withoutCode(small));
    expect(Object.keys(large.body.Outputs!)).toHaveLength(4);
  });
});

/** A rotation in a nested stack: no stack and no resource depends on itself, in any layout. */
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Resource, testApp } from './support';
import { AccessKeyRotation, Recipient, RotationTrigger, UserStacks } from '../../src';

/** The outermost stack, the stack of the rotation, and a nested stack in the latter. */
interface Stacks {
  readonly outermost: Stack;
  readonly own: Stack;
  readonly child: Stack;
}

const TRIGGERS: [string, RotationTrigger][] = [
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
];

const USER_STACKS: [string, (stacks: Stacks) => UserStacks | undefined][] = [
  ['no user stacks', () => undefined],
  ['user stacks in the nested stack', () => UserStacks.nested(2)],
  [
    'user stacks beside the nested stack',
    ({ outermost }) => UserStacks.fromStacks([new NestedStack(outermost, 'Users')]),
  ],
  ['a user stack of the app in the nested stack', ({ child }) => UserStacks.fromStacks([child])],
];

const MORE: [string, (rotation: AccessKeyRotation, stacks: Stacks) => void][] = [
  ['nothing else', () => undefined],
  [
    'rules for events, with targets in each stack',
    (rotation, { outermost, own, child }) =>
      [outermost, own, child].forEach((stack, index) => {
        // The policy of the queue names the rule, and the rule names the queue: the child has both.
        const crossStackScope = stack === child ? child : undefined;
        const options = { target: new targets.SqsQueue(new sqs.Queue(stack, 'Queue')), crossStackScope };
        rotation.onKeyCreated(`Created${index}`, options);
        rotation.onRotationFailed(`Failed${index}`, options);
        rotation.onEvent(`Any${index}`, options);
      }),
  ],
  [
    'metric alarms in each stack',
    (rotation, { outermost, own, child }) =>
      [outermost, own, child].forEach((stack) => {
        const options = { threshold: 1, evaluationPeriods: 1 };
        rotation.metricFailures().createAlarm(stack, 'Failures', options);
        rotation.deadLetterQueue.metricApproximateNumberOfMessagesVisible().createAlarm(stack, 'Letters', options);
      }),
  ],
  [
    'recipients in both stacks, and KMS keys in the outer one',
    (rotation, { outermost, own }) =>
      // The CDK refuses a queue in the child: SqsSubscription calls addDependency(), from a nested stack to its parent.
      [outermost, own].forEach((stack, index) => {
        const queue = new SqsSubscription(new sqs.Queue(stack, 'Inbox'));
        const email = Recipient.email(`team-${index}@example.com`);
        rotation.addUser({
          userName: `user-${index}`,
          recipients: [Recipient.subscription(queue), email],
          encryptionKey: new kms.Key(outermost, `Key${index}`),
        });
      }),
  ],
  [
    'dashboards in each stack',
    (rotation, { outermost, own, child }) => {
      rotation.addDashboard();
      for (const stack of [outermost, own, child]) {
        const left = [rotation.metricChecks(), rotation.metricOverdueDays()];
        new cloudwatch.Dashboard(stack, 'Keys', { widgets: [[new cloudwatch.GraphWidget({ left })]] });
      }
    },
  ],
  [
    'roles in each stack that may invoke the Lambda, one of which may read secrets',
    (rotation, { outermost, own, child }) => {
      const [reader] = [outermost, own, child].map((stack) => {
        const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
        rotation.grantOperate(role);
        return role;
      });
      const resources = rotation.users.map(({ secret }) => secret.secretArn);
      reader.addToPolicy(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources }));
    },
  ],
];

describe.each(['a nested stack', 'a nested stack of a nested stack'])('in %s', (where) => {
  describe.each(TRIGGERS)('with %s', (_trigger, trigger) => {
    describe.each(USER_STACKS)('and %s', (_layout, userStacks) => {
      test.each(MORE)('no resource depends on itself, with %s', (_what, add) => {
        const outermost = new Stack(testApp(), 'Keys');
        const nested = new NestedStack(outermost, 'Nested');
        const own = where === 'a nested stack' ? nested : new NestedStack(nested, 'Nested');
        const stacks = { outermost, own, child: new NestedStack(own, 'Child') };
        new sqs.Queue(stacks.child, 'Other'); // CloudFormation refuses a template without resources
        const rotation = new AccessKeyRotation(own, 'Rotation', {
          trigger,
          userStacks: userStacks(stacks),
          users: [
            { userName: 'alice' },
            { userName: 'bob', recipients: [Recipient.email('bob@example.com')] },
            { user: iam.User.fromUserArn(own, 'Partner', 'arn:aws:iam::111122223333:user/partners/partner') },
          ],
          digestRecipients: [Recipient.email('security@example.com')],
        });
        add(rotation, stacks);

        expect(() => resourcesIn(outermost)).not.toThrow();
      });
    });
  });
});

test('the rotation has the same name in all stacks, which does not change when the nested stack is created again', () => {
  const outermost = new Stack(testApp(), 'Keys', { env: { region: 'eu-central-1' } });
  const nested = new NestedStack(outermost, 'Nested');
  const rotation = new AccessKeyRotation(nested, 'Rotation', {
    users: [{ userName: 'alice' }],
    userStacks: UserStacks.nested(1),
  });
  rotation.metricFailures().createAlarm(outermost, 'Failures', { threshold: 1, evaluationPeriods: 1 });
  const resources = resourcesIn(outermost);
  const [user] = resources.filter(({ Type }) => Type === 'AWS::IAM::User');
  const name = user.Properties.Tags[0].Value;

  expect(name).toMatch(/^eu-central-1\/Keys\/[0-9a-f]{8}$/);
  const [{ Properties }] = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(Properties.Environment.Variables.ROTATION).toBe(name);
  for (const alarm of resources.filter(
    ({ Type, Properties: { Namespace } }) => Type.endsWith('Alarm') && Namespace === 'AccessKeyRotation',
  )) {
    expect(alarm.Properties.Dimensions).toContainEqual({ Name: 'Rotation', Value: name });
  }
});

/**
 * The resources of a stack and of its nested stacks.
 *
 * @throws if a resource depends on itself, directly or through other resources of its template
 */
function resourcesIn(stack: Stack): Resource[] {
  App.of(stack)!.synth();
  const stacks = stack.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct));
  return stacks.flatMap((each) => Object.values<Resource>(Template.fromStack(each).toJSON().Resources ?? {}));
}

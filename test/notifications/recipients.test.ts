/** Recipients: one subscription per endpoint, with a filter policy that matches the notifications it receives. */
import { Aspects, CfnParameter, IAspect, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import * as fc from 'fast-check';
import {
  AccessKeyRotation,
  AccessKeyRotationProps,
  DigestFrequency,
  Recipient,
  RotatedUserProps,
  RotationTrigger,
} from '../../src';
import { ACCOUNT, REGION, Resource, rotation, rotationOf, Synthesized, testApp } from '../template/support';

const ENV = { account: ACCOUNT, region: REGION };
const email = (name: string) => Recipient.email(`${name}@example.com`);
const notified = (userName: string, ...names: string[]): RotatedUserProps => ({
  userName,
  recipients: names.map(email),
});
const subscriptionsOf = (built: Synthesized) =>
  built.ofType('AWS::SNS::Subscription').map(({ Properties }) => Properties);
const filters = (built: Synthesized): Record<string, any> =>
  Object.fromEntries(
    subscriptionsOf(built).map(({ Endpoint, FilterPolicy }) => [
      typeof Endpoint === 'string' ? Endpoint : 'token',
      FilterPolicy,
    ]),
  );

function digestRules(built: Synthesized): Resource[] {
  return built
    .ofType('AWS::Events::Rule')
    .filter(({ Properties }) => JSON.stringify(Properties.Name ?? '').includes('-digest'));
}

function digestInput(built: Synthesized): any {
  const [{ Properties }] = digestRules(built);
  return JSON.parse(Properties.Targets[0].Input);
}

describe('a user with recipients', () => {
  test('sends its notifications to them only', () => {
    const built = rotationOf(notified('alice', 'a'), notified('bob', 'b'), 'carol');
    expect(filters(built)).toEqual({
      'a@example.com': { username: ['alice'] },
      'b@example.com': { username: ['bob'] },
    });
  });

  test('an email address is subscribed with the protocol "email"', () => {
    expect(subscriptionsOf(rotationOf(notified('alice', 'a')))).toEqual([
      {
        TopicArn: { Ref: expect.stringContaining('Topic') },
        Protocol: 'email',
        Endpoint: 'a@example.com',
        FilterPolicy: { username: ['alice'] },
      },
    ]);
  });

  test('can be added later: the filter policy includes it', () => {
    const built = rotationOf(notified('alice', 'team'));
    built.rotation.addUser(notified('bob', 'team'));
    expect(filters(built)).toEqual({ 'team@example.com': { username: ['alice', 'bob'] } });
  });

  test('can have a token as its name, and as its recipient', () => {
    const built = rotation((scope) => ({
      users: [
        {
          id: 'x',
          userName: new CfnParameter(scope, 'Name').valueAsString,
          recipients: [Recipient.email(new CfnParameter(scope, 'Email').valueAsString)],
        },
      ],
    }));
    expect(subscriptionsOf(built)).toMatchObject([
      { Endpoint: { Ref: 'Email' }, FilterPolicy: { username: [{ Ref: 'Name' }] } },
    ]);
  });

  test('an empty list adds no subscription', () => {
    expect(rotationOf({ userName: 'alice', recipients: [] }).json).toEqual(rotationOf('alice').json);
  });
});

describe('the rotation', () => {
  test('sends only the digest to digest recipients', () => {
    expect(filters(rotation({ users: [{ userName: 'alice' }], digestRecipients: [email('a')] }))).toEqual({
      'a@example.com': { event: ['digest'] },
    });
  });

  test('sends only "failed" and "blocked" to failure recipients', () => {
    expect(filters(rotation({ users: [{ userName: 'alice' }], failureRecipients: [email('a')] }))).toEqual({
      'a@example.com': { event: ['blocked', 'failed'] },
    });
  });

  test('without recipients, has no subscription, no rule for a digest, and no permission to list', () => {
    const built = rotationOf('alice');
    expect(subscriptionsOf(built)).toEqual([]);
    expect(digestRules(built)).toEqual([]);
    expect(built.json).not.toContain('ListSubscriptionsByTopic');
  });
});

describe('one endpoint is one subscription', () => {
  test('of several users', () => {
    const built = rotationOf(
      notified('bob', 'team', 'b'),
      notified('alice', 'team'),
      notified('carol', 'team', 'team'),
    );
    expect(filters(built)).toEqual({
      'team@example.com': { username: ['alice', 'bob', 'carol'] },
      'b@example.com': { username: ['bob'] },
    });
  });

  test('of the digest and of failures', () => {
    const built = rotation({
      users: [{ userName: 'alice' }],
      digestRecipients: [email('ops')],
      failureRecipients: [email('ops')],
    });
    expect(filters(built)).toEqual({ 'ops@example.com': { event: ['blocked', 'digest', 'failed'] } });
  });

  test('of a user and of the rotation: either condition matches', () => {
    const built = rotation({
      users: [notified('alice', 'ops'), notified('bob', 'ops')],
      failureRecipients: [email('ops')],
    });
    expect(filters(built)).toEqual({
      'ops@example.com': { $or: [{ username: ['alice', 'bob'] }, { event: ['blocked', 'failed'] }] },
    });
  });

  test('of one queue in two objects', () => {
    const built = rotation((scope) => {
      const queue = new sqs.Queue(scope, 'Queue');
      const recipient = () => Recipient.subscription(new subscriptions.SqsSubscription(queue));
      return {
        users: [
          { userName: 'alice', recipients: [recipient()] },
          { userName: 'bob', recipients: [recipient()] },
        ],
      };
    });
    expect(filters(built)).toEqual({ token: { username: ['alice', 'bob'] } });
  });

  test('of one function: it is bound once, because a second bind() is an error', () => {
    const built = rotation((scope) => {
      const subscription = new subscriptions.LambdaSubscription(createFunction(scope));
      return {
        users: ['alice', 'bob'].map((userName) => ({ userName, recipients: [Recipient.subscription(subscription)] })),
      };
    });
    expect(filters(built)).toEqual({ token: { username: ['alice', 'bob'] } });
    expect(
      built.ofType('AWS::Lambda::Permission').filter(({ Properties }) => Properties.Principal === 'sns.amazonaws.com'),
    ).toHaveLength(1);
  });

  test('the same address as "email" and "email-json" is two endpoints', () => {
    const json = Recipient.subscription(new subscriptions.EmailSubscription('a@example.com', { json: true }));
    const built = rotationOf({ userName: 'alice', recipients: [email('a'), json] });
    expect(
      subscriptionsOf(built)
        .map(({ Protocol }) => Protocol)
        .sort(),
    ).toEqual(['email', 'email-json']);
  });
});

describe('Recipient.subscription', () => {
  test('a queue: the subscription is in the scope of the queue, after its policy, with all options', () => {
    const built = rotation((scope) => {
      const queue = new sqs.Queue(scope, 'Queue');
      const deadLetterQueue = new sqs.Queue(scope, 'Dead');
      const subscription = new subscriptions.SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue });
      return { users: [{ userName: 'alice', recipients: [Recipient.subscription(subscription)] }] };
    });
    const [[id, resource]] = Object.entries(built.resources).filter(
      ([, { Type }]) => Type === 'AWS::SNS::Subscription',
    );
    expect(id).toMatch(/^Queue/);
    expect(resource.DependsOn).toEqual([expect.stringMatching(/^QueuePolicy/)]);
    expect(resource.Properties).toMatchObject({
      Protocol: 'sqs',
      RawMessageDelivery: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^Dead/), 'Arn'] } },
    });
  });

  test.each<[string, (scope: Construct) => sns.ITopicSubscription]>([
    ['function', (scope) => new subscriptions.LambdaSubscription(createFunction(scope))],
    ['queue', (scope) => new subscriptions.SqsSubscription(new sqs.Queue(scope, 'Queue'))],
  ])('a %s: can receive from several rotations, each with its own topic', (_what, subscriptionOf) => {
    const stack = new Stack(testApp(), 'Test');
    const recipient = Recipient.subscription(subscriptionOf(stack));
    const [built] = ['One', 'Two'].map(
      (id) =>
        new Synthesized(
          stack,
          new AccessKeyRotation(stack, id, {
            users: [{ userName: id, recipients: [recipient] }],
            digestRecipients: [recipient],
          }),
        ),
    );
    expect(subscriptionsOf(built).map(({ FilterPolicy }) => FilterPolicy.$or[0])).toEqual([
      { username: ['One'] },
      { username: ['Two'] },
    ]);
  });

  test('a queue in another stack: the subscription is in that stack, and there is no cyclic dependency', () => {
    const app = testApp();
    const [keys, consumer] = ['Keys', 'Consumer'].map((name) => new Stack(app, name, { env: ENV }));
    const queue = new sqs.Queue(consumer, 'Queue');
    const construct = new AccessKeyRotation(keys, 'Rotation', {
      users: [
        {
          userName: 'alice',
          recipients: [Recipient.subscription(new subscriptions.SqsSubscription(queue)), email('a')],
        },
      ],
    });
    Template.fromStack(consumer).hasResourceProperties('AWS::SNS::Subscription', {
      FilterPolicy: { username: ['alice'] },
    });
    expect(new Synthesized(keys, construct).createdSubscriptions).toEqual({ endpoints: ['a@example.com'], others: 1 });
  });

  test('queues with the same construct ID in several stacks are several recipients', () => {
    const app = testApp();
    const stacks = ['Keys', 'One', 'Other'].map((name) => new Stack(app, name, { env: ENV }));
    new AccessKeyRotation(stacks[0], 'Rotation', {
      users: stacks.map((stack) => ({
        userName: stack.node.id,
        recipients: [Recipient.subscription(new subscriptions.SqsSubscription(new sqs.Queue(stack, 'Queue')))],
      })),
    });
    for (const stack of stacks) {
      Template.fromStack(stack).resourceCountIs('AWS::SNS::Subscription', 1);
      Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
        FilterPolicy: { username: [stack.node.id] },
      });
    }
  });

  test('a topic of another stack: the subscription is in the stack of the rotation', () => {
    const app = testApp();
    const [shared, keys] = ['Shared', 'Keys'].map((name) => new Stack(app, name, { env: ENV }));
    const construct = new AccessKeyRotation(keys, 'Rotation', {
      topic: new sns.Topic(shared, 'Topic'),
      users: [notified('alice', 'a')],
    });
    expect(filters(new Synthesized(keys, construct))).toEqual({ 'a@example.com': { username: ['alice'] } });
  });

  test('its filter policy restricts the notifications', () => {
    const onlyNew = () =>
      Recipient.subscription(
        new subscriptions.SmsSubscription('+4930123456', {
          filterPolicy: { event: sns.SubscriptionFilter.stringFilter({ allowlist: ['created'] }) },
        }),
      );
    const built = rotationOf(
      { userName: 'alice', recipients: [onlyNew()] },
      { userName: 'bob', recipients: [onlyNew()] },
    );
    expect(filters(built)).toEqual({ '+4930123456': { event: ['created'], username: ['alice', 'bob'] } });
  });

  test('its filter policy applies to both conditions of the rotation', () => {
    const oneKey = Recipient.subscription(
      new subscriptions.SmsSubscription('+4930123456', {
        filterPolicy: { accessKeyId: sns.SubscriptionFilter.existsFilter() },
      }),
    );
    const built = rotation({ users: [{ userName: 'alice', recipients: [oneKey] }], failureRecipients: [oneKey] });
    expect(filters(built)['+4930123456']).toEqual({
      accessKeyId: [{ exists: true }],
      $or: [{ username: ['alice'] }, { event: ['blocked', 'failed'] }],
    });
  });
});

describe('the digest', () => {
  test('is started once a day, by a rule with the name prefix of the permission', () => {
    const built = rotationOf(notified('alice', 'a'));
    const [{ Properties }] = digestRules(built);
    const prefix = built
      .the('AWS::Lambda::Permission')
      .Properties.SourceArn['Fn::Join'][1].at(-1)
      .replace(/^:rule\/|\*$/g, '');
    expect(Properties.Name).toBe(`${prefix}digest`);
    expect(Properties.ScheduleExpression).toMatch(/^cron\(\d{1,2} \d{1,2} \* \* \? \*\)$/);
    expect(Properties.Targets[0].DeadLetterConfig).toEqual({
      Arn: { 'Fn::GetAtt': [expect.stringContaining('DeadLetters'), 'Arn'] },
    });
  });

  test.each<[string, AccessKeyRotationProps]>([
    ['a user', { users: [notified('alice', 'a')] }],
    ['failures', { users: [{ userName: 'alice' }], failureRecipients: [email('a')] }],
    ['the digest', { users: [{ userName: 'alice' }], digestRecipients: [email('a')] }],
  ])('is started if there are recipients of %s: it also checks their subscriptions', (_whose, props) => {
    const built = rotation(props);
    expect(digestInput(built)).toEqual({ action: 'digest' });
    expect(built.createdSubscriptions).toEqual({ endpoints: ['a@example.com'], others: 0 });
  });

  const sent = (digestFrequency?: DigestFrequency, more: AccessKeyRotationProps = {}) =>
    rotation({ users: [{ userName: 'alice' }], digestRecipients: [email('a')], digestFrequency, ...more });

  test.each<[DigestFrequency | undefined, RegExp, object]>([
    [undefined, /^cron\(\d{1,2} \d{1,2} \* \* \? \*\)$/, {}],
    [DigestFrequency.DAILY, /^cron\(\d{1,2} \d{1,2} \* \* \? \*\)$/, {}],
    [DigestFrequency.WEEKLY, /^cron\(\d{1,2} \d{1,2} \? \* MON \*\)$/, { frequency: 'WEEKLY' }],
    [DigestFrequency.WHEN_NEEDED, /^cron\(\d{1,2} \d{1,2} \* \* \? \*\)$/, { frequency: 'WHEN_NEEDED' }],
  ])('of the frequency %s is started at these times, with this event', (frequency, times, event) => {
    const built = sent(frequency);
    expect(digestRules(built).map(({ Properties }) => Properties.ScheduleExpression)).toEqual([
      expect.stringMatching(times),
    ]);
    expect(digestInput(built)).toEqual({ action: 'digest', ...event });
  });

  test('has the same time of day with each frequency', () => {
    const times = Object.values(DigestFrequency).map((frequency) => {
      const [{ Properties }] = digestRules(sent(frequency));
      return Properties.ScheduleExpression.split(' ', 2).join(' ');
    });
    expect(new Set(times).size).toBe(1);
  });

  test('a schedule of EventBridge Scheduler has the same expression and event', () => {
    const built = sent(DigestFrequency.WEEKLY, { trigger: RotationTrigger.eventBridgeScheduler() });
    const schedules = built
      .ofType('AWS::Scheduler::Schedule')
      .filter(({ Properties }) => Properties.Name.endsWith('-digest'));
    expect(schedules).toHaveLength(1);
    expect(schedules[0].Properties.ScheduleExpression).toMatch(/^cron\(\d{1,2} \d{1,2} \? \* MON \*\)$/);
    expect(JSON.parse(schedules[0].Properties.Target.Input)).toEqual({ action: 'digest', frequency: 'WEEKLY' });
  });

  test('is started by a frequency alone, for the rules that receive it', () => {
    const built = rotation({ users: [{ userName: 'alice' }], digestFrequency: DigestFrequency.WEEKLY });
    expect(digestInput(built)).toEqual({ action: 'digest', frequency: 'WEEKLY' });
    expect(built.createdSubscriptions).toEqual({ endpoints: [], others: 0 });
  });

  test.each<[string, (built: Synthesized) => unknown, AccessKeyRotationProps]>([
    ['by a frequency', () => undefined, { digestFrequency: DigestFrequency.WEEKLY }],
    ['by a rule for it', (built) => built.rotation.onDigest('Digest'), {}],
  ])('started %s, without recipients, needs no permission to list subscriptions', (_how, start, props) => {
    const built = rotation({ users: [{ userName: 'alice' }], ...props });
    start(built);
    expect(digestRules(built)).toHaveLength(1);
    expect(built.json).not.toContain('ListSubscriptionsByTopic');
  });

  test.each<[string, AccessKeyRotationProps]>([
    ['without recipients', {}],
    ['with recipients, which start it too', { digestRecipients: [email('a')] }],
  ])('is started by a rule for it, once, %s', (_what, props) => {
    const built = rotation({ users: [{ userName: 'alice' }], ...props });
    built.rotation.onDigest('One');
    built.rotation.onDigest('Two');
    built.rotation.addUser({ userName: 'bob', recipients: [email('a')] });
    expect(digestInput(built)).toEqual({ action: 'digest' });
    expect(built.createdSubscriptions).toEqual({ endpoints: ['a@example.com'], others: 0 });
    const lists = built.json.match(/sns:ListSubscriptionsByTopic/g);
    expect(lists).toHaveLength(1);
  });

  test('includes recipients that are added later, each once', () => {
    const built = rotationOf(notified('alice', 'a', 'team'));
    built.rotation.addUser(notified('bob', 'b', 'team'));
    expect(built.createdSubscriptions).toEqual({
      endpoints: ['a@example.com', 'b@example.com', 'team@example.com'],
      others: 0,
    });
  });

  test('counts endpoints that are tokens, and its code does not depend on them', () => {
    const built = rotation((scope) => ({
      users: [
        {
          userName: 'alice',
          recipients: [Recipient.subscription(new subscriptions.SqsSubscription(new sqs.Queue(scope, 'Queue')))],
        },
      ],
    }));
    expect(built.createdSubscriptions).toEqual({ endpoints: [], others: 1 });
    expect(JSON.stringify(built.the('AWS::Lambda::Function'))).not.toMatch(/"Queue/);
  });

  test('names each of many recipients', () => {
    const names = [...Array(120).keys()].map((index) => `${'x'.repeat(60)}${index}`);
    expect(rotationOf(notified('alice', ...names)).createdSubscriptions.endpoints).toHaveLength(120);
  });

  test('a rotation without recipients has created no subscription', () => {
    expect(rotationOf('alice').createdSubscriptions).toEqual({ endpoints: [], others: 0 });
  });

  test('can list the subscriptions of this topic', () => {
    const built = rotationOf(notified('alice', 'a'), notified('bob', 'b'));
    const { Statement } = built.the('AWS::IAM::Role').Properties.Policies[0].PolicyDocument;
    expect(Statement.filter(({ Action }: any) => Action === 'sns:ListSubscriptionsByTopic')).toEqual([
      { Effect: 'Allow', Action: 'sns:ListSubscriptionsByTopic', Resource: { Ref: expect.stringContaining('Topic') } },
    ]);
  });
});

describe('logical IDs', () => {
  const POOL = ['alice', 'bob', 'carol', 'dan', 'erin'];
  const NOTIFIED: Record<string, string[]> = {
    alice: ['team', 'a'],
    bob: ['team'],
    carol: ['c', 'team', 'ops'],
    dan: [],
    erin: ['a', 'c'],
  };
  const list = (names: string[]) =>
    rotation((scope) => {
      const queue = Recipient.subscription(new subscriptions.SqsSubscription(new sqs.Queue(scope, 'Queue')));
      const parameter = Recipient.email(new CfnParameter(scope, 'Email').valueAsString);
      return {
        failureRecipients: [email('ops'), parameter],
        users: names.map((userName) => ({
          userName,
          recipients: [...NOTIFIED[userName].map(email), queue, ...(userName === 'dan' ? [] : [parameter])],
        })),
      };
    });
  const ids = (built: Synthesized) =>
    Object.fromEntries(
      Object.entries(built.resources)
        .filter(([, { Type }]) => Type === 'AWS::SNS::Subscription')
        .map(([id, { Properties }]) => [JSON.stringify(Properties.Endpoint), id]),
    );

  test('depend on the endpoint only, not on other recipients or their order', () => {
    const lists = fc.shuffledSubarray(POOL, { minLength: 1 });
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        const [before, after] = [list(one), list(other)].map(ids);
        for (const endpoint of Object.keys(before).filter((both) => after[both])) {
          expect(after[endpoint]).toBe(before[endpoint]);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('any order gives the same template', () => {
    const orders = fc.shuffledSubarray(POOL, { minLength: 2 });
    fc.assert(
      fc.property(orders, (names) => {
        expect(list([...names].sort()).template.toJSON()).toEqual(list(names).template.toJSON());
      }),
      { numRuns: 5 },
    );
  });

  test('never change', () => {
    expect(ids(rotationOf(notified('alice', 'a')))).toEqual({
      '"a@example.com"': 'RotationRecipientsaexamplecom15991d8a6CCCD511',
    });
  });
});

describe('bad input', () => {
  test.each([
    ['alice'],
    ['@example.com'],
    ['alice@'],
    ['alice@example'],
    ['a b@example.com'],
    ['Alice <alice@example.com>'],
    ['a@b@example.com'],
    ['jürgen@example.com'],
    ['alice@exämple.com'],
    [''],
    ['alice@example.com, bob@example.com'],
    ['alice@-example.com'],
    [`${'x'.repeat(250)}@example.com`],
  ])('"%s" is not an email address', (address) => {
    expect(() => rotation({ users: [{ userName: 'alice', recipients: [Recipient.email(address)] }] })).toThrow(
      /^AccessKeyRotation Test\/Rotation, users\[0\] \("alice"\): Recipient.email: ".*" is not an email address. It must have .* Pass an address such as alice@example.com/,
    );
  });

  test.each([
    ['alice@example.com'],
    ['alice+keys@mail.example.co.uk'],
    ["o'neil@example.com"],
    ['a@xn--exmple-cua.com'],
  ])('%s is one', (address) => {
    expect(() => rotation({ users: [{ userName: 'alice', recipients: [Recipient.email(address)] }] })).not.toThrow();
  });

  test.each<[string, AccessKeyRotationProps, RegExp]>([
    [
      'a filter policy about the attribute of user recipients',
      { users: [{ userName: 'bob' }, { userName: 'alice', recipients: [filtering('username')] }] },
      /Test\/Rotation, users\[1\] \("alice"\): .*\+4930123456.* about "username".*Remove it from the filter policy/,
    ],
    [
      'a filter policy about the attribute of digest recipients',
      { digestRecipients: [filtering('event')] },
      /Test\/Rotation, digestRecipients: .*\+4930123456.* about "event".*Remove it from the filter policy/,
    ],
    [
      'a filter policy about the body',
      { failureRecipients: [byBody()] },
      /failureRecipients: .*by the body.*Use "filterPolicy"/,
    ],
    [
      'one endpoint with two sets of options',
      { users: [{ userName: 'alice', recipients: [filtering('accessKeyId'), filtering('event')] }] },
      /users\[0\] \("alice"\): \+4930123456 is subscribed with other options already.*pass the same Recipient object/,
    ],
  ])('%s is refused, with the fix in the error', (_what, props, error) => {
    expect(() => rotation(props)).toThrow(error);
  });

  test('a function in two objects is refused, with the fix in the error', () => {
    expect(() =>
      rotation((scope) => {
        const handler = createFunction(scope);
        return {
          users: ['alice', 'bob'].map((userName) => ({
            userName,
            recipients: [Recipient.subscription(new subscriptions.LambdaSubscription(handler))],
          })),
        };
      }),
    ).toThrow(
      /users\[1\] \("bob"\): a recipient cannot be subscribed: .*pass the same Recipient object in each place/s,
    );
  });

  test('a user whose recipients are refused adds nothing to the template', () => {
    const built = rotationOf('alice');
    expect(() => built.rotation.addUser({ userName: 'bob', recipients: [email('b'), filtering('username')] })).toThrow(
      'addUser() ("bob")',
    );
    expect(built.json).toEqual(rotationOf('alice').json);
  });

  test('a queue that is subscribed to the topic already is refused, with its path in the error', () => {
    const stack = rotationOf('alice').stack;
    const topic = new sns.Topic(stack, 'Topic');
    const subscription = new subscriptions.SqsSubscription(new sqs.Queue(stack, 'Queue'));
    topic.addSubscription(subscription);
    expect(
      () => new AccessKeyRotation(stack, 'Other', { topic, failureRecipients: [Recipient.subscription(subscription)] }),
    ).toThrow(
      /failureRecipients: Test\/Queue is subscribed to the topic already.*instead of calling topic.addSubscription/,
    );
  });

  test('an address that other code subscribes to the same topic is refused at synth', () => {
    const built = rotationOf(notified('alice', 'a'));
    built.rotation.topic.addSubscription(new subscriptions.EmailSubscription('b@example.com'));
    built.rotation.topic.addSubscription(new subscriptions.EmailSubscription('a@example.com'));
    expect(() => built.template).toThrow(
      /a@example.com is subscribed at Test\/Rotation\/\S+ and Test\/Rotation\/\S+, and SNS accepts an endpoint once per topic/,
    );
  });

  test('an address that two rotations subscribe to one topic is refused at synth', () => {
    const built = rotation((scope) => ({ topic: new sns.Topic(scope, 'Topic'), users: [notified('alice', 'a')] }));
    new AccessKeyRotation(built.stack, 'Other', { topic: built.rotation.topic, users: [notified('bob', 'a')] });
    expect(() => built.template).toThrow(/a@example.com is subscribed at .*use one topic per rotation/);
  });

  function byBody(): Recipient {
    const filterPolicyWithMessageBody = { x: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.existsFilter()) };
    return Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicyWithMessageBody }));
  }

  function filtering(attribute: string): Recipient {
    const filterPolicy = { [attribute]: sns.SubscriptionFilter.stringFilter({ allowlist: ['x'] }) };
    return Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicy }));
  }
});

describe('quotas of SNS', () => {
  test('200 filter policies per topic are accepted, 201 are not', () => {
    const names = [...Array(200).keys()].map((index) => `n${index}`);
    const many = (digestRecipients: Recipient[]) =>
      rotation({
        users: [notified('alice', ...names.slice(0, 120)), notified('bob', ...names.slice(100))],
        digestRecipients,
      });
    expect(subscriptionsOf(many([email('n0')]))).toHaveLength(200);
    expect(() => many([email('ops')]).template).toThrow(
      /there are 201 recipients, but SNS allows up to 200 filter policies.*Share a recipient.*several rotations/,
    );
  });

  test('all users of a stack fit into one filter policy', () => {
    const all = rotation({
      users: [...Array(68).keys()].map((index) => notified(`u${index}`, 'team')),
      digestRecipients: [email('team')],
      failureRecipients: [email('team')],
    });
    expect(filters(all)['team@example.com'].$or[0].username).toHaveLength(68);
  });

  test('150 combinations of values are accepted, more are not', () => {
    const all = (count: number, values: number) => {
      const filterPolicy = {
        event: sns.SubscriptionFilter.stringFilter({ allowlist: [...Array(values).keys()].map(String) }),
      };
      const team = Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicy }));
      return rotation({
        users: [...Array(count).keys()].map((index) => ({ userName: `u${index}`, recipients: [team] })),
      });
    };
    expect(subscriptionsOf(all(50, 3))).toHaveLength(1);
    expect(() => all(51, 3).template).toThrow(
      /\+4930123456 has 153 combinations of values, but SNS allows up to 150. Use different recipients/,
    );
  });

  test('five attributes are accepted, more are not', () => {
    const narrow = (count: number) => {
      const filterPolicy = Object.fromEntries(
        [...Array(count).keys()].map((index) => [`x${index}`, sns.SubscriptionFilter.existsFilter()]),
      );
      return rotationOf({
        userName: 'alice',
        recipients: [Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicy }))],
      });
    };
    expect(subscriptionsOf(narrow(4))).toHaveLength(1);
    expect(() => narrow(5).template).toThrow(/\+4930123456 has 6 attributes, but SNS allows up to 5/);
  });
});

describe('a topic', () => {
  const withTopic = (arn: string, env?: { account: string; region: string }) =>
    rotation((scope) => ({ topic: sns.Topic.fromTopicArn(scope, 'Theirs', arn), users: [notified('alice', 'a')] }), {
      env,
    });
  const WARNING = Match.stringLikeRegexp(
    'belongs to account 444455556666, but the stack is deployed to 111122223333.*sns:Publish.*sns:Subscribe',
  );

  test('of another Region is an error, because SNS accepts messages in the Region of the topic only', () => {
    expect(() => withTopic(`arn:aws:sns:eu-west-1:${ACCOUNT}:t`, ENV)).toThrow(
      /Test\/Rotation: "topic" is in eu-west-1, .* deployed to eu-central-1.*Pass a topic in eu-central-1/,
    );
  });

  test('that is FIFO is an error', () => {
    expect(() => withTopic(`arn:aws:sns:${REGION}:${ACCOUNT}:t.fifo`)).toThrow(/FIFO.*Pass a standard topic/);
  });

  test('of another account is a warning with the permissions that its policy must allow', () => {
    Annotations.fromStack(withTopic(`arn:aws:sns:${REGION}:444455556666:t`, ENV).stack).hasWarning(
      '/Test/Rotation',
      WARNING,
    );
  });

  test.each([
    ['of the same account and region', ENV],
    ['if the environment of the stack is not known', undefined],
  ])('%s is neither', (_where, env) => {
    const built = withTopic(`arn:aws:sns:${REGION}:${env ? ACCOUNT : '444455556666'}:t`, env);
    Annotations.fromStack(built.stack).hasNoWarning('/Test/Rotation', Match.stringLikeRegexp('belongs to account'));
    expect(filters(built)).toEqual({ 'a@example.com': { username: ['alice'] } });
  });
});

test('an aspect visits all subscriptions', () => {
  const built = rotationOf(notified('alice', 'a'), notified('bob', 'b'));
  const visited: IConstruct[] = [];
  const collect: IAspect = {
    visit: (node) => {
      if (node instanceof sns.Subscription) visited.push(node);
    },
  };
  Aspects.of(built.stack).add(collect);
  expect(subscriptionsOf(built)).toHaveLength(2);
  expect(visited).toHaveLength(2);
});

function createFunction(scope: Construct): lambda.Function {
  return new lambda.Function(scope, 'Function', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => {};'),
  });
}

/** Who is told: one subscription for each endpoint, and a filter policy that lets through what it is to get. */
import { Aspects, CfnParameter, IAspect, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import * as fc from 'fast-check';
import { AccessKeyRotation, AccessKeyRotationProps, Recipient, RotatedUserProps } from '../../src';
import { ACCOUNT, REGION, Resource, rotation, rotationOf, Synthesized, testApp } from '../template/support';

const ENV = { account: ACCOUNT, region: REGION };
const mail = (name: string) => Recipient.email(`${name}@example.com`);
const told = (userName: string, ...names: string[]): RotatedUserProps => ({ userName, recipients: names.map(mail) });
const subscribed = (built: Synthesized) => built.ofType('AWS::SNS::Subscription').map(({ Properties }) => Properties);
const filters = (built: Synthesized): Record<string, any> =>
  Object.fromEntries(
    subscribed(built).map(({ Endpoint, FilterPolicy }) => [
      typeof Endpoint === 'string' ? Endpoint : 'made here',
      FilterPolicy,
    ]),
  );

function digestRules(built: Synthesized): Resource[] {
  return built
    .ofType('AWS::Events::Rule')
    .filter(({ Properties }) => JSON.stringify(Properties.Name).includes('-digest'));
}

function digestInput(built: Synthesized): any {
  const [{ Properties }] = digestRules(built);
  return JSON.parse(Properties.Targets[0].Input);
}

describe('a user with recipients', () => {
  test('has its messages sent to them, and those of nobody else', () => {
    const built = rotationOf(told('alice', 'a'), told('bob', 'b'), 'carol');
    expect(filters(built)).toEqual({
      'a@example.com': { username: ['alice'] },
      'b@example.com': { username: ['bob'] },
    });
  });

  test('a mail address is subscribed to the topic as such', () => {
    expect(subscribed(rotationOf(told('alice', 'a')))).toEqual([
      {
        TopicArn: { Ref: expect.stringContaining('Topic') },
        Protocol: 'email',
        Endpoint: 'a@example.com',
        FilterPolicy: { username: ['alice'] },
      },
    ]);
  });

  test('can be added later: the filter policy knows it', () => {
    const built = rotationOf(told('alice', 'team'));
    built.rotation.addUser(told('bob', 'team'));
    expect(filters(built)).toEqual({ 'team@example.com': { username: ['alice', 'bob'] } });
  });

  test('may be known by a token only, and so may its recipient', () => {
    const built = rotation((scope) => ({
      users: [
        {
          id: 'x',
          userName: new CfnParameter(scope, 'Name').valueAsString,
          recipients: [Recipient.email(new CfnParameter(scope, 'Mail').valueAsString)],
        },
      ],
    }));
    expect(subscribed(built)).toMatchObject([
      { Endpoint: { Ref: 'Mail' }, FilterPolicy: { username: [{ Ref: 'Name' }] } },
    ]);
  });

  test('an empty list is none', () => {
    expect(rotationOf({ userName: 'alice', recipients: [] }).json).toEqual(rotationOf('alice').json);
  });
});

describe('the rotation', () => {
  test('sends the digest to its recipients, and nothing else', () => {
    expect(filters(rotation({ users: [{ userName: 'alice' }], digestRecipients: [mail('a')] }))).toEqual({
      'a@example.com': { event: ['digest'] },
    });
  });

  test('sends what failed or is blocked to its recipients, and nothing else', () => {
    expect(filters(rotation({ users: [{ userName: 'alice' }], failureRecipients: [mail('a')] }))).toEqual({
      'a@example.com': { event: ['blocked', 'failed'] },
    });
  });

  test('without recipients, makes no subscription, no rule for a digest, and needs no permission to list', () => {
    const built = rotationOf('alice');
    expect(subscribed(built)).toEqual([]);
    expect(digestRules(built)).toEqual([]);
    expect(built.json).not.toContain('ListSubscriptionsByTopic');
  });
});

describe('one endpoint is one subscription', () => {
  test('of several users', () => {
    const built = rotationOf(told('bob', 'team', 'b'), told('alice', 'team'), told('carol', 'team', 'team'));
    expect(filters(built)).toEqual({
      'team@example.com': { username: ['alice', 'bob', 'carol'] },
      'b@example.com': { username: ['bob'] },
    });
  });

  test('of the digest and of failures', () => {
    const built = rotation({
      users: [{ userName: 'alice' }],
      digestRecipients: [mail('ops')],
      failureRecipients: [mail('ops')],
    });
    expect(filters(built)).toEqual({ 'ops@example.com': { event: ['blocked', 'digest', 'failed'] } });
  });

  test('of a user and of the rotation: either is enough', () => {
    const built = rotation({ users: [told('alice', 'ops'), told('bob', 'ops')], failureRecipients: [mail('ops')] });
    expect(filters(built)).toEqual({
      'ops@example.com': { $or: [{ username: ['alice', 'bob'] }, { event: ['blocked', 'failed'] }] },
    });
  });

  test('of one queue in two objects', () => {
    const built = rotation((scope) => {
      const queue = new sqs.Queue(scope, 'Queue');
      const once = () => Recipient.subscription(new subscriptions.SqsSubscription(queue));
      return {
        users: [
          { userName: 'alice', recipients: [once()] },
          { userName: 'bob', recipients: [once()] },
        ],
      };
    });
    expect(filters(built)).toEqual({ 'made here': { username: ['alice', 'bob'] } });
  });

  test('of one function: it is bound once, for the second time would be an error', () => {
    const built = rotation((scope) => {
      const subscription = new subscriptions.LambdaSubscription(someFunction(scope));
      return {
        users: ['alice', 'bob'].map((userName) => ({ userName, recipients: [Recipient.subscription(subscription)] })),
      };
    });
    expect(filters(built)).toEqual({ 'made here': { username: ['alice', 'bob'] } });
    expect(
      built.ofType('AWS::Lambda::Permission').filter(({ Properties }) => Properties.Principal === 'sns.amazonaws.com'),
    ).toHaveLength(1);
  });

  test('the same address by mail and by JSON mail is two', () => {
    const json = Recipient.subscription(new subscriptions.EmailSubscription('a@example.com', { json: true }));
    const built = rotationOf({ userName: 'alice', recipients: [mail('a'), json] });
    expect(
      subscribed(built)
        .map(({ Protocol }) => Protocol)
        .sort(),
    ).toEqual(['email', 'email-json']);
  });
});

describe("a subscription of the caller's own", () => {
  test('a queue: is made where the queue is, after its policy, with all options', () => {
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
    ['function', (scope) => new subscriptions.LambdaSubscription(someFunction(scope))],
    ['queue', (scope) => new subscriptions.SqsSubscription(new sqs.Queue(scope, 'Queue'))],
  ])('a %s: can be told by several rotations, each with its topic', (_what, subscriptionOf) => {
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
    expect(subscribed(built).map(({ FilterPolicy }) => FilterPolicy.$or[0])).toEqual([
      { username: ['One'] },
      { username: ['Two'] },
    ]);
  });

  test('a queue in another stack: its subscription is there, and no stack needs the other one before itself', () => {
    const app = testApp();
    const [keys, consumer] = ['Keys', 'Consumer'].map((name) => new Stack(app, name, { env: ENV }));
    const queue = new sqs.Queue(consumer, 'Queue');
    const construct = new AccessKeyRotation(keys, 'Rotation', {
      users: [
        {
          userName: 'alice',
          recipients: [Recipient.subscription(new subscriptions.SqsSubscription(queue)), mail('a')],
        },
      ],
    });
    Template.fromStack(consumer).hasResourceProperties('AWS::SNS::Subscription', {
      FilterPolicy: { username: ['alice'] },
    });
    expect(digestInput(new Synthesized(keys, construct))).toEqual({
      action: 'digest',
      subscriptions: 2,
      recipients: ['a@example.com'],
    });
  });

  test('a topic of another stack: the subscription is with the rotation', () => {
    const app = testApp();
    const [shared, keys] = ['Shared', 'Keys'].map((name) => new Stack(app, name, { env: ENV }));
    const construct = new AccessKeyRotation(keys, 'Rotation', {
      topic: new sns.Topic(shared, 'Topic'),
      users: [told('alice', 'a')],
    });
    expect(filters(new Synthesized(keys, construct))).toEqual({ 'a@example.com': { username: ['alice'] } });
  });

  test('its filter policy narrows what it gets', () => {
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

  test('its filter policy narrows each of two reasons', () => {
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
  test('is asked for once a day, under the name that the permission of the rotation covers', () => {
    const built = rotationOf(told('alice', 'a'));
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
    ['a user', { users: [told('alice', 'a')] }],
    ['failures', { users: [{ userName: 'alice' }], failureRecipients: [mail('a')] }],
    ['the digest', { users: [{ userName: 'alice' }], digestRecipients: [mail('a')] }],
  ])(
    'is asked for where there are recipients of %s: it also looks whether they are still subscribed',
    (_whose, props) => {
      expect(digestInput(rotation(props))).toEqual({
        action: 'digest',
        subscriptions: 1,
        recipients: ['a@example.com'],
      });
    },
  );

  test('knows recipients that came later, each once', () => {
    const built = rotationOf(told('alice', 'a', 'team'));
    built.rotation.addUser(told('bob', 'b', 'team'));
    expect(digestInput(built)).toEqual({
      action: 'digest',
      subscriptions: 3,
      recipients: ['a@example.com', 'b@example.com', 'team@example.com'],
    });
  });

  test('names endpoints of its own stack that are known at deploy time only', () => {
    const built = rotation((scope) => ({
      users: [
        {
          userName: 'alice',
          recipients: [Recipient.subscription(new subscriptions.SqsSubscription(new sqs.Queue(scope, 'Queue')))],
        },
      ],
    }));
    const {
      'Fn::Join': [, parts],
    } = digestRules(built)[0].Properties.Targets[0].Input;
    expect(parts).toEqual([
      '{"action":"digest","subscriptions":1,"recipients":["',
      { 'Fn::GetAtt': [expect.stringMatching(/^Queue/), 'Arn'] },
      '"]}',
    ]);
  });

  test('names no recipients where they would not fit into the input of a rule', () => {
    const many = (count: number) =>
      rotationOf(told('alice', ...[...Array(count).keys()].map((index) => `${'x'.repeat(60)}${index}`)));
    expect(digestInput(many(90)).recipients).toHaveLength(90);
    expect(digestInput(many(120))).toEqual({ action: 'digest', subscriptions: 120 });
  });

  test('may list the subscriptions of this topic', () => {
    const built = rotationOf(told('alice', 'a'), told('bob', 'b'));
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
      const parameter = Recipient.email(new CfnParameter(scope, 'Mail').valueAsString);
      return {
        failureRecipients: [mail('ops'), parameter],
        users: names.map((userName) => ({
          userName,
          recipients: [...NOTIFIED[userName].map(mail), queue, ...(userName === 'dan' ? [] : [parameter])],
        })),
      };
    });
  const ids = (built: Synthesized) =>
    Object.fromEntries(
      Object.entries(built.resources)
        .filter(([, { Type }]) => Type === 'AWS::SNS::Subscription')
        .map(([id, { Properties }]) => [JSON.stringify(Properties.Endpoint), id]),
    );

  test('come from the endpoint, whoever comes, goes or changes places', () => {
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

  test('are these, and stay these', () => {
    expect(ids(rotationOf(told('alice', 'a')))).toEqual({
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
  ])('"%s" is no e-mail address', (address) => {
    expect(() => Recipient.email(address)).toThrow(
      /^Recipient.email: ".*" is no e-mail address. It takes .*: pass it like alice@example.com/,
    );
  });

  test.each([
    ['alice@example.com'],
    ['alice+keys@mail.example.co.uk'],
    ["o'neil@example.com"],
    ['a@xn--exmple-cua.com'],
  ])('%s is one', (address) => {
    expect(() => Recipient.email(address)).not.toThrow();
  });

  test.each<[string, AccessKeyRotationProps, RegExp]>([
    [
      'a filter policy about what notify sets',
      { users: [{ userName: 'bob' }, { userName: 'alice', recipients: [filtering('username')] }] },
      /Test\/Rotation, users\[1\] \("alice"\): .*\+4930123456.* about "username".*leave that attribute out/,
    ],
    [
      'a filter policy about what digestRecipients sets',
      { digestRecipients: [filtering('event')] },
      /Test\/Rotation, digestRecipients: .*\+4930123456.* about "event".*leave that attribute out/,
    ],
    [
      'a filter policy about the body',
      { failureRecipients: [byBody()] },
      /failureRecipients: .*by the body.*use "filterPolicy"/,
    ],
    [
      'one endpoint with two sets of options',
      { users: [{ userName: 'alice', recipients: [filtering('accessKeyId'), filtering('event')] }] },
      /users\[0\] \("alice"\): \+4930123456 is subscribed with other options already.*pass the same object/,
    ],
  ])('%s is refused, with the way out', (_what, props, error) => {
    expect(() => rotation(props)).toThrow(error);
  });

  test('a function in two objects is refused, with the way out', () => {
    expect(() =>
      rotation((scope) => {
        const handler = someFunction(scope);
        return {
          users: ['alice', 'bob'].map((userName) => ({
            userName,
            recipients: [Recipient.subscription(new subscriptions.LambdaSubscription(handler))],
          })),
        };
      }),
    ).toThrow(/users\[1\] \("bob"\): a recipient cannot be subscribed, .*pass the same object here and there/s);
  });

  test('a user whose recipients were refused leaves nothing behind', () => {
    const built = rotationOf('alice');
    expect(() => built.rotation.addUser({ userName: 'bob', recipients: [mail('b'), filtering('username')] })).toThrow(
      'addUser() ("bob")',
    );
    expect(built.json).toEqual(rotationOf('alice').json);
  });

  test('a queue that is subscribed to the topic already is refused by its path', () => {
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

  test('an address that somebody else subscribes to the same topic is refused at synth', () => {
    const built = rotationOf(told('alice', 'a'));
    built.rotation.topic.addSubscription(new subscriptions.EmailSubscription('b@example.com'));
    built.rotation.topic.addSubscription(new subscriptions.EmailSubscription('a@example.com'));
    expect(() => built.template).toThrow(
      /a@example.com is subscribed at Test\/Rotation\/\S+ and Test\/Rotation\/\S+, and SNS takes an endpoint once/,
    );
  });

  test('an address that two rotations subscribe to one topic is refused at synth', () => {
    const built = rotation((scope) => ({ topic: new sns.Topic(scope, 'Topic'), users: [told('alice', 'a')] }));
    new AccessKeyRotation(built.stack, 'Other', { topic: built.rotation.topic, users: [told('bob', 'a')] });
    expect(() => built.template).toThrow(/a@example.com is subscribed at .*give each rotation a topic of its own/);
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
  test('200 filter policies for a topic fit, 201 do not', () => {
    const names = [...Array(200).keys()].map((index) => `n${index}`);
    const many = (digestRecipients: Recipient[]) =>
      rotation({ users: [told('alice', ...names.slice(0, 120)), told('bob', ...names.slice(100))], digestRecipients });
    expect(subscribed(many([mail('n0')]))).toHaveLength(200);
    expect(() => many([mail('ops')]).template).toThrow(
      /201 endpoints are to be told, and SNS takes 200 filter policies.*share a recipient.*several rotations/,
    );
  });

  test('as many users as a stack holds fit into one filter policy', () => {
    const all = rotation({
      users: [...Array(68).keys()].map((index) => told(`u${index}`, 'team')),
      digestRecipients: [mail('team')],
      failureRecipients: [mail('team')],
    });
    expect(filters(all)['team@example.com'].$or[0].username).toHaveLength(68);
  });

  test('150 combinations of values fit, more do not', () => {
    const all = (count: number, values: number) => {
      const filterPolicy = {
        event: sns.SubscriptionFilter.stringFilter({ allowlist: [...Array(values).keys()].map(String) }),
      };
      const team = Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicy }));
      return rotation({
        users: [...Array(count).keys()].map((index) => ({ userName: `u${index}`, recipients: [team] })),
      });
    };
    expect(subscribed(all(50, 3))).toHaveLength(1);
    expect(() => all(51, 3).template).toThrow(
      /\+4930123456 has 153 combinations of values, and SNS takes 150: let the users/,
    );
  });

  test('five attributes fit, more do not', () => {
    const narrow = (count: number) => {
      const filterPolicy = Object.fromEntries(
        [...Array(count).keys()].map((index) => [`x${index}`, sns.SubscriptionFilter.existsFilter()]),
      );
      return rotationOf({
        userName: 'alice',
        recipients: [Recipient.subscription(new subscriptions.SmsSubscription('+4930123456', { filterPolicy }))],
      });
    };
    expect(subscribed(narrow(4))).toHaveLength(1);
    expect(() => narrow(5).template).toThrow(/\+4930123456 has 6 attributes, and SNS takes 5/);
  });
});

describe('a topic', () => {
  const withTopic = (arn: string, env?: { account: string; region: string }) =>
    rotation((scope) => ({ topic: sns.Topic.fromTopicArn(scope, 'Theirs', arn), users: [told('alice', 'a')] }), {
      env,
    });
  const WARNING = Match.stringLikeRegexp(
    'belongs to account 444455556666, but the stack is deployed to 111122223333.*sns:Publish.*sns:Subscribe',
  );

  test('of another region is an error, for nothing could be sent to it', () => {
    expect(() => withTopic(`arn:aws:sns:eu-west-1:${ACCOUNT}:t`, ENV)).toThrow(
      /Test\/Rotation: "topic" is in eu-west-1, .* deployed to eu-central-1.*pass a topic in eu-central-1/,
    );
  });

  test('that is FIFO is an error', () => {
    expect(() => withTopic(`arn:aws:sns:${REGION}:${ACCOUNT}:t.fifo`)).toThrow(/FIFO.*pass a standard topic/);
  });

  test('of another account is a warning that says what its policy has to allow', () => {
    Annotations.fromStack(withTopic(`arn:aws:sns:${REGION}:444455556666:t`, ENV).stack).hasWarning(
      '/Test/Rotation',
      WARNING,
    );
  });

  test.each([
    ['of the same account and region', ENV],
    ['where the stack may be deployed anywhere', undefined],
  ])('%s is neither', (_where, env) => {
    const built = withTopic(`arn:aws:sns:${REGION}:${env ? ACCOUNT : '444455556666'}:t`, env);
    Annotations.fromStack(built.stack).hasNoWarning('/Test/Rotation', Match.stringLikeRegexp('belongs to account'));
    expect(filters(built)).toEqual({ 'a@example.com': { username: ['alice'] } });
  });
});

test('an aspect that looks at subscriptions sees them all', () => {
  const built = rotationOf(told('alice', 'a'), told('bob', 'b'));
  const seen: IConstruct[] = [];
  const look: IAspect = {
    visit: (node) => {
      if (node instanceof sns.Subscription) seen.push(node);
    },
  };
  Aspects.of(built.stack).add(look);
  expect(subscribed(built)).toHaveLength(2);
  expect(seen).toHaveLength(2);
});

function someFunction(scope: Construct): lambda.Function {
  return new lambda.Function(scope, 'Function', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => {};'),
  });
}

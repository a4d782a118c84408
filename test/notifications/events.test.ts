/** Events on the default event bus: the rule methods of the construct. */
import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AccessKeyRotation } from '../../src';
import { DETAIL_TYPES } from '../../src/contract/notifications';
import { ACCOUNT, REGION, rotation, Synthesized, testApp } from '../template/support';

type On = (construct: AccessKeyRotation, id: string, options?: events.OnEventOptions) => events.Rule;

const ENV = { account: ACCOUNT, region: REGION };
const build = (props = {}) => rotation({ users: [{ userName: 'alice' }], ...props }, { env: ENV });
const ownerOf = (built: Synthesized) => built.the('AWS::Lambda::Function').Properties.Environment.Variables.ROTATION;

/** The event pattern of the rule that a method creates. */
function patternOf(on: On, options?: events.OnEventOptions) {
  const built = build();
  on(built.rotation, 'On', options);
  const [{ EventPattern }] = built
    .ofType('AWS::Events::Rule')
    .map(({ Properties }) => Properties)
    .filter((rule) => rule.EventPattern);
  return { pattern: EventPattern, owner: ownerOf(built) };
}

const METHODS: [string, On, string[]][] = [
  ['onKeyCreated', (construct, id, options) => construct.onKeyCreated(id, options), ['Access Key Created']],
  ['onKeyReminder', (construct, id, options) => construct.onKeyReminder(id, options), ['Access Key Reminder']],
  ['onKeyDeactivated', (construct, id, options) => construct.onKeyDeactivated(id, options), ['Access Key Deactivated']],
  ['onKeyDeleted', (construct, id, options) => construct.onKeyDeleted(id, options), ['Access Key Deleted']],
  [
    'onRotationFailed',
    (construct, id, options) => construct.onRotationFailed(id, options),
    ['Access Key Rotation Failed', 'Access Key Rotation Blocked'],
  ],
  ['onDigest', (construct, id, options) => construct.onDigest(id, options), ['Access Key Digest']],
];

describe.each(METHODS)('%s', (_name, on, detailTypes) => {
  test('matches these events of this rotation', () => {
    const { pattern, owner } = patternOf(on);
    expect(pattern).toEqual({
      source: ['cdk-access-key-rotation'],
      account: [ACCOUNT],
      'detail-type': detailTypes,
      detail: { rotation: [owner] },
    });
    expect(Object.values(DETAIL_TYPES)).toEqual(expect.arrayContaining(detailTypes));
  });

  test('can be restricted by a field, such as to one user', () => {
    const { pattern, owner } = patternOf(on, { eventPattern: { detail: { username: ['alice'] } } });
    expect(pattern).toEqual({
      source: ['cdk-access-key-rotation'],
      account: [ACCOUNT],
      'detail-type': detailTypes,
      detail: { rotation: [owner], username: ['alice'] },
    });
  });
});

const onEvent: On = (construct, id, options) => construct.onEvent(id, options);
const ALL: typeof METHODS = [...METHODS, ['onEvent', onEvent, []]];

describe.each(ALL)('%s: a pattern that would make the rule match more is an error', (_name, on, detailTypes) => {
  const refused: [string, any][] = [
    ['source', { source: ['evil'] }],
    ['account', { account: ['999999999999'] }],
    ['account', { account: [ACCOUNT] }],
    ['detail.rotation', { detail: { rotation: ['eu-west-1/Other/1'] } }],
    ['detail.rotation', { detail: { username: ['alice'], rotation: [{ prefix: '' }] } }],
    ['detail.rotation', { detail: { $or: [{ username: ['alice'] }, { rotation: ['eu-west-1/Other/1'] }] } }],
    ['detail.rotation', { detail: { $or: [{ username: ['a'] }, { $or: [{ rotation: ['x'] }, { event: ['y'] }] }] } }],
    ['detail.rotation', { $or: [{ region: ['eu-west-1'] }, { detail: { rotation: ['eu-west-1/Other/1'] } }] }],
    ['account', { $or: [{ region: ['eu-west-1'] }, { account: ['999999999999'] }] }],
    ['detail.rotation', { 'detail.rotation': ['eu-west-1/Other/1'] }],
    ...(detailTypes.length > 0
      ? [
          ['detailType', { detailType: ['Access Key Digest'] }] satisfies [string, any],
          ['detailType', { 'detail-type': ['Access Key Digest'] }] satisfies [string, any],
        ]
      : []),
  ];

  test.each(refused)('%s, in %j', (path, eventPattern) => {
    const built = build();
    const sets = ['source', 'account', ...(detailTypes.length > 0 ? ['detailType'] : []), 'detail.rotation'];
    expect(() => on(built.rotation, 'On', { eventPattern })).toThrow(
      `AccessKeyRotation Test/Rotation, on…(): options.eventPattern.${path} is [`,
    );
    expect(() => on(built.rotation, 'Again', { eventPattern })).toThrow(
      `], but the rule sets ${sets.join(', ')} itself, and would match the events of both lists.`
        + " Omit the field. Others restrict the rule, such as { detail: { username: ['alice'] } }.",
    );
    expect(built.rotation.node.tryFindChild('On')).toBeUndefined();
  });

  test('the values are in the message', () => {
    expect(() => on(build().rotation, 'On', { eventPattern: { account: ['999999999999'] } })).toThrow(
      'options.eventPattern.account is ["999999999999"], but',
    );
  });

  test.each<any>([
    { region: ['eu-central-1'], detail: { username: ['alice'], event: ['blocked'], text: events.Match.prefix('a') } },
    { detail: { $or: [{ username: ['alice'] }, { region: ['eu-central-1'] }] } },
    { detail: { counts: { rotation: ['a field of another level'], needAttention: events.Match.greaterThan(0) } } },
    { source: undefined, detail: { rotation: undefined, username: ['alice'] } },
  ])('all else restricts it: %j', (eventPattern) => {
    const { pattern, owner } = patternOf(on, { eventPattern });
    expect(pattern).toMatchObject({ source: ['cdk-access-key-rotation'], account: [ACCOUNT] });
    expect(pattern.detail).toMatchObject({ rotation: [owner] });
    expect(Object.keys(pattern.detail).length).toBeGreaterThan(1);
  });
});

describe('onEvent', () => {
  test('matches all events of this rotation', () => {
    const { pattern, owner } = patternOf(onEvent);
    expect(pattern).toEqual({ source: ['cdk-access-key-rotation'], account: [ACCOUNT], detail: { rotation: [owner] } });
  });

  test('can be restricted to some detail types', () => {
    const { pattern } = patternOf(onEvent, { eventPattern: { detailType: ['Access Key Deactivation Postponed'] } });
    expect(pattern['detail-type']).toEqual(['Access Key Deactivation Postponed']);
  });
});

test('the pattern has the same owner as the environment of the Lambda, also in an environment-agnostic stack', () => {
  const built = rotation({ users: [{ userName: 'alice' }] });
  built.rotation.onEvent('On');
  const { EventPattern } = built
    .ofType('AWS::Events::Rule')
    .map(({ Properties }) => Properties)
    .find((rule) => rule.EventPattern)!;
  expect(EventPattern.detail.rotation).toEqual([ownerOf(built)]);
  expect(EventPattern.account).toEqual([{ Ref: 'AWS::AccountId' }]);
});

test('the target is added, and the options of the rule apply', () => {
  const built = build();
  const queue = new sqs.Queue(built.stack, 'Queue');
  built.rotation.onKeyCreated('On', { ruleName: 'mine', description: 'Mine', target: new targets.SqsQueue(queue) });
  built.template.hasResourceProperties('AWS::Events::Rule', {
    Name: 'mine',
    Description: 'Mine',
    Targets: [{ Arn: built.stack.resolve(queue.queueArn) }],
  });
});

test('the rule is returned, for further targets', () => {
  const built = build();
  const rule = built.rotation.onKeyDeleted('On');
  rule.addTarget(new targets.SqsQueue(new sqs.Queue(built.stack, 'Queue')));
  built.template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { 'detail-type': ['Access Key Deleted'] },
    Targets: [{ Id: 'Target0' }],
  });
});

test('one pattern object can be used for the rules of two rotations', () => {
  const eventPattern = { detail: { username: ['alice'] } };
  const stack = new Stack(testApp(), 'Test', { env: ENV });
  const built = ['One', 'Two'].map(
    (id) => new Synthesized(stack, new AccessKeyRotation(stack, id, { users: [{ userName: id }] })),
  );
  built.forEach((one) => one.rotation.onKeyCreated('On', { eventPattern }));
  const rotations = built[0]
    .ofType('AWS::Events::Rule')
    .flatMap(({ Properties }) => (Properties.EventPattern ? [Properties.EventPattern.detail.rotation] : []));
  expect(rotations.map((owners) => owners.length)).toEqual([1, 1]);
  expect(new Set(rotations.flat()).size).toBe(2);
  expect(eventPattern).toEqual({ detail: { username: ['alice'] } });
});

test('no rule with a pattern is created without a call', () => {
  expect(
    build()
      .ofType('AWS::Events::Rule')
      .filter(({ Properties }) => Properties.EventPattern),
  ).toEqual([]);
});

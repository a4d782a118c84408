/** The event patterns that pages show for rules of an app, and what they match. The local AWS evaluates them. */
import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { LocalAws } from './support';
import { EVENT_SOURCE } from '../../src/contract/notifications';
import { pageOf } from '../package/pages/markdown';
import { read, USER_PAGES } from '../package/pages/repository';

const ACCOUNT = '111122223333';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Rotation-Rotator`;

interface Pattern {
  readonly page: string;
  readonly text: string;
}

/** All patterns in JSON. Those in TypeScript are played where the snippet or the example runs. */
const PATTERNS: readonly Pattern[] = USER_PAGES.flatMap((page) =>
  pageOf(read(page))
    .fences.filter(({ info, text }) => info === 'json' && Array.isArray(JSON.parse(text)['detail-type']))
    .map(({ text }) => ({ page, text: text.replace('ROLE-OF-THE-FUNCTION', ROLE) })),
);

let aws: LocalAws;
let client: EventBridgeClient;
beforeAll(async () => {
  aws = await LocalAws.start();
  client = new EventBridgeClient(aws.emulator.clientConfig);
});
afterAll(() => aws.emulator.stop());

/** An event of the bus of the account, as EventBridge delivers it. */
const event = (source: string, detailType: string, detail: object, account = ACCOUNT) => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': detailType,
  source,
  account,
  time: '2026-11-29T12:00:00Z',
  region: 'eu-west-1',
  resources: [],
  detail,
});
type Event = ReturnType<typeof event>;

const labelMoved = (labelUpdated: string, name = 'ci-deployer') =>
  event('aws.secretsmanager', 'Secret Label Updated', { name, labelUpdated });
const created = (username: string) => event(EVENT_SOURCE, 'Access Key Created', { username });
const call = (userIdentity: object, eventName = 'UpdateSecretVersionStage', more: object = {}) =>
  event('aws.secretsmanager', 'AWS API Call via CloudTrail', { eventName, userIdentity, ...more });

async function matches({ text }: Pattern, sent: Event): Promise<boolean> {
  const command = new TestEventPatternCommand({ EventPattern: text, Event: JSON.stringify(sent) });
  return (await client.send(command)).Result!;
}

/** The only pattern of a page that has a text. */
function patternWith(text: string): Pattern {
  const found = PATTERNS.filter((pattern) => pattern.text.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} patterns have ${text}`);
  return found[0];
}

test('each pattern matches an event of its account, and none of another account', async () => {
  const events = [created('legacy-erp'), labelMoved('AWSCURRENT'), labelMoved('akr1.key.A'), call({ type: 'Root' })];
  expect(PATTERNS).toHaveLength(events.length);
  for (const pattern of PATTERNS) {
    const results = (account: string) => Promise.all(events.map((sent) => matches(pattern, { ...sent, account })));
    expect([pattern, (await results(ACCOUNT)).filter(Boolean)]).toEqual([pattern, [true]]);
    expect([pattern, (await results('999988887777')).filter(Boolean)]).toEqual([pattern, []]);
  }
});

test('the one for a new key of a user matches no other user', async () => {
  const pattern = patternWith('"legacy-erp"');
  expect(await matches(pattern, created('legacy-erp'))).toBe(true);
  expect(await matches(pattern, created('ci-deployer'))).toBe(false);
});

test('the one for a current value matches no record of the rotation', async () => {
  const pattern = patternWith('"AWSCURRENT"');
  expect(await matches(pattern, labelMoved('akr1.key.AKIAIOSFODNN7EXAMPLE.20261129T120000Z'))).toBe(false);
  expect(await matches(pattern, labelMoved('AWSCURRENT', 'legacy-erp'))).toBe(false);
});

test('the one for records matches no other label', async () => {
  const pattern = patternWith('"prefix"');
  expect(await matches(pattern, labelMoved('AWSCURRENT'))).toBe(false);
});

/** Each shape that CloudTrail gives to the identity of a caller. */
const session = (type: string, arn: string) => ({
  type,
  accountId: ACCOUNT,
  sessionContext: {
    sessionIssuer: { type: 'Role', arn, accountId: ACCOUNT },
    attributes: { mfaAuthenticated: 'false' },
  },
});
const IDENTITIES: readonly (readonly [string, object])[] = [
  [
    'an IAM user with an access key',
    { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/mallory`, userName: 'mallory' },
  ],
  [
    'an IAM user with a session',
    { type: 'IAMUser', userName: 'mallory', sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
  ],
  ['the root user', { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root` }],
  ['another role', session('AssumedRole', `arn:aws:iam::${ACCOUNT}:role/admin`)],
  ['a federated user', session('FederatedUser', `arn:aws:iam::${ACCOUNT}:user/mallory`)],
  ['another account', { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '999988887777' }],
  ['a service', { type: 'AWSService', invokedBy: 'cloudformation.amazonaws.com' }],
];

describe('the one for writes that are not the rotation', () => {
  const pattern = () => patternWith('CloudTrail');

  test.each(IDENTITIES)('matches those of %s', async (_who, identity) => {
    expect(await matches(pattern(), call(identity))).toBe(true);
  });

  test.each([
    'PutSecretValue',
    'UpdateSecret',
    'UpdateSecretVersionStage',
    'PutResourcePolicy',
    'DeleteResourcePolicy',
  ])('matches %s, also a call that was denied', async (name) => {
    expect(await matches(pattern(), call({ type: 'Root' }, name))).toBe(true);
    expect(await matches(pattern(), call({ type: 'Root' }, name, { errorCode: 'AccessDenied' }))).toBe(true);
  });

  test('matches no call of the role of the function, and no read', async () => {
    expect(await matches(pattern(), call(session('AssumedRole', ROLE)))).toBe(false);
    expect(await matches(pattern(), call({ type: 'Root' }, 'GetSecretValue'))).toBe(false);
  });
});

import { DAY } from '../../../src/contract/ages';
import { DigestEvent } from '../../../src/contract/events';
import { rotate } from '../../../src/rotator/actions/rotate';
import { statusOf } from '../../../src/rotator/decisions/status';
import { needsAttention, UserLine } from '../../../src/rotator/domain/attention';
import { Versions } from '../../../src/rotator/domain/ledger';
import { UnusedKey } from '../../../src/rotator/domain/unused-keys';
import { AccessKey, LastUse, RotationRequest } from '../../../src/rotator/domain/user-state';
import { handleDigest } from '../../../src/rotator/handlers/digest';
import { digestMessage } from '../../../src/rotator/messages/digest-message';
import { Message } from '../../../src/rotator/messages/message';
import { ModelAws } from '../../fake-aws/fake-aws';
import { captureLog } from '../capture-log';
import { ago, ahead, current, fact, inactive, key, previous, stateOf } from '../decide';
import { found } from '../digest-findings';
import { HOURLY, manualRequest, CONTEXT } from '../support';

const user = (username: string, keys: AccessKey[], versions: Versions): UserLine => ({
  username,
  status: statusOf(manualRequest('status', { username, ...HOURLY }), stateOf(keys, versions)),
});
const inOrder = (username: string, age = 30) => user(username, [key('B', age)], current('B', age));
const blocked = (username: string) => user(username, [inactive('B', 30)], current('B', 30, fact('inactive', 'B', 1)));
const failed = (username: string): UserLine => ({
  username,
  failure: 'iam ListAccessKeys failed with AccessDenied: no',
});
const unusedKey = (username: string, unmanaged = false): UnusedKey => ({
  username,
  accessKeyId: 'A',
  unmanaged,
  createdAt: ago(95),
  lastUse: 'never used',
});
const FOOTER = `
How each kind of consumer takes a new key: https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/consumers.md
`;
const day = (days: number) => ahead(days).toISOString().slice(0, 10);
const textOf = (users: UserLine[], inactiveSubscriptions: string[] = []) =>
  digestMessage(CONTEXT, found({ users, inactiveSubscriptions })).text;

test('freezes that are over are listed once, and are no reason to send a digest', () => {
  const withFreezes = (username: string, ...endedFreezes: string[]): UserLine => {
    const { status } = inOrder(username);
    return { username, status: { ...status!, endedFreezes } };
  };
  const users = [withFreezes('alice', 'B', 'A'), withFreezes('bob', 'A')];
  expect(textOf(users)).toContain('\nFreezes that are over, and can be removed from "changeWindow":\n  A\n  B\n\n');
  expect(textOf([inOrder('alice')])).not.toContain('Freezes');
  expect(needsAttention(found({ users }))).toBe(false);
});

describe('a user with a limit of its own', () => {
  const limited = (username: string, keys: AccessKey[], versions: Versions): UserLine => ({
    username,
    status: statusOf(manualRequest('status', { username, limitDays: 60 }), stateOf(keys, versions)),
  });
  const tooOld = () => limited('carol', [key('B', 5), key('X', 95)], current('B', 5));

  test('needs attention if an active key has reached it, with the keys that did, unmanaged or not', () => {
    expect(textOf([inOrder('alice'), tooOld()])).toContain(
      'Needs attention:\n  carol: too old and active: X (unmanaged) for 95 days, and the limit is 60 days',
    );
  });

  test('is compared with it in the last line, and each other user with 90 days', () => {
    expect(textOf([inOrder('alice', 92), tooOld()])).toMatch(
      /\n2 users; 2 have an active key that is older than their limit: alice \(90 days\), carol \(60 days\)\.\n\n/,
    );
    expect(textOf([inOrder('alice'), limited('bob', [key('B', 5)], current('B', 5))])).toMatch(
      /\n2 users; 0 have an active key that is older than their limit\.\n\n/,
    );
  });
});

describe('the subject', () => {
  const subjectOf = (users: UserLine[], inactiveSubscriptions: string[] = []) =>
    digestMessage(CONTEXT, found({ users, inactiveSubscriptions })).subject;

  test('all users are in order', () =>
    expect(subjectOf([inOrder('alice'), inOrder('bob')])).toBe(
      'Access keys of 111122223333: all 2 users are in order',
    ));

  test('users that need attention, each counted once', () => {
    expect(subjectOf([inOrder('alice'), failed('bob')])).toBe(
      'Access keys of 111122223333: 1 of 2 users need attention',
    );
    const both = user('carol', [key('A', 110), inactive('B', 20)], {
      ...previous('A', 110),
      ...current('B', 20, fact('inactive', 'B', 1)),
    });
    expect(both.status).toMatchObject({ blocked: expect.any(String), overdueDays: 6 });
    expect(subjectOf([inOrder('alice'), both])).toBe('Access keys of 111122223333: 1 of 2 users need attention');
  });

  test('inactive subscriptions', () =>
    expect(subjectOf([inOrder('alice')], ['a@example.com has not confirmed'])).toBe(
      'Access keys of 111122223333: 1 inactive subscription',
    ));

  test('users come before subscriptions', () =>
    expect(subjectOf([failed('alice')], ['a@example.com has not confirmed'])).toBe(
      'Access keys of 111122223333: 1 of 1 users need attention',
    ));

  test('unused keys, after subscriptions', () => {
    const unused = { users: [inOrder('alice')], unusedKeys: [unusedKey('alice'), unusedKey('bob')] };
    expect(digestMessage(CONTEXT, found(unused)).subject).toBe('Access keys of 111122223333: 2 unused keys');
    const inactiveSubscriptions = ['a@example.com has not confirmed'];
    expect(digestMessage(CONTEXT, found({ ...unused, inactiveSubscriptions })).subject).toBe(
      'Access keys of 111122223333: 1 inactive subscription',
    );
  });

  test('is one line of ASCII, under 100 characters, for any number of users', () => {
    const many = Array.from({ length: 1000 }, (_, index) => failed(`user${index}`));
    for (const [users, subscriptions] of [
      [many, []],
      [[inOrder('alice')], many.map(({ username }) => username)],
      [[inOrder('alice')], []],
    ] as const) {
      expect(subjectOf([...users], [...subscriptions])).toMatch(/^[ -~]{1,99}$/);
    }
  });
});

describe('the text', () => {
  test('word for word', () => {
    const retiring = user('bob', [key('A', 103), key('B', 13)], { ...previous('A', 103), ...current('B', 13) });
    const leaving = user('carol', [inactive('A', 112), key('C', 22)], {
      ...previous('A', 112, fact('inactive', 'A', 10)),
      v1: ['AWSCURRENT', fact('key', 'C', 22)],
    });
    expect(
      digestMessage(
        CONTEXT,
        found({
          users: [inOrder('alice', 0), retiring, leaving, failed('dave'), inOrder('eve', 92)],
          inactiveSubscriptions: ['a@example.com has not confirmed'],
        }),
      ),
    ).toEqual({
      subject: 'Access keys of 111122223333: 2 of 5 users need attention',
      attributes: { event: 'digest' },
      details: {
        counts: {
          users: 5,
          needAttention: 2,
          unread: 1,
          blocked: 0,
          leaked: 0,
          overLimit: 0,
          overdue: 1,
          inactiveSubscriptions: 1,
          unusedKeys: 0,
        },
      },
      text: `Access keys: 2 of 5 users need attention.
Account 111122223333, Region eu-west-1.

What to do: fix what needs attention. The status of a user has each problem with its fix: aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out --payload '{"action":"status","username":"dave"}' answer.json && cat answer.json

Needs attention:
  dave: status could not be read: iam ListAccessKeys failed with AccessDenied: no
  eve: a step is overdue by 2 days

Inactive subscriptions, which deliver no messages:
  a@example.com has not confirmed

In the last day:
  alice: B is new

In the next seven days (UTC):
  2026-06-01  eve: B is replaced
  2026-06-02  bob: A is deactivated
  2026-06-05  carol: A is deleted

5 users; 2 have an active key that is older than 90 days.
${FOOTER}`,
    });
  });

  test('all users are in order: one line', () =>
    expect(textOf([inOrder('alice'), inOrder('bob')])).toBe(
      `Access keys: all 2 users are in order.
Account 111122223333, Region eu-west-1.

What to do: nothing.

2 users; 0 have an active key that is older than 90 days.
${FOOTER}`,
    ));

  test('a blocked user: the reason and the remedy', () => {
    expect(textOf([blocked('alice')])).toMatch(
      /\nNeeds attention:\n {2}alice: blocked: the current key B was deactivated.*aws iam update-access-key/,
    );
  });

  test('a step that is overdue by less than two days is not listed', () => {
    expect(textOf([inOrder('alice', 91.9)])).not.toContain('Needs attention');
    expect(textOf([inOrder('alice', 92)])).toContain('alice: a step is overdue by 2 days');
  });

  test('a key is new for a day, and only if it is current', () => {
    expect(textOf([inOrder('alice', 0.9)])).toContain('In the last day:\n  alice: B is new\n');
    expect(textOf([inOrder('alice', 1)])).not.toContain('In the last day');
    expect(textOf([user('alice', [key('B', 5), key('X', 0)], current('B', 5))])).not.toContain('In the last day');
  });

  test('a weekly digest has the new keys of seven days', () => {
    const weekly = (age: number) =>
      digestMessage(CONTEXT, found({ users: [inOrder('alice', age)] }), { part: 1, parts: 1, days: 7 }).text;
    expect(weekly(6.9)).toContain('In the last seven days:\n  alice: B is new\n');
    expect(weekly(7)).not.toContain('In the last');
  });

  test('the unused keys, each with its last use, and what to do', () => {
    const { text } = digestMessage(
      CONTEXT,
      found({ users: [inOrder('alice')], unusedKeys: [unusedKey('alice'), unusedKey('erp', true)] }),
    );
    expect(text).toContain('What to do: find out whether a consumer still needs the unused keys.');
    expect(text).toContain(
      `Unused keys, which no consumer has used for 90 days:\n  alice: A, created ${day(-95)}, never used\n  erp: A (unmanaged), created ${day(-95)}, never used\n\n`,
    );
    expect(text).not.toContain('could not be read');
  });

  test('the number of keys whose last use was not read, so that a missing line is no proof', () => {
    const text = (unreadKeys: number) => digestMessage(CONTEXT, found({ users: [inOrder('alice')], unreadKeys })).text;
    expect(text(0)).not.toContain('last use');
    expect(text(1)).toContain('\nThe last use of 1 key could not be read, so unused keys can be missing here.');
    expect(text(2)).toContain('\nThe last use of 2 keys could not be read');
  });

  test('steps that are due within seven days, by date', () => {
    expect(textOf([inOrder('alice', 82)])).not.toContain('seven days');
    expect(textOf([inOrder('alice', 85), inOrder('bob', 83), inOrder('carol', 89)])).toContain(
      `In the next seven days (UTC):\n  ${day(1)}  carol: B is replaced\n  ${day(5)}  alice: B is replaced\n  ${day(7)}  bob: B is replaced\n\n`,
    );
  });

  test('a step that an earlier check did not take is listed at the next check, and a postponed one at its last day', () => {
    const old = (age: number, more: Partial<RotationRequest> = HOURLY) => [
      {
        username: 'alice',
        status: statusOf(
          manualRequest('status', more),
          stateOf([key('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) }),
        ),
      },
    ];
    expect(textOf(old(15.5))).toContain(`  ${day(0)}  alice: A is deactivated\n`);
    expect(textOf(old(15.5, { ...HOURLY, maxDelayDays: 6 }))).toContain(`  ${day(4.45)}  alice: A is deactivated\n`);
    expect(textOf(old(14.5, {}))).toContain(`  not before ${day(-0.5)}  alice: A is deactivated\n`);
    expect(textOf(old(15.5, {}))).not.toContain('seven days');
  });

  test('the replacement of a blocked user has no date', () => {
    const replaced = user('alice', [inactive('B', 88)], current('B', 88, fact('inactive', 'B', 1)));
    expect(replaced.status?.blocked).toBeDefined();
    expect(textOf([replaced])).not.toContain('is replaced');
  });

  test('a user whose status could not be read counts as a user, and not as one with an old key', () => {
    expect(textOf([failed('alice'), inOrder('bob', 91)])).toContain(
      '2 users; 1 have an active key that is older than 90 days.\n',
    );
  });

  test('fifty lines of a long list are shown, and the others counted', () => {
    const text = (count: number) =>
      textOf(Array.from({ length: count }, (_, index) => failed(`user${String(index).padStart(2, '0')}`)));
    expect(text(50)).toContain('  user49: status could not be read');
    expect(text(50)).not.toContain(' more\n');
    expect(text(51)).toContain(
      '  user49: status could not be read: iam ListAccessKeys failed with AccessDenied: no\n  and 1 more\n\n',
    );
    expect(text(51)).not.toContain('user50');
    expect(text(51)).toContain('51 users; ');
    const subscriptions = Array.from({ length: 60 }, (_, index) => `r${index}@example.com has not confirmed`);
    expect(textOf([inOrder('alice')], subscriptions)).toContain('  r49@example.com has not confirmed\n  and 10 more\n');
  });
});

describe('one of several parts', () => {
  const part = (users: UserLine[], unreadUsers: number, inactiveSubscriptions: string[] = []) =>
    digestMessage(CONTEXT, found({ users, unreadUsers, inactiveSubscriptions }), { part: 2, parts: 5, days: 1 });

  test('the subject has the number of the part', () => {
    expect(part([inOrder('alice'), inOrder('bob')], 0).subject).toBe(
      'Access keys of 111122223333, part 2 of 5: all 2 users are in order',
    );
    expect(part([inOrder('alice'), failed('bob')], 0).subject).toBe(
      'Access keys of 111122223333, part 2 of 5: 1 of 2 users need attention',
    );
  });

  test('users that are not included are counted in the subject and the text', () => {
    const { subject, text, details } = part([inOrder('alice'), inOrder('bob')], 3, ['a@example.com has not confirmed']);
    expect(subject).toBe('Access keys of 111122223333, part 2 of 5: 3 of 5 users are not included');
    expect(details).toMatchObject({ part: 2, parts: 5, counts: { users: 5, unread: 3 } });
    expect(text).toContain(
      '\n3 of 5 users are not included, because the run had no time left. Their scheduled checks continue.\n2 users; ',
    );
    expect(part([failed('alice')], 3).subject).toBe(
      'Access keys of 111122223333, part 2 of 5: 1 of 4 users need attention',
    );
  });

  test('fits twice into an SNS message, for any length of its lines', () => {
    const long = 'é'.repeat(5_000);
    const users = Array.from({ length: 1_000 }, (_, index): UserLine => ({ username: `user-${index}`, failure: long }));
    const { text } = part(
      users,
      0,
      users.map(() => long),
    );
    expect(text.split('\n').every(({ length }) => length <= 1_002)).toBe(true);
    const real = part(
      users.map(({ username }) => ({ username, failure: 'x'.repeat(5_000) })),
      0,
      users.map(() => 'a'.repeat(320)),
    ).text;
    expect(2 * Buffer.byteLength(JSON.stringify(real))).toBeLessThan(256 * 1024);
  });
});

describe('in a run', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Alice is in order; bob's secret is deleted. */
  function run(
    more: {
      dryRun?: boolean;
      sends?: boolean;
      names?: string[];
      adopt?: boolean;
      remainingTime?: () => number;
      /** All confirmed. Without them, one of two has not confirmed, and the other is gone. */
      recipients?: string[];
    } = {},
  ) {
    const worlds = new Map((more.names ?? ['alice', 'bob']).map((name) => [name, new ModelAws()]));
    worlds.get('bob')?.person.deleteSecret();
    let listings = 0;
    const sent: Message[] = [];
    const invocation = {
      users: new Map([...worlds.keys()].map((name) => [name, { retireExistingKeys: more.adopt ?? false }])),
      portsFor: ({ username }: { username: string }) => worlds.get(username)!.tools(),
      notifications: { send: async (message: Message) => sent.push(message) > 0 && more.sends !== false },
      rotation: 'R',
      dryRun: more.dryRun ?? false,
      requestId: 'request',
      clock: { sleep: async () => undefined, remainingTime: more.remainingTime ?? (() => 300_000) },
      context: CONTEXT,
    };
    const subscriptions = {
      created: () => ({ endpoints: more.recipients ?? ['a@example.com', 'b@example.com'], others: 0 }),
      list: async () => {
        listings++;
        return (
          more.recipients?.map((endpoint) => ({ endpoint, confirmed: true })) ?? [
            { endpoint: 'a@example.com', confirmed: false },
          ]
        );
      },
    };
    const digest = (part: Omit<DigestEvent, 'action'> = {}) =>
      handleDigest({ action: 'digest', ...part }, invocation, subscriptions);
    return { worlds, sent, digest, listedSubscriptions: () => listings };
  }

  test('reads every user even if one fails, and changes nothing', async () => {
    const lines = captureLog();
    const { worlds, sent, digest } = run();
    const text = await digest();
    expect(text).toContain(
      'Needs attention:\n  bob: status could not be read: alice: the secret is scheduled for deletion\n',
    );
    expect(text).toContain(
      'Inactive subscriptions, which deliver no messages:\n  a@example.com has not confirmed\n  b@example.com is not subscribed any more\n',
    );
    expect(sent.map((message) => message.text)).toEqual([text]);
    expect([...worlds.values()].flatMap(({ calls }) => calls)).toEqual([
      'ListAccessKeys',
      'DescribeSecret',
      'ListAccessKeys',
      'DescribeSecret',
    ]);
    expect(lines).toMatchObject([
      {
        level: 'INFO',
        action: 'digest',
        message: 'Access keys of 111122223333: 1 of 2 users need attention',
        Rotation: CONTEXT.rotation,
        InactiveSubscriptions: 2,
      },
    ]);
  });

  test('lists no subscription where the deploy created none: the role may not', async () => {
    const lines = captureLog();
    const { sent, digest, listedSubscriptions } = run({ recipients: [] });
    await digest();
    expect(sent).toHaveLength(1);
    expect(listedSubscriptions()).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toHaveProperty('InactiveSubscriptions');
  });

  test('a dry run returns the text and sends nothing', async () => {
    captureLog();
    const { sent, digest } = run({ dryRun: true });
    expect(await digest()).toContain('2 users; ');
    expect(sent).toEqual([]);
  });

  test('a digest that cannot be sent is not a failure: the next one is sent a day later', async () => {
    captureLog();
    const { digest } = run({ sends: false });
    expect(await digest()).toContain('2 users; ');
  });

  test('each user is in one part, and only the first part lists subscriptions', async () => {
    const lines = captureLog();
    const names = Array.from({ length: 10 }, (_, index) => `user-${index}`);
    const { worlds, sent, digest, listedSubscriptions } = run({ names });
    for (const part of [1, 2, 3]) await digest({ part, parts: 3 });
    expect([...worlds.values()].map(({ calls }) => calls.length)).toEqual(Array(10).fill(2));
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Access keys of 111122223333, part 1 of 3: 2 inactive subscriptions',
      'Access keys of 111122223333, part 2 of 3: all 3 users are in order',
      'Access keys of 111122223333, part 3 of 3: all 4 users are in order',
    ]);
    expect(listedSubscriptions()).toBe(1);
    expect(lines.map((line) => 'InactiveSubscriptions' in line)).toEqual([true, false, false]);
  });

  test('is sent before the run ends, with the number of users that are not included', async () => {
    captureLog();
    const { sent, digest } = run({ remainingTime: () => 44_999 });
    await digest();
    expect(sent[0].subject).toBe('Access keys of 111122223333: 2 of 2 users are not included');
  });

  test('gets last uses, with a call for each key, only if a decision depends on them', async () => {
    captureLog();
    const { worlds, digest } = run({ names: ['alice', 'erp'], adopt: true });
    const [alice, erp] = worlds.values();
    erp.makeKey();
    erp.makeKey();
    for (const world of [alice, erp]) {
      await rotate(manualRequest('create', { retireExistingKeys: true }), world.tools());
      world.calls.length = 0;
    }
    expect(await digest()).toContain('erp: blocked: both existing access keys of erp');
    expect(alice.calls).toEqual(['ListAccessKeys', 'DescribeSecret', 'GetSecretValue']);
    expect(erp.calls).toEqual(['ListAccessKeys', 'DescribeSecret', 'GetAccessKeyLastUsed', 'GetAccessKeyLastUsed']);
  });

  /** Issues the first key of each user, and lets days pass without a check. */
  async function issueKeys(worlds: ReadonlyMap<string, ModelAws>, days: number): Promise<void> {
    for (const world of worlds.values()) {
      await rotate(manualRequest('create'), world.tools());
      world.now = new Date(world.now.getTime() + days * DAY);
      world.calls.length = 0;
    }
  }

  test('gets the last use of an active key of 90 days or more, once each, and names it if no consumer has used it', async () => {
    captureLog();
    const { worlds, digest } = run({ names: ['alice'] });
    const alice = worlds.get('alice')!;
    await issueKeys(worlds, 89);
    expect(await digest()).not.toContain('Unused keys');
    expect(alice.calls).not.toContain('GetAccessKeyLastUsed');

    alice.now = new Date(alice.now.getTime() + DAY);
    const [keyId] = alice.keys.keys();
    expect(await digest()).toMatch(
      new RegExp(
        `Unused keys, which no consumer has used for 90 days:\\n {2}alice: ${keyId}, created [-\\d]+, never used\\n`,
      ),
    );
    expect(alice.calls.filter((call) => call === 'GetAccessKeyLastUsed')).toHaveLength(1);
  });

  test('uses the last uses that the status has read already', async () => {
    captureLog();
    const { worlds, digest } = run({ names: ['erp'], adopt: true });
    const erp = worlds.get('erp')!;
    const keys = [erp.makeKey(), erp.makeKey()];
    await rotate(manualRequest('create', { retireExistingKeys: true }), erp.tools());
    erp.now = new Date(erp.now.getTime() + 100 * DAY);
    erp.calls.length = 0;
    const text = await digest();
    for (const keyId of keys) expect(text).toContain(`\n  erp: ${keyId}, created `);
    expect(erp.calls.filter((call) => call === 'GetAccessKeyLastUsed')).toHaveLength(2);
  });

  test('a last use that IAM does not return is counted, and the digest is sent', async () => {
    captureLog();
    const { worlds, sent, digest } = run({ names: ['alice'] });
    await issueKeys(worlds, 90);
    const tools = worlds.get('alice')!.tools();
    const lastUse = async (): Promise<LastUse | undefined> => Promise.reject(new Error('no'));
    worlds.get('alice')!.tools = () => ({ ...tools, accessKeys: { ...tools.accessKeys, lastUse } });
    expect(await digest()).toContain('The last use of 1 key could not be read');
    expect(sent).toHaveLength(1);
  });

  test('without time for last uses, they are counted, and the digest has each status', async () => {
    captureLog();
    let left = 3; // one visit for the two users, of which none is left for the keys
    const { worlds, digest } = run({ names: ['alice', 'carol'], remainingTime: () => (--left > 1 ? 300_000 : 44_999) });
    await issueKeys(worlds, 90);
    const text = await digest();
    expect(text).toContain('The last use of 2 keys could not be read');
    expect(text).toContain('\n2 users; ');
  });

  const quiet = () => run({ names: ['alice'], recipients: ['team@example.com'] });

  test('a digest that is sent when needed is not sent while all is in order, and its answer is the same', async () => {
    const lines = captureLog();
    const { worlds, sent, digest } = quiet();
    await issueKeys(worlds, 30);
    expect(await digest({ frequency: 'WHEN_NEEDED' })).toContain('all 1 users are in order');
    expect(sent).toEqual([]);
    expect(lines).toMatchObject([
      {
        message:
          'Access keys of 111122223333: all 1 users are in order; nothing needs attention, so the digest is not sent',
        InactiveSubscriptions: 0,
      },
    ]);
  });

  test.each([undefined, 'DAILY', 'WEEKLY'] as const)(
    'of the frequency %s, it is sent in any case',
    async (frequency) => {
      captureLog();
      const { worlds, sent, digest } = quiet();
      await issueKeys(worlds, 5);
      await digest({ frequency });
      expect(sent).toHaveLength(1);
      expect(sent[0].text.includes('In the last seven days:\n')).toBe(frequency === 'WEEKLY');
    },
  );

  test('a digest that is sent when needed is sent if anything needs attention, but not in a dry run', async () => {
    captureLog();
    const needed = run({ names: ['alice', 'bob'], recipients: ['team@example.com'] });
    await needed.digest({ frequency: 'WHEN_NEEDED' });
    expect(needed.sent.map(({ subject }) => subject)).toEqual([
      'Access keys of 111122223333: 1 of 2 users need attention',
    ]);
    const dryRun = run({ dryRun: true });
    await dryRun.digest({ frequency: 'WHEN_NEEDED' });
    expect(dryRun.sent).toEqual([]);
  });

  test('each part decides for itself whether it is needed', async () => {
    captureLog();
    const { sent, digest } = run({ names: ['alice', 'bob', 'carol'], recipients: ['team@example.com'] });
    for (const part of [1, 2, 3]) await digest({ part, parts: 3, frequency: 'WHEN_NEEDED' });
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Access keys of 111122223333, part 2 of 3: 1 of 1 users need attention',
    ]);
  });
});

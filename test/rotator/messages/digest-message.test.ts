import { DigestEvent } from '../../../src/contract/events';
import { rotate } from '../../../src/rotator/actions/rotate';
import { statusOf } from '../../../src/rotator/decisions/status';
import { Versions } from '../../../src/rotator/domain/ledger';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { handleDigest, isDigest } from '../../../src/rotator/handlers/digest';
import { digestMessage, UserLine } from '../../../src/rotator/messages/digest-message';
import { Message } from '../../../src/rotator/messages/message';
import { ModelAws } from '../../fake-aws/fake-aws';
import { captureLog } from '../capture-log';
import { ago, ahead, current, fact, inactive, key, previous, stateOf } from '../decide';
import { manualRequest, CONTEXT } from '../support';

const user = (username: string, keys: AccessKey[], versions: Versions): UserLine => ({
  username,
  status: statusOf(manualRequest('status', { username }), stateOf(keys, versions)),
});
const fine = (username: string, age = 30) => user(username, [key('B', age)], current('B', age));
const broken = (username: string) => user(username, [inactive('B', 30)], current('B', 30, fact('inactive', 'B', 1)));
const failed = (username: string): UserLine => ({
  username,
  failure: 'iam ListAccessKeys failed with AccessDenied: no',
});
const day = (days: number) => ahead(days).toISOString().slice(0, 10);
const textOf = (users: UserLine[], lost: string[] = []) => digestMessage(users, lost).text;

describe('the subject', () => {
  const subjectOf = (users: UserLine[], lost: string[] = []) => digestMessage(users, lost).subject;

  test('all is well', () =>
    expect(subjectOf([fine('alice'), fine('bob')])).toBe('Access keys: all 2 users are in order'));

  test('so many users need attention, each counted once', () => {
    expect(subjectOf([fine('alice'), failed('bob')])).toBe('Access keys: 1 of 2 users need attention');
    const both = user('carol', [key('A', 110), inactive('B', 20)], {
      ...previous('A', 110),
      ...current('B', 20, fact('inactive', 'B', 1)),
    });
    expect(both.status).toMatchObject({ blocked: expect.any(String), overdueDays: 6 });
    expect(subjectOf([fine('alice'), both])).toBe('Access keys: 1 of 2 users need attention');
  });

  test('messages do not arrive', () =>
    expect(subjectOf([fine('alice')], ['a@example.com has not confirmed'])).toBe(
      'Access keys: 1 recipients of messages are lost',
    ));

  test('users come before recipients', () =>
    expect(subjectOf([failed('alice')], ['a@example.com has not confirmed'])).toBe(
      'Access keys: 1 of 1 users need attention',
    ));

  test('is one line of ASCII, under 100 characters, with as many as there may be', () => {
    const many = Array.from({ length: 1000 }, (_, index) => failed(`user${index}`));
    for (const [users, lost] of [
      [many, []],
      [[fine('alice')], many.map(({ username }) => username)],
      [[fine('alice')], []],
    ] as const) {
      expect(digestMessage(users, lost).subject).toMatch(/^[ -~]{1,99}$/);
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
        [fine('alice', 0), retiring, leaving, failed('dave'), fine('eve', 92)],
        ['a@example.com has not confirmed'],
      ),
    ).toEqual({
      subject: 'Access keys: 2 of 5 users need attention',
      attributes: { event: 'digest' },
      details: {},
      text: `Needs attention:
  dave: could not be looked at: iam ListAccessKeys failed with AccessDenied: no
  eve: a step is overdue for 2 days

Messages do not reach:
  a@example.com has not confirmed

In the last day:
  alice: B is new

In the next seven days (UTC):
  2026-06-02  bob: A is deactivated
  2026-06-05  carol: A is deleted

5 users; 2 have an active key of more than 90 days.
`,
    });
  });

  test('all is well: one line', () =>
    expect(textOf([fine('alice'), fine('bob')])).toBe('2 users; 0 have an active key of more than 90 days.\n'));

  test('what blocks a user comes with what to do about it', () => {
    expect(textOf([broken('alice')])).toContain(
      'Needs attention:\n  alice: blocked, the current key B was deactivated outside the rotation; activate it (aws ',
    );
  });

  test('a step that is late by less than two days is with the next check', () => {
    expect(textOf([fine('alice', 91.9)])).not.toContain('Needs attention');
    expect(textOf([fine('alice', 92)])).toContain('alice: a step is overdue for 2 days');
  });

  test('a key is new for a day, and only where it is current', () => {
    expect(textOf([fine('alice', 0.9)])).toContain('In the last day:\n  alice: B is new\n');
    expect(textOf([fine('alice', 1)])).not.toContain('In the last day');
    expect(textOf([user('alice', [key('B', 5), key('X', 0)], current('B', 5))])).not.toContain('In the last day');
  });

  test('what is due within seven days, by date', () => {
    expect(textOf([fine('alice', 82)])).not.toContain('seven days');
    expect(textOf([fine('alice', 85), fine('bob', 83), fine('carol', 89)])).toContain(
      `In the next seven days (UTC):\n  ${day(1)}  carol: B is replaced\n  ${day(5)}  alice: B is replaced\n  ${day(7)}  bob: B is replaced\n\n`,
    );
  });

  test('what is due since today is with the next check; what is due for longer is held or overdue', () => {
    const old = (age: number) => [
      user('alice', [key('A', 90 + age), key('B', age)], { ...previous('A', 90 + age), ...current('B', age) }),
    ];
    expect(textOf(old(14.5))).toContain(`  ${ago(0.5).toISOString().slice(0, 10)}  alice: A is deactivated\n`);
    expect(textOf(old(15.5))).not.toContain('seven days');
  });

  test('a user that could not be looked at counts as one, and as none with an old key', () => {
    expect(textOf([failed('alice'), fine('bob', 91)])).toContain(
      '2 users; 1 have an active key of more than 90 days.\n',
    );
  });

  test('of a long list, fifty lines are shown and the others counted', () => {
    const text = (count: number) =>
      textOf(Array.from({ length: count }, (_, index) => failed(`user${String(index).padStart(2, '0')}`)));
    expect(text(50)).toContain('  user49: could not be looked at');
    expect(text(50)).not.toContain(' more\n');
    expect(text(51)).toContain(
      '  user49: could not be looked at: iam ListAccessKeys failed with AccessDenied: no\n  and 1 more\n\n',
    );
    expect(text(51)).not.toContain('user50');
    expect(text(51)).toContain('51 users; ');
    const lost = Array.from({ length: 60 }, (_, index) => `r${index}@example.com has not confirmed`);
    expect(textOf([fine('alice')], lost)).toContain('  r49@example.com has not confirmed\n  and 10 more\n');
  });
});

describe('of more users than one run can look at', () => {
  const part = (users: UserLine[], notChecked: number, lost: string[] = []) =>
    digestMessage(users, lost, { part: 2, parts: 5, notChecked });

  test('the subject says which part it is', () => {
    expect(part([fine('alice'), fine('bob')], 0).subject).toBe('Access keys, part 2 of 5: all 2 users are in order');
    expect(part([fine('alice'), failed('bob')], 0).subject).toBe(
      'Access keys, part 2 of 5: 1 of 2 users need attention',
    );
  });

  test('those that there was no time for are counted, before anybody thinks that all is well', () => {
    const { subject, text } = part([fine('alice'), fine('bob')], 3, ['a@example.com has not confirmed']);
    expect(subject).toBe('Access keys, part 2 of 5: 3 of 5 users were not looked at');
    expect(text).toContain(
      '\n3 of 5 users were not looked at: the time was over. Their checks go on all the same.\n2 users; ',
    );
    expect(part([failed('alice')], 3).subject).toBe('Access keys, part 2 of 5: 1 of 4 users need attention');
  });

  test('fits into a message of SNS, twice, however long its lines are', () => {
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

describe('the event that asks for it', () => {
  test('is told from all others', () => {
    expect(isDigest({ action: 'digest', subscriptions: 2 })).toBe(true);
    for (const event of [{ action: 'status' }, { subscriptions: 2 }, undefined, null, 'digest', []]) {
      expect(isDigest(event)).toBe(false);
    }
  });

  test.each([
    [undefined, undefined],
    ['2', '"2"'],
    [1.5, '1.5'],
  ])('with %p subscriptions it makes no sense', (subscriptions, shown) => {
    expect(() => isDigest({ action: 'digest', subscriptions })).toThrow(
      expect.objectContaining({
        name: 'BadRequest',
        message: expect.stringContaining(`"subscriptions" is ${shown}: "digest" needs the number of subscriptions`),
      }),
    );
  });
});

describe('the part in the event', () => {
  const event = (part: unknown, parts: unknown) => ({ action: 'digest', subscriptions: 2, part, parts });

  test.each([
    [1, 1],
    [1, 5],
    [5, 5],
  ])('%p of %p', (part, parts) => expect(isDigest(event(part, parts))).toBe(true));

  test.each([
    [0, 5],
    [6, 5],
    [2, undefined],
    [undefined, 5],
    ['2', 5],
    [1.5, 5],
  ])('not %p of %p', (part, parts) => {
    expect(() => isDigest(event(part, parts))).toThrow(
      expect.objectContaining({
        name: 'BadRequest',
        message: `"part" is ${JSON.stringify(part)} and "parts" is ${JSON.stringify(parts)}: expected the second of five, say, as 2 and 5, or neither`,
      }),
    );
  });
});

describe('in a run', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Alice is fine; bob's secret is gone. */
  function run(
    more: { dryRun?: boolean; sends?: boolean; names?: string[]; adopt?: boolean; remainingTime?: () => number } = {},
  ) {
    const worlds = new Map((more.names ?? ['alice', 'bob']).map((name) => [name, new ModelAws()]));
    worlds.get('bob')?.person.deleteSecret();
    let asked = 0;
    const sent: Message[] = [];
    const invocation = {
      users: new Map([...worlds.keys()].map((name) => [name, { retireExistingKeys: more.adopt ?? false }])),
      portsFor: ({ username }: { username: string }) => worlds.get(username)!.tools(),
      announcements: { send: async (message: Message) => sent.push(message) > 0 && more.sends !== false },
      rotation: 'R',
      dryRun: more.dryRun ?? false,
      requestId: 'request',
      clock: { sleep: async () => undefined, remainingTime: more.remainingTime ?? (() => 300_000) },
      context: CONTEXT,
    };
    const subscriptions = async () => {
      asked++;
      return [{ endpoint: 'a@example.com', confirmed: false }];
    };
    const digest = (part: Pick<DigestEvent, 'part' | 'parts'> = {}) =>
      handleDigest({ action: 'digest', subscriptions: 2, ...part }, invocation, subscriptions);
    return { worlds, sent, digest, listedSubscriptions: () => asked };
  }

  test('every user is looked at, though one fails, and nothing is changed', async () => {
    const lines = captureLog();
    const { worlds, sent, digest } = run();
    const text = await digest();
    expect(text).toContain(
      'Needs attention:\n  bob: could not be looked at: alice: the secret is scheduled for deletion\n',
    );
    expect(text).toContain(
      'Messages do not reach:\n  a@example.com has not confirmed\n  1 of 2 subscriptions are gone\n',
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
        message: 'Access keys: 1 of 2 users need attention',
        Rotation: 'R',
        InactiveSubscriptions: 2,
      },
    ]);
  });

  test('in a dry run, it is only the answer', async () => {
    captureLog();
    const { sent, digest } = run({ dryRun: true });
    expect(await digest()).toContain('2 users; ');
    expect(sent).toEqual([]);
  });

  test('one that cannot be sent is no failure: another comes tomorrow', async () => {
    captureLog();
    const { digest } = run({ sends: false });
    expect(await digest()).toContain('2 users; ');
  });

  test('in parts, each user is in one, and only the first looks whom messages do not reach', async () => {
    const lines = captureLog();
    const names = Array.from({ length: 10 }, (_, index) => `user-${index}`);
    const { worlds, sent, digest, listedSubscriptions } = run({ names });
    for (const part of [1, 2, 3]) await digest({ part, parts: 3 });
    expect([...worlds.values()].map(({ calls }) => calls.length)).toEqual(Array(10).fill(2));
    expect(sent.map(({ subject }) => subject)).toEqual([
      'Access keys, part 1 of 3: 2 recipients of messages are lost',
      'Access keys, part 2 of 3: all 3 users are in order',
      'Access keys, part 3 of 3: all 4 users are in order',
    ]);
    expect(listedSubscriptions()).toBe(1);
    expect(lines.map((line) => 'InactiveSubscriptions' in line)).toEqual([true, false, false]);
  });

  test('is sent in time, and says how many were not looked at', async () => {
    captureLog();
    const { sent, digest } = run({ remainingTime: () => 44_999 });
    await digest();
    expect(sent[0].subject).toBe('Access keys: 2 of 2 users were not looked at');
  });

  test('looks up last uses, a call for each key, only where something depends on them', async () => {
    captureLog();
    const { worlds, digest } = run({ names: ['alice', 'erp'], adopt: true });
    const [alice, erp] = worlds.values();
    erp.makeKey();
    erp.makeKey();
    for (const world of [alice, erp]) {
      await rotate(manualRequest('create', { retireExistingKeys: true }), world.tools());
      world.calls.length = 0;
    }
    expect(await digest()).toContain('erp: blocked, both existing access keys of erp');
    expect(alice.calls).toEqual(['ListAccessKeys', 'DescribeSecret']);
    expect(erp.calls).toEqual(['ListAccessKeys', 'DescribeSecret', 'GetAccessKeyLastUsed', 'GetAccessKeyLastUsed']);
  });
});

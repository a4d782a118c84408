import { execFileSync } from 'child_process';
import { AT, create, MESSAGES } from './every-message';
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { CAUSES } from '../../../src/contract/metrics';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { profileCommand } from '../../../src/rotator/domain/commands';
import { Failed, Failure } from '../../../src/rotator/domain/failure';
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { createdMessage, orphanDeletedMessage } from '../../../src/rotator/messages/new-key-messages';
import {
  deactivatedMessage,
  deletedMessage,
  postponedMessage,
  leakedMessage,
  reminderMessage,
  rolledBackMessage,
} from '../../../src/rotator/messages/old-key-messages';
import { blockedMessage, failedMessage } from '../../../src/rotator/messages/problem-messages';
import { adoptedMessage, unmanagedKeyMessage } from '../../../src/rotator/messages/unmanaged-key-messages';
import { request } from '../support';

const HOW_TO_ROLL_BACK = `If an important program does not work with the current key, an administrator can make the old key current again, until shortly before its recovery period ends:

  aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out --payload '{"action":"rollback","username":"alice"}' answer.json && cat answer.json
`;

test('a new key: its ID, how to fetch it, what happens next and when', () => {
  const { subject, text, attributes, details } = createdMessage(create, 'AKIANEW', AT, ['AKIAOLD']);

  expect(subject).toBe('alice (111122223333): new access key, the old one stops working on 2026-04-15');
  expect(text).toContain('IAM user alice has a new access key: AKIANEW, created 2026-04-01 03:12 UTC.');
  expect(text).toContain('switch every program that uses the old key to the new key before 2026-04-15 (UTC)');
  expect(text).toContain(`What happens next (UTC):
  2026-04-15  AKIAOLD is deactivated
  2026-04-29  AKIAOLD is deleted
  2026-06-30  AKIANEW is replaced by a new key
`);
  expect(attributes).toEqual({ username: 'alice', event: 'created', accessKeyId: 'AKIANEW' });
  expect(details).toEqual({
    secret: 'alice',
    currentAccessKeyId: 'AKIANEW',
    previousAccessKeyIds: ['AKIAOLD'],
    deactivatedAt: '2026-04-15T02:20:00.000Z',
    deletedAt: '2026-04-29T01:40:00.000Z',
    replacedAt: '2026-06-30T03:00:00.000Z',
  });
});

describe('the answers for `aws configure`', () => {
  const answers = (value: string, fields = create.fields) => {
    const [, program] = /\| (awk .*) \| aws configure --profile alice >\/dev\/null$/.exec(
      profileCommand({ ...create, fields })!,
    )!;
    return execFileSync('sh', ['-c', program], { input: value, encoding: 'utf8' });
  };
  const expected = 'AKIANEW\nwJalr/+EXAMPLE=\n\n\n';

  test.each([
    ['the value of the rotation', '{"AccessKey":"AKIANEW","SecretKey":"wJalr/+EXAMPLE="}'],
    [
      'other fields, in another order',
      '{"SecretKey":"wJalr/+EXAMPLE=","n":1,"note":"AccessKey","AccessKey":"AKIANEW"}',
    ],
    ['several lines', '{\n  "AccessKey": "AKIANEW",\n  "SecretKey" : "wJalr/+EXAMPLE="\n}\n'],
    [
      'a field that quotes another',
      '{"x":"{\\"AccessKey\\":\\"no\\"}","AccessKey":"AKIANEW","SecretKey":"wJalr/+EXAMPLE="}',
    ],
  ])('are found in %s', (_, value) => {
    expect(answers(value)).toBe(expected);
  });

  test('are found by the names of the fields', () => {
    const fields = { accessKey: 'aws id', secretKey: 'schlüssel' };
    expect(answers('{"aws id":"AKIANEW","schlüssel":"wJalr/+EXAMPLE="}', fields)).toBe(expected);
  });

  test.each(['', '{}', '{"AccessKey":"AKIANEW"}', '{"AccessKey":"","SecretKey":""}', 'by hand'])(
    'are none if the value is %j',
    (value) => expect(answers(value)).toBe(''),
  );
});

test('a first key: no previous key', () => {
  const { subject, text, details } = createdMessage(create, 'AKIANEW', AT, []);
  expect(subject).toBe('alice (111122223333): first access key');
  expect(text).not.toContain('previous');
  expect(details).toEqual({ secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:00:00.000Z' });
});

test('a deactivation: how to roll back, and until when', () => {
  const { text } = deactivatedMessage(
    create,
    'AKIAOLD',
    AT,
    { uses: ['It was last used …'], current: 'AKIANEW', canRollBack: true },
    AT,
  );
  expect(text).toContain('AWS rejects requests that are signed with it.\nIt was last used …\n');
  expect(text).toContain(HOW_TO_ROLL_BACK);
  expect(text).toContain(
    'aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active --region eu-west-1',
  );
  expect(text).toContain('2026-04-15  AKIAOLD is deleted, and cannot be restored');
});

test('a deactivation without a current key: no roll-back, and no key to fetch', () => {
  const { text } = deactivatedMessage(create, 'AKIAOLD', AT, { uses: [], current: undefined, canRollBack: false }, AT);
  expect(text).not.toContain('rollback');
  expect(text).not.toContain('get-secret-value');
  expect(text).toContain('The rotation issues its first key when this key is deleted');
});

describe('a deactivation: when the next check can deactivate the key again', () => {
  const activated = (more: object, now = new Date('2026-04-01T20:30:00Z')) =>
    /key for a short time\. (.*) can deactivate it again/.exec(
      deactivatedMessage({ ...create, ...more }, 'AKIAOLD', AT, { uses: [], current: 'N', canRollBack: false }, now)
        .text,
    )?.[1];
  const every = (days: number) => ({ checkTimes: { first: 0, interval: days * 24 * 60 } });

  test.each([
    [{}, 'on 2026-04-01'],
    [every(1), 'on 2026-04-02'],
    [every(7), 'on 2026-04-08'],
    [every(14), 'on 2026-04-15'],
  ])('%j: %s', (more, on) => expect(activated(more)).toBe(`The next check, ${on},`));

  test('of the time of the message, also if it is sent days later', () => {
    expect(activated(every(1), new Date('2026-04-05T09:00:00Z'))).toBe('The next check, on 2026-04-06,');
  });

  test('with fixed rates, at an unknown time', () =>
    expect(activated({ checkTimes: undefined })).toBe('The next check'));
});

test('an adoption without a slot: which key is retired, and when', () => {
  const { text, subject } = adoptedMessage(create, ['AKIAX', 'AKIAY'], AT);
  expect(subject).toBe('alice (111122223333): two access keys exist, no new key yet');
  expect(text).toContain('2026-04-15  it is deactivated');
});

test('a deletion: when the current key is replaced', () => {
  expect(deletedMessage(create, 'AKIAOLD', { subject: 'AKIANEW', at: AT }, AT).text).toContain(
    '2026-06-30  AKIANEW is replaced by a new key',
  );
});

test('a deletion after which the current key is due: the next check for a new key replaces it', () => {
  const now = new Date('2026-08-02T07:40:00Z'); // the current key waited for the slot of a key that was rolled back
  const deleted = deletedMessage(create, 'AKIANEW', { subject: 'AKIAOLD', at: AT }, now);
  expect(deleted.details.replacedAt).toBe('2026-08-02T08:00:00.000Z');
  expect(deleted.text).toContain('2026-08-02  AKIAOLD is replaced by a new key');
  const fixed = deletedMessage(request('create'), 'AKIANEW', { subject: 'AKIAOLD', at: AT }, now);
  expect(fixed.details).toMatchObject({ replacedAt: now.toISOString(), notBefore: true });
});

const POSTPONED = { key: { keyId: 'AKIAOLD' }, until: AT };

test('a postponed deactivation: what uses the key, and when it stops working at the latest', () => {
  const { subject, text } = postponedMessage(create, POSTPONED, { at: AT, service: 's3', region: 'eu-west-1' });
  expect(subject).toBe('alice (111122223333): old access key is in use, stops working by 2026-04-01');
  expect(text).toContain('it was last used 2026-04-01 03:12 UTC for s3 in eu-west-1');
});

test('a postponed deactivation, if the new key was not used: which one to switch to', () => {
  const { subject, text } = postponedMessage(create, { ...POSTPONED, unused: { keyId: 'AKIANEW' } }, 'never');
  expect(subject).toBe('alice (111122223333): new access key is not used, old one stops working by 2026-04-01');
  expect(text).toContain('because no consumer has used the current key AKIANEW yet. The old key was never used.');
  expect(text).toContain('switch every program that uses it to the current key, AKIANEW.');
});

test('a leak: the policy that ends the sessions that were created with the key', () => {
  const { text } = leakedMessage(create, 'AKIAOLD', AT);
  const [, policy] = /put-user-policy --user-name alice --policy-name \w+ --policy-document '(.*)'/.exec(text)!;
  expect(JSON.parse(policy).Statement).toEqual([
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': expect.any(String) } },
    },
  ]);
});

test('the policy denies each session that the key can have created: until the end of the run that deactivates it, and for as long as IAM needs', () => {
  const { text } = leakedMessage(create, 'AKIAOLD', AT);
  const [, before] = /"aws:TokenIssueTime":"([^"]+)"/.exec(text)!;
  const spread = 3 * 60_000; // "a few minutes", in the documentation of IAM
  expect(Date.parse(before)).toBeGreaterThanOrEqual(AT.getTime() + RUN_MINUTES * 60_000 + spread);
  // A later time would deny more sessions of the new key.
  expect(Date.parse(before)).toBeLessThanOrEqual(AT.getTime() + CLAIM_LIFETIME);
  expect(text).toContain('within a few minutes');
  expect(text).toContain(`created before ${before.slice(0, 16).replace('T', ' ')} UTC`);
});

test('a roll-back: which key is current again, and when the other one is retired', () => {
  const { text, attributes } = rolledBackMessage(create, 'AKIANEW', AT, 'AKIAOLD');
  expect(attributes).toEqual({ username: 'alice', event: 'rolled-back', accessKeyId: 'AKIAOLD' });
  expect(text).toContain('2026-04-15  AKIANEW is deactivated\n  2026-04-29  AKIANEW is deleted');
});

test('an unmanaged key: it is not changed, or the message has its periods', () => {
  const unmanaged = { keyId: 'AKIAX', createdAt: AT, active: true };
  expect(unmanagedKeyMessage(create, unmanaged).text).toContain('The rotation does not change it.');
  expect(unmanagedKeyMessage({ ...create, retireUnmanagedKeys: true }, unmanaged).text).toContain(
    'deactivated after the switch period of 14 days, and deleted after the recovery period of 14 days',
  );
});

describe('with fixed rates, the day of a check is unknown', () => {
  const fixed = request('create', DEFAULT_AGES);
  const details = { uses: [], current: 'AKIANEW', canRollBack: true };

  test.each([
    ['a new key', () => createdMessage(fixed, 'AKIANEW', AT, ['AKIAOLD'])],
    ['a deactivation', () => deactivatedMessage(fixed, 'AKIAOLD', AT, details, AT)],
    ['a deletion', () => deletedMessage(fixed, 'AKIAOLD', { subject: 'AKIANEW', at: AT }, AT)],
    ['a leak', () => leakedMessage(fixed, 'AKIAOLD', AT)],
    ['a postponed deactivation', () => postponedMessage(fixed, POSTPONED, 'unknown')],
    ['a reminder', () => reminderMessage(fixed, 'AKIAOLD', { ...details, before: 'deactivation', at: AT })],
    ['a roll-back', () => rolledBackMessage(fixed, 'AKIANEW', AT, 'AKIAOLD')],
  ])('%s: each date is "not before"', (_what, make) => {
    const { subject, text, details: fields } = make();
    expect(fields.notBefore).toBe(true);
    const announcements = `${subject}\n${text}`.split('\n').filter((line) => /\d{4}-\d\d-\d\d( |$|\.)/.test(line));
    const times = /created|since|was last used|before \d{4}|aws /;
    for (const line of announcements.filter((one) => !times.test(one.replaceAll('not before', '')))) {
      expect(line).toContain('not before 2026-');
    }
    expect(text + subject).toContain('not before 2026-');
  });
});

test('dates are those of the checks: with checks every seven days, up to a week later than the period', () => {
  const weekly = request('create', DEFAULT_AGES, true, { checkTimes: { first: 60, interval: 7 * 24 * 60 } });
  const { details } = createdMessage(weekly, 'AKIANEW', AT, ['AKIAOLD']);
  expect(details).toEqual({
    secret: 'alice',
    currentAccessKeyId: 'AKIANEW',
    previousAccessKeyIds: ['AKIAOLD'],
    deactivatedAt: '2026-04-15T09:00:00.000Z', // the checks are on days 1, 8, 15, 22 and 29 of a month
    deletedAt: '2026-04-29T17:00:00.000Z',
    replacedAt: '2026-07-01T01:00:00.000Z',
  });
});

describe('a check that failed', () => {
  test.each([
    ['create', 'whether a new key is due'],
    ['deactivate', 'whether the deactivation of the previous key is due'],
    ['delete', 'whether the deletion of the previous key is due'],
  ] as const)('%s: %s', (action, what) => {
    expect(failedMessage(request(action), new Failed(new Failure('why', 'Other')))!.text).toContain(
      `A check of IAM user alice, ${what}, failed:`,
    );
  });

  test.each([
    [
      'VerificationFailed',
      'Nothing, unless a later check sends this message again. Then check whether AWS reports a problem, and whether the new key is prevented from calling STS.',
    ],
    ['CleanupFailed', 'Nothing: the unfinished key was not published, and a later check deletes it.'],
    ['NotFound', 'See the reason above, and the section "Failed checks" of the runbook.'],
  ] as const)('%s: %s', (cause, remedy) => {
    expect(failedMessage(create, new Failed(new Failure('why', cause)))!.details.remedy).toBe(remedy);
  });

  test('the key has not changed, unless the check was to publish one', () => {
    const textOf = (mayHavePublished: boolean) =>
      failedMessage(create, new Failed(new Failure('why', 'Other'), undefined, mayHavePublished))!.text;
    expect(textOf(false)).toContain('within minutes if it changed nothing. The key in the secret has not changed.\n');
    expect(textOf(true)).toContain('within minutes if it changed nothing.\n');
    expect(textOf(true)).not.toContain('The key in the secret');
  });

  test('no message about a transient failure', () => {
    expect(CAUSES.filter((cause) => !failedMessage(create, new Failed(new Failure('why', cause))))).toEqual([
      'Throttled',
      'NetworkError',
      'InsufficientTime',
    ]);
  });
});

describe('a rotation that is blocked', () => {
  const repeated = 'Checks are repeated on schedule, and the rotation continues when the problem is fixed.';
  const textOf = (...of: Parameters<typeof request>) => blockedMessage(request(...of), 'why', 'remedy').text;

  test('does not say that nothing was changed: a leaked key can be inactive', () => {
    for (const message of Object.values(MESSAGES)) expect(message().text).not.toContain('Nothing was changed');
  });

  test.each(['create', 'deactivate', 'delete'] as const)('a check, %s, is repeated', (action) => {
    expect(textOf(action)).toContain(`${repeated}\n`);
  });

  test('so is the first key of a deploy', () => {
    expect(textOf('create', DEFAULT_AGES, false, { duringDeploy: true })).toContain(`${repeated}\n`);
  });

  test.each(['create', 'revoke', 'rollback'] as const)('the event "%s" of a person is not', (action) => {
    expect(textOf(action, DEFAULT_AGES, false)).toContain(
      `${repeated} The event "${action}" is not: send it again then.\n`,
    );
  });
});

test('a name is shortened only if the subject would be too long', () => {
  const subjectOf = (length: number) =>
    blockedMessage({ ...create, username: 'u'.repeat(length) }, 'why', 'remedy').subject;
  const headline = ' (111122223333): access key cannot be rotated';
  expect(subjectOf(99 - headline.length)).toBe('u'.repeat(99 - headline.length) + headline);
  expect(subjectOf(100 - headline.length)).toBe(`${'u'.repeat(96 - headline.length)}...${headline}`);
});

test.each([1, 20, 64])(
  'with a name of %i characters, every subject is one line of ASCII, under 100 characters',
  (length) => {
    const long = { ...create, username: 'u'.repeat(length) };
    const deactivation = { uses: [], current: 'L', canRollBack: true };
    const all = [
      createdMessage(long, 'K', AT, ['L']),
      createdMessage(long, 'K', AT, []),
      deactivatedMessage(long, 'K', AT, deactivation, AT),
      reminderMessage(long, 'K', { ...deactivation, before: 'deactivation', at: AT }),
      reminderMessage(long, 'K', { ...deactivation, before: 'deletion', at: AT }),
      adoptedMessage(long, ['K', 'L'], AT),
      deletedMessage(long, 'K', undefined, AT),
      orphanDeletedMessage(long, 'K'),
      blockedMessage(long, 'why', 'remedy'),
      postponedMessage(long, { ...POSTPONED, unused: { keyId: 'AKIANEW' } }, 'never'),
      leakedMessage(long, 'K', AT),
      rolledBackMessage(long, 'K', AT, 'L'),
      unmanagedKeyMessage(long, { keyId: 'K', createdAt: AT, active: true }),
      failedMessage(long, new Failed(new Failure('why', 'Other')))!,
    ];
    for (const { subject } of all) {
      expect(subject).toMatch(/^[ -~]{1,99}$/);
      expect(subject).toContain(' (111122223333): '); // one address can have rotations in many accounts
      expect(subject).toMatch(length > 1 ? /^u{16}/ : /^u /);
    }
  },
);

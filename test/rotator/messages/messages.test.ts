import { execFileSync } from 'child_process';
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { CAUSES } from '../../../src/contract/metrics';
import { profileCommand } from '../../../src/rotator/domain/commands';
import { Failure } from '../../../src/rotator/domain/failure';
import { createdMessage, orphanDeletedMessage } from '../../../src/rotator/messages/new-key-messages';
import {
  deactivatedMessage,
  deletedMessage,
  postponedMessage,
  leakedMessage,
  ReminderDetails,
  reminderMessage,
  rolledBackMessage,
} from '../../../src/rotator/messages/old-key-messages';
import { blockedMessage, failedMessage } from '../../../src/rotator/messages/problem-messages';
import { adoptedMessage, unmanagedKeyMessage } from '../../../src/rotator/messages/unmanaged-key-messages';
import { request } from '../support';

const AT = new Date('2026-04-01T03:12:45Z');
const asked = request('create', DEFAULT_AGES);

const FETCH =
  "aws secretsmanager get-secret-value --secret-id 'alice' --query SecretString --output text --region eu-west-1";
const PROFILE = `${FETCH} | awk -F'"' '{ print "[alice]\\naws_access_key_id = " $4 "\\naws_secret_access_key = " $8 }'`;
const HOW_TO_FETCH = `Fetch it with

  ${FETCH}

or, as a profile for ~/.aws/credentials, with

  ${PROFILE}
`;
const HOW_TO_ROLL_BACK = `If something important broke, an administrator can make the old key the current one again, until shortly before it is deleted:

  aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out --payload '{"action":"rollback","username":"alice"}' answer.json && cat answer.json
`;

test('a new key: what it is, how to fetch it, what happens next and when', () => {
  const { subject, text, attributes, details } = createdMessage(asked, 'AKIANEW', AT, ['AKIAOLD']);

  expect(subject).toBe('alice: new access key, the old one stops on 2026-04-15');
  expect(text).toBe(`IAM user alice has a new access key: AKIANEW, issued 2026-04-01 03:12 UTC.

Switch to it before 2026-04-15: then the previous key AKIAOLD stops working.

${HOW_TO_FETCH}
What happens next (UTC):
  2026-04-15  AKIAOLD is deactivated
  2026-04-29  AKIAOLD is deleted
  2026-06-30  AKIANEW is replaced by a new key
`);
  expect(attributes).toEqual({ username: 'alice', event: 'created', accessKeyId: 'AKIANEW' });
  expect(details).toEqual({
    secret: 'alice',
    currentAccessKeyId: 'AKIANEW',
    previousAccessKeyIds: ['AKIAOLD'],
    deactivatedAt: '2026-04-15T03:12:45.000Z',
    deletedAt: '2026-04-29T03:12:45.000Z',
    replacedAt: '2026-06-30T03:12:45.000Z',
  });
});

test('the profile that the command prints is one that the AWS CLI reads', () => {
  const [, program] = /\| (awk .*)$/.exec(profileCommand(asked))!;
  const value = JSON.stringify({ AccessKey: 'AKIANEW', SecretKey: 'wJalr/+EXAMPLE' });
  expect(execFileSync('sh', ['-c', program], { input: value, encoding: 'utf8' })).toBe(
    '[alice]\naws_access_key_id = AKIANEW\naws_secret_access_key = wJalr/+EXAMPLE\n',
  );
});

test('a first key says nothing of a previous one', () => {
  const { subject, text, details } = createdMessage(asked, 'AKIANEW', AT, []);
  expect(subject).toBe('alice: first access key');
  expect(text).not.toContain('previous');
  expect(details).toEqual({ secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:12:45.000Z' });
});

test('a deactivation says how to go back and until when', () => {
  const { text } = deactivatedMessage(asked, 'AKIAOLD', AT, {
    uses: ['It was last used …'],
    current: 'AKIANEW',
    canRollBack: true,
  });
  expect(text).toContain('calls signed with it are refused.\nIt was last used …\n');
  expect(text).toContain(HOW_TO_ROLL_BACK);
  expect(text).toContain(
    'aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active --region eu-west-1',
  );
  expect(text).toContain('2026-04-15  AKIAOLD is deleted for good');
});

test('a deactivation offers no way back that would be refused, and names no key that is not there', () => {
  const { text } = deactivatedMessage(asked, 'AKIAOLD', AT, { uses: [], current: undefined, canRollBack: false });
  expect(text).not.toContain('rollback');
  expect(text).not.toContain('get-secret-value');
  expect(text).toContain('A first key in the secret follows');
});

test('an adoption without a slot says which key goes first, and when', () => {
  const { text, subject } = adoptedMessage(asked, ['AKIAX', 'AKIAY'], AT);
  expect(subject).toBe('alice: no slot for a new access key yet');
  expect(text).toContain('2026-04-15  it is deactivated');
});

test('a deletion says when the current key is replaced in turn', () => {
  expect(deletedMessage(asked, 'AKIAOLD', { subject: 'AKIANEW', at: AT }).text).toContain(
    '2026-06-30  AKIANEW is replaced by a new key',
  );
});

test('a key that is held says what uses it, and when it stops at the latest', () => {
  const { subject, text } = postponedMessage(asked, 'AKIAOLD', AT, { at: AT, service: 's3', region: 'eu-west-1' });
  expect(subject).toBe('alice: old access key is still in use, it stops on 2026-04-01 at the latest');
  expect(text).toContain('it was last used 2026-04-01 03:12 UTC for s3 in eu-west-1');
});

test('a leak comes with the policy that ends the sessions which were made from the key', () => {
  const { text } = leakedMessage(asked, 'AKIAOLD', AT);
  const [, policy] = /put-user-policy --user-name alice --policy-name \w+ --policy-document '(.*)'/.exec(text)!;
  expect(JSON.parse(policy).Statement).toEqual([
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-04-01T03:12:45.000Z' } },
    },
  ]);
});

test('a roll-back says which key counts again, and when the other one goes', () => {
  const { text, attributes } = rolledBackMessage(asked, 'AKIANEW', AT, 'AKIAOLD');
  expect(attributes).toEqual({ username: 'alice', event: 'rolled-back', accessKeyId: 'AKIAOLD' });
  expect(text).toContain('2026-04-15  AKIANEW is deactivated\n  2026-04-29  AKIANEW is deleted');
});

test('a foreign key is left alone, or has its dates where it is to be retired', () => {
  const foreign = { keyId: 'AKIAX', createdAt: AT, active: true };
  expect(unmanagedKeyMessage(asked, foreign).text).toContain('It is left alone.');
  expect(unmanagedKeyMessage({ ...asked, retireUnmanagedKeys: true }, foreign).text).toContain(
    'deactivated 14 days from now, and deleted 14 days after that',
  );
});

describe('word for word', () => {
  test('a first key', () => {
    expect(createdMessage(asked, 'AKIANEW', AT, []).text)
      .toBe(`IAM user alice has a new access key: AKIANEW, issued 2026-04-01 03:12 UTC.

${HOW_TO_FETCH}
What happens next (UTC):
  2026-06-30  AKIANEW is replaced by a new key
`);
  });

  test('a new key where two were adopted', () => {
    const { text } = createdMessage(asked, 'AKIANEW', AT, ['AKIAX', 'AKIAY']);
    expect(text).toContain('then the previous key AKIAX and AKIAY stops working.');
    expect(text).toContain('  2026-04-15  AKIAX and AKIAY is deactivated\n  2026-04-29  AKIAX and AKIAY is deleted\n');
  });

  test('a deactivation, of the key before the current one', () => {
    expect(
      deactivatedMessage(asked, 'AKIAOLD', AT, { uses: ['It was never used.'], current: 'AKIANEW', canRollBack: true }),
    ).toEqual({
      subject: 'alice: old access key is off, deleted on 2026-04-15',
      attributes: { username: 'alice', event: 'deactivated', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', currentAccessKeyId: 'AKIANEW', deletedAt: '2026-04-15T03:12:45.000Z' },
      text: `The previous access key AKIAOLD of IAM user alice is inactive since 2026-04-01 03:12 UTC: calls signed with it are refused.
It was never used.

Whatever still uses it has to switch to the current key, AKIANEW. The inactive key cannot fetch it any more: with other
credentials that may read the secret, yours or those of an administrator, it is

  ${FETCH}

${HOW_TO_ROLL_BACK}
An administrator can also switch it on until the next check, within a day:

  aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active --region eu-west-1

What happens next (UTC):
  2026-04-15  AKIAOLD is deleted for good
`,
    });
  });

  test('a deactivation, of a key that is not ours, before there is one of ours', () => {
    expect(deactivatedMessage(asked, 'AKIAX', AT, { uses: [], current: undefined, canRollBack: false }).text).toBe(
      `The previous access key AKIAX of IAM user alice is inactive since 2026-04-01 03:12 UTC: calls signed with it are refused.

A first key in the secret follows as soon as this one is deleted: a user holds two keys at most.

An administrator can also switch it on until the next check, within a day:

  aws iam update-access-key --user-name alice --access-key-id AKIAX --status Active --region eu-west-1

What happens next (UTC):
  2026-04-15  AKIAX is deleted for good
`,
    );
  });

  test('an adoption without a slot', () => {
    const { attributes, ...read } = adoptedMessage(asked, ['AKIAX', 'AKIAY'], AT);
    expect(attributes).toEqual({ username: 'alice', event: 'unmanaged' });
    expect(read).toEqual({
      subject: 'alice: no slot for a new access key yet',
      details: { secret: 'alice', previousAccessKeyIds: ['AKIAX', 'AKIAY'] },
      text: `IAM user alice had two access keys when its rotation began, AKIAX and AKIAY, and a user holds two at most.

An inactive one, or else one that was not used for 90 days, goes first, and then a new key is issued:

  2026-04-15  it is deactivated, if it is still unused then
  2026-04-29  it is deleted, 14 days after it was found inactive at the earliest

If both are in use, nothing is touched, and you are told what to do. To go on at once, delete the key that can be done without:

  aws iam delete-access-key --user-name alice --access-key-id AKIAX --region eu-west-1
`,
    });
  });

  test('a key that is held', () => {
    expect(postponedMessage(asked, 'AKIAOLD', AT, 'unknown')).toEqual({
      subject: 'alice: old access key is still in use, it stops on 2026-04-01 at the latest',
      attributes: { username: 'alice', event: 'postponed', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', deactivatedAt: '2026-04-01T03:12:45.000Z' },
      text: `The previous access key AKIAOLD of IAM user alice was to be deactivated by now, but it was last used at an unknown time (IAM did not return it).
It is deactivated as soon as it is not in use any more, and on 2026-04-01 in any case.

Whatever still uses it has to switch to the current key.

${HOW_TO_FETCH}`,
    });
  });

  test('a leak', () => {
    const policy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",'
      + '"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-04-01T03:12:45.000Z"}}}]}';
    expect(leakedMessage(asked, 'AKIAOLD', AT)).toEqual({
      subject: 'alice: leaked access key is off',
      attributes: { username: 'alice', event: 'deactivated', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', reason: 'leaked', deletedAt: '2026-04-15T03:12:45.000Z' },
      text: `The access key AKIAOLD of IAM user alice was reported as leaked, and is inactive since 2026-04-01 03:12 UTC.

Whatever used it needs the current key. Fetch that, with other credentials than the inactive key, by

  ${FETCH}

Sessions that were made from the key (GetSessionToken, GetFederationToken) go on until they expire. To end them now:

  aws iam put-user-policy --user-name alice --policy-name RevokeOlderSessions --policy-document '${policy}' --region eu-west-1

That policy touches no access key, and can be deleted after 36 hours. It does not end sessions of roles that were assumed with
the key: for these, revoke the sessions of the role. Look in CloudTrail for what was done with the key.

What happens next (UTC):
  2026-04-15  AKIAOLD is deleted for good
`,
    });
  });

  test('a roll-back', () => {
    expect(rolledBackMessage(asked, 'AKIANEW', AT, 'AKIAOLD')).toEqual({
      subject: 'alice: rolled back to the previous access key',
      attributes: { username: 'alice', event: 'rolled-back', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIAOLD',
        previousAccessKeyIds: ['AKIANEW'],
        deactivatedAt: '2026-04-15T03:12:45.000Z',
        deletedAt: '2026-04-29T03:12:45.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice is the current one again since 2026-04-01 03:12 UTC. It is the value of the secret:

  ${FETCH}

Whatever has switched to AKIANEW has to switch back. Rotation goes on when that key is gone.

What happens next (UTC):
  2026-04-15  AKIANEW is deactivated
  2026-04-29  AKIANEW is deleted, and a new key is issued if one is due
`,
    });
  });

  test('a foreign key', () => {
    const foreign = { keyId: 'AKIAX', createdAt: AT, active: true };
    const what = 'IAM user alice has an access key that this rotation did not issue: AKIAX, made 2026-04-01 03:12 UTC.';
    expect(unmanagedKeyMessage(asked, foreign)).toEqual({
      subject: 'alice: somebody else made an access key',
      attributes: { username: 'alice', event: 'unmanaged', accessKeyId: 'AKIAX' },
      details: { secret: 'alice' },
      text: `${what}

It is left alone. A user holds two keys at most, so no new key can be issued while it is there. If nobody needs it, delete it:

  aws iam delete-access-key --user-name alice --access-key-id AKIAX --region eu-west-1
`,
    });
    expect(unmanagedKeyMessage({ ...asked, retireUnmanagedKeys: true }, foreign).text).toBe(`${what}

Switch to the key in the secret: this one is deactivated 14 days from now, and deleted 14 days after that.
`);
  });

  test('a deletion, with or without a current key', () => {
    const what = 'The previous access key AKIAOLD of IAM user alice does not exist any more. Nothing is left to do.\n';
    expect(deletedMessage(asked, 'AKIAOLD', undefined)).toEqual({
      subject: 'alice: old access key is deleted',
      attributes: { username: 'alice', event: 'deleted', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice' },
      text: what,
    });
    expect(deletedMessage(asked, 'AKIAOLD', { subject: 'AKIANEW', at: AT })).toMatchObject({
      details: { secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:12:45.000Z' },
      text: `${what}\nWhat happens next (UTC):\n  2026-06-30  AKIANEW is replaced by a new key\n`,
    });
  });

  test('what a dead run left', () => {
    expect(orphanDeletedMessage(asked, 'AKIANEW')).toEqual({
      subject: 'alice: unfinished access key is removed',
      attributes: { username: 'alice', event: 'orphan-deleted', accessKeyId: 'AKIANEW' },
      details: { secret: 'alice' },
      text: `An earlier run made the access key AKIANEW for IAM user alice and died before it could be handed out.
Nobody has it and it was never used, so it was deleted. The current key is not affected, and nothing is left to do.
`,
    });
  });

  test('what a person has to mend; it is about no key in particular', () => {
    const { attributes, ...read } = blockedMessage(asked, 'no slot is free', 'delete one');
    expect(Object.keys(attributes)).toEqual(['username', 'event']);
    expect(attributes).toEqual({ username: 'alice', event: 'blocked' });
    expect(read).toEqual({
      subject: 'alice: access key cannot be rotated',
      details: { secret: 'alice', reason: 'no slot is free', remedy: 'delete one' },
      text: `The rotation of IAM user alice is blocked: no slot is free.

What to do:

  delete one

Nothing was changed. The check is repeated on schedule, and rotation goes on by itself once this is mended.
`,
    });
  });

  const reminder = (more: Partial<ReminderDetails>) =>
    reminderMessage(asked, 'AKIAOLD', {
      before: 'deactivation',
      at: AT,
      uses: ['It was last used …'],
      current: 'AKIANEW',
      canRollBack: true,
      ...more,
    });

  test('a reminder of a deactivation', () => {
    expect(reminder({})).toEqual({
      subject: 'alice: old access key stops on 2026-04-01',
      attributes: { username: 'alice', event: 'reminder', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIANEW',
        previousAccessKeyIds: ['AKIAOLD'],
        deactivatedAt: '2026-04-01T03:12:45.000Z',
        deletedAt: '2026-04-15T03:12:45.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice stops working on 2026-04-01 (UTC), and not everybody seems to have switched.
It was last used …

Switch to the current key, AKIANEW.

${HOW_TO_FETCH}
What happens next (UTC):
  2026-04-01  AKIAOLD is deactivated
  2026-04-15  AKIAOLD is deleted
`,
    });
  });

  test('a reminder of a deactivation, before there is a key of ours', () => {
    expect(reminder({ current: undefined, uses: [] }).text).toBe(
      `The previous access key AKIAOLD of IAM user alice stops working on 2026-04-01 (UTC), and not everybody seems to have switched.

A first key in the secret follows once it is gone.

What happens next (UTC):
  2026-04-01  AKIAOLD is deactivated
  2026-04-15  AKIAOLD is deleted
`,
    );
  });

  test('a reminder of a deletion says how to go back while that is possible', () => {
    expect(reminder({ before: 'deletion' })).toEqual({
      subject: 'alice: old access key is deleted on 2026-04-01',
      attributes: { username: 'alice', event: 'reminder', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIANEW',
        previousAccessKeyIds: ['AKIAOLD'],
        deletedAt: '2026-04-01T03:12:45.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice is inactive, and is deleted for good on 2026-04-01 (UTC).
It was last used …

${HOW_TO_ROLL_BACK}
If nobody misses it, nothing is left to do.
`,
    });
  });

  test('a reminder of a deletion offers no way back that would be refused', () => {
    expect(reminder({ before: 'deletion', canRollBack: false, uses: [] }).text).toBe(
      `The previous access key AKIAOLD of IAM user alice is inactive, and is deleted for good on 2026-04-01 (UTC).

If nobody misses it, nothing is left to do.
`,
    );
  });

  test('a check that failed: which one, why, and what to do', () => {
    const denied =
      'Undo what somebody changed in the permissions of the rotation, which a plain deploy does not ("cdk deploy --revert-drift" does);'
      + ' look for a service control policy or a permissions boundary.';
    expect(
      failedMessage(
        request('deactivate'),
        new Failure('alice: iam ListAccessKeys failed with AccessDenied: no', 'AccessDenied'),
      ),
    ).toEqual({
      subject: 'alice: the check of the access key failed',
      attributes: { username: 'alice', event: 'failed' },
      details: { secret: 'alice', reason: 'alice: iam ListAccessKeys failed with AccessDenied: no', remedy: denied },
      text: `A check of IAM user alice, whether it is time to deactivate the previous key, failed:

  alice: iam ListAccessKeys failed with AccessDenied: no

What to do: ${denied}

It is tried again within minutes, and if that fails as well, at the next check on schedule. The key in the secret is as it was.
`,
    });
  });
});

describe('a check that failed', () => {
  test.each([
    ['create', 'whether it is time for a new key'],
    ['deactivate', 'whether it is time to deactivate the previous key'],
    ['delete', 'whether it is time to delete the previous key'],
  ] as const)('%s: %s', (action, what) => {
    expect(failedMessage(request(action), new Failure('why', 'Other'))!.text).toContain(
      `A check of IAM user alice, ${what}, failed:`,
    );
  });

  test.each([
    [
      'VerificationFailed',
      'Nothing, unless this message comes again tomorrow. Then see whether AWS has trouble, or something keeps the new key from calling STS.',
    ],
    ['CleanupFailed', 'Nothing: nobody has the unfinished key, and a later check deletes it.'],
    ['NotFound', 'See the reason above; the runbook has a section for it (failed checks).'],
  ] as const)('%s: %s', (cause, remedy) => {
    expect(failedMessage(asked, new Failure('why', cause))!.details.remedy).toBe(remedy);
  });

  test('is no news where that mostly passes by itself', () => {
    expect(CAUSES.filter((cause) => !failedMessage(asked, new Failure('why', cause)))).toEqual([
      'Throttled',
      'NetworkError',
      'InsufficientTime',
    ]);
  });

  test('is no news where a person asked: that person has the answer', () => {
    for (const action of ['revoke', 'rollback', 'status'] as const) {
      expect(failedMessage(request(action), new Failure('why', 'Other'))).toBeUndefined();
    }
  });
});

test('a name is cut where it has to be, and only then', () => {
  const subjectOf = (length: number) =>
    blockedMessage({ ...asked, username: 'u'.repeat(length) }, 'why', 'remedy').subject;
  const news = ': access key cannot be rotated';
  expect(subjectOf(99 - news.length)).toBe('u'.repeat(99 - news.length) + news);
  expect(subjectOf(100 - news.length)).toBe(`${'u'.repeat(96 - news.length)}...${news}`);
});

test.each([1, 20, 64])(
  'with a name of %i characters, every subject is one line of ASCII, under 100 characters',
  (length) => {
    const long = { ...asked, username: 'u'.repeat(length) };
    const off = { uses: [], current: 'L', canRollBack: true };
    const all = [
      createdMessage(long, 'K', AT, ['L']),
      createdMessage(long, 'K', AT, []),
      deactivatedMessage(long, 'K', AT, off),
      reminderMessage(long, 'K', { ...off, before: 'deactivation', at: AT }),
      reminderMessage(long, 'K', { ...off, before: 'deletion', at: AT }),
      adoptedMessage(long, ['K', 'L'], AT),
      deletedMessage(long, 'K', undefined),
      orphanDeletedMessage(long, 'K'),
      blockedMessage(long, 'why', 'remedy'),
      postponedMessage(long, 'K', AT, 'never'),
      leakedMessage(long, 'K', AT),
      rolledBackMessage(long, 'K', AT, 'L'),
      unmanagedKeyMessage(long, { keyId: 'K', createdAt: AT, active: true }),
      failedMessage(long, new Failure('why', 'Other'))!,
    ];
    for (const { subject } of all) expect(subject).toMatch(/^[ -~]{1,99}$/);
  },
);

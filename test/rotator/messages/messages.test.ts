import { execFileSync } from 'child_process';
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { CAUSES } from '../../../src/contract/metrics';
import { RUN_MINUTES } from '../../../src/contract/settings';
import { profileCommand } from '../../../src/rotator/domain/commands';
import { Exposure } from '../../../src/rotator/domain/exposure';
import { Failure } from '../../../src/rotator/domain/failure';
import { describeUse } from '../../../src/rotator/domain/last-use';
import { CLAIM_LIFETIME, readLedger } from '../../../src/rotator/domain/ledger';
import { userState } from '../../../src/rotator/domain/user-state';
import { exposedKeyMessage } from '../../../src/rotator/messages/exposed-key-messages';
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
import { HOURLY, request } from '../support';

const AT = new Date('2026-04-01T03:12:45Z');
const create = request('create', DEFAULT_AGES, true, HOURLY);

const FETCH =
  "aws secretsmanager get-secret-value --secret-id 'alice' --query SecretString --output text --region eu-west-1";
const PROFILE = `${FETCH} | awk -F'"' '{ print "[alice]\\naws_access_key_id = " $4 "\\naws_secret_access_key = " $8 }'`;
const HOW_TO_FETCH = `Fetch the current key with

  ${FETCH}

or, as a profile for ~/.aws/credentials, with

  ${PROFILE}
`;
const HOW_TO_ROLL_BACK = `If an important program does not work with the current key, an administrator can make the old key current again, until shortly before it is deleted:

  aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out --payload '{"action":"rollback","username":"alice"}' answer.json && cat answer.json
`;

test('a new key: its ID, how to fetch it, what happens next and when', () => {
  const { subject, text, attributes, details } = createdMessage(create, 'AKIANEW', AT, ['AKIAOLD']);

  expect(subject).toBe('alice: new access key, the old one stops working on 2026-04-15');
  expect(text).toBe(`IAM user alice has a new access key: AKIANEW, created 2026-04-01 03:12 UTC.

Switch to it before 2026-04-15 (UTC). Until then, both keys work.
The previous key AKIAOLD stops working on 2026-04-15.

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
    deactivatedAt: '2026-04-15T02:20:00.000Z',
    deletedAt: '2026-04-29T01:40:00.000Z',
    replacedAt: '2026-06-30T03:00:00.000Z',
  });
});

test('the profile that the command prints is one that the AWS CLI reads', () => {
  const [, program] = /\| (awk .*)$/.exec(profileCommand(create))!;
  const value = JSON.stringify({ AccessKey: 'AKIANEW', SecretKey: 'wJalr/+EXAMPLE' });
  expect(execFileSync('sh', ['-c', program], { input: value, encoding: 'utf8' })).toBe(
    '[alice]\naws_access_key_id = AKIANEW\naws_secret_access_key = wJalr/+EXAMPLE\n',
  );
});

test('a first key: no previous key', () => {
  const { subject, text, details } = createdMessage(create, 'AKIANEW', AT, []);
  expect(subject).toBe('alice: first access key');
  expect(text).not.toContain('previous');
  expect(details).toEqual({ secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:00:00.000Z' });
});

test('a deactivation: how to roll back, and until when', () => {
  const { text } = deactivatedMessage(create, 'AKIAOLD', AT, {
    uses: ['It was last used …'],
    current: 'AKIANEW',
    canRollBack: true,
  });
  expect(text).toContain('AWS rejects requests that are signed with it.\nIt was last used …\n');
  expect(text).toContain(HOW_TO_ROLL_BACK);
  expect(text).toContain(
    'aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active --region eu-west-1',
  );
  expect(text).toContain('2026-04-15  AKIAOLD is deleted, and cannot be restored');
});

test('a deactivation without a current key: no roll-back, and no key to fetch', () => {
  const { text } = deactivatedMessage(create, 'AKIAOLD', AT, { uses: [], current: undefined, canRollBack: false });
  expect(text).not.toContain('rollback');
  expect(text).not.toContain('get-secret-value');
  expect(text).toContain('The rotation issues its first key when this key is deleted');
});

test('an adoption without a slot: which key is retired, and when', () => {
  const { text, subject } = adoptedMessage(create, ['AKIAX', 'AKIAY'], AT);
  expect(subject).toBe('alice: two access keys exist, no new key yet');
  expect(text).toContain('2026-04-15  it is deactivated');
});

test('a deletion: when the current key is replaced', () => {
  expect(deletedMessage(create, 'AKIAOLD', { subject: 'AKIANEW', at: AT }).text).toContain(
    '2026-06-30  AKIANEW is replaced by a new key',
  );
});

test('a postponed deactivation: what uses the key, and when it stops working at the latest', () => {
  const { subject, text } = postponedMessage(create, 'AKIAOLD', AT, { at: AT, service: 's3', region: 'eu-west-1' });
  expect(subject).toBe('alice: old access key is in use, stops working on 2026-04-01 at the latest');
  expect(text).toContain('it was last used 2026-04-01 03:12 UTC for s3 in eu-west-1');
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
    ['a new key', createdMessage(fixed, 'AKIANEW', AT, ['AKIAOLD'])],
    ['a deactivation', deactivatedMessage(fixed, 'AKIAOLD', AT, details)],
    ['a deletion', deletedMessage(fixed, 'AKIAOLD', { subject: 'AKIANEW', at: AT })],
    ['a leak', leakedMessage(fixed, 'AKIAOLD', AT)],
    ['a postponed deactivation', postponedMessage(fixed, 'AKIAOLD', AT, 'unknown')],
    ['a reminder', reminderMessage(fixed, 'AKIAOLD', { ...details, before: 'deactivation', at: AT })],
    ['a roll-back', rolledBackMessage(fixed, 'AKIANEW', AT, 'AKIAOLD')],
  ])('%s: each date is "not before"', (_what, { subject, text, details: fields }) => {
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

describe('word for word', () => {
  test('a first key', () => {
    expect(createdMessage(create, 'AKIANEW', AT, []).text)
      .toBe(`IAM user alice has a new access key: AKIANEW, created 2026-04-01 03:12 UTC.

${HOW_TO_FETCH}
What happens next (UTC):
  2026-06-30  AKIANEW is replaced by a new key
`);
  });

  test('a new key with two previous keys', () => {
    const { text } = createdMessage(create, 'AKIANEW', AT, ['AKIAX', 'AKIAY']);
    expect(text).toContain(
      'The previous key AKIAX stops working on 2026-04-15.\nThe previous key AKIAY stops working on 2026-04-15.\n',
    );
    expect(text).toContain(
      '  2026-04-15  AKIAX is deactivated\n  2026-04-15  AKIAY is deactivated\n'
        + '  2026-04-29  AKIAX is deleted\n  2026-04-29  AKIAY is deleted\n',
    );
  });

  test('a deactivation of the previous key', () => {
    expect(
      deactivatedMessage(create, 'AKIAOLD', AT, {
        uses: ['It was never used.'],
        current: 'AKIANEW',
        canRollBack: true,
      }),
    ).toEqual({
      subject: 'alice: old access key is inactive, will be deleted on 2026-04-15',
      attributes: { username: 'alice', event: 'deactivated', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', currentAccessKeyId: 'AKIANEW', deletedAt: '2026-04-15T02:40:00.000Z' },
      text: `The previous access key AKIAOLD of IAM user alice has been inactive since 2026-04-01 03:12 UTC.
AWS rejects requests that are signed with it.
It was never used.

Switch every program that still uses it to the current key, AKIANEW. The inactive key can no longer fetch
the current key. Use other credentials that are allowed to read the secret, yours or those of an administrator:

  ${FETCH}

${HOW_TO_ROLL_BACK}
An administrator can also activate the old key for a short time. The next check, within a day, can deactivate it again:

  aws iam update-access-key --user-name alice --access-key-id AKIAOLD --status Active --region eu-west-1

What happens next (UTC):
  2026-04-15  AKIAOLD is deleted, and cannot be restored
`,
    });
  });

  test('a deactivation of an adopted key, before the first key is issued', () => {
    expect(deactivatedMessage(create, 'AKIAX', AT, { uses: [], current: undefined, canRollBack: false }).text).toBe(
      `The previous access key AKIAX of IAM user alice has been inactive since 2026-04-01 03:12 UTC.
AWS rejects requests that are signed with it.

The rotation issues its first key when this key is deleted: IAM allows at most two access keys per user.

An administrator can also activate the old key for a short time. The next check, within a day, can deactivate it again:

  aws iam update-access-key --user-name alice --access-key-id AKIAX --status Active --region eu-west-1

What happens next (UTC):
  2026-04-15  AKIAX is deleted, and cannot be restored
`,
    );
  });

  test('an adoption without a slot', () => {
    const { attributes, ...read } = adoptedMessage(create, ['AKIAX', 'AKIAY'], AT);
    expect(attributes).toEqual({ username: 'alice', event: 'unmanaged' });
    expect(read).toEqual({
      subject: 'alice: two access keys exist, no new key yet',
      details: { secret: 'alice', previousAccessKeyIds: ['AKIAX', 'AKIAY'] },
      text: `IAM user alice had two access keys when its rotation began: AKIAX and AKIAY.
IAM allows at most two access keys per user, so a new key cannot be issued yet.

To get a new key without delay, delete the key that no program needs:

  aws iam delete-access-key --user-name alice --access-key-id AKIAX --region eu-west-1

Otherwise a key that is inactive, or else one that was not used for 90 days, is retired first. Then a new key is issued:

  2026-04-15  it is deactivated, if it is still unused then
  2026-04-29  it is deleted, 14 days after it was found inactive at the earliest

If both are in use, neither is changed, and you receive a message that explains what to do.
`,
    });
  });

  test('a postponed deactivation', () => {
    expect(postponedMessage(create, 'AKIAOLD', AT, 'unknown')).toEqual({
      subject: 'alice: old access key is in use, stops working on 2026-04-01 at the latest',
      attributes: { username: 'alice', event: 'postponed', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', deactivatedAt: '2026-04-01T03:12:45.000Z' },
      text: `The deactivation of the previous access key AKIAOLD of IAM user alice is due, but was postponed,
because the key is still in use: it was ${describeUse('unknown')}.

Switch every program that uses it to the current key.
The old key is deactivated as soon as a check finds it not in use. While it is in use, it is deactivated on 2026-04-01 at the latest (UTC).

${HOW_TO_FETCH}`,
    });
  });

  test('a leak', () => {
    const policy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",'
      + '"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-04-01T03:22:45Z"}}}]}';
    expect(leakedMessage(create, 'AKIAOLD', AT)).toEqual({
      subject: 'alice: leaked access key is inactive',
      attributes: { username: 'alice', event: 'deactivated', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', reason: 'leaked', deletedAt: '2026-04-15T02:40:00.000Z' },
      text: `The access key AKIAOLD of IAM user alice was reported as leaked.
It has been inactive since 2026-04-01 03:12 UTC.

Switch every program that used it to the current key. Fetch the current key with credentials other than the leaked key:

  ${FETCH}

Sessions that were created with the key (GetSessionToken, GetFederationToken) are valid until they expire.
To end them within a few minutes:

  aws iam put-user-policy --user-name alice --policy-name RevokeOlderSessions --policy-document '${policy}' --region eu-west-1

This policy denies requests of sessions of the user that were created before 2026-04-01 03:22 UTC: AWS can accept the key
for some minutes after its deactivation. Programs that created sessions with the new key before that time create them again after it.
It does not affect requests that are signed with an access key of the user. You can delete it after 36 hours.
It does not end sessions of roles that were assumed with the key: revoke the sessions of these roles.
Check in CloudTrail which requests were signed with the key.

What happens next (UTC):
  2026-04-15  AKIAOLD is deleted, and cannot be restored
`,
    });
  });

  test('a leaked key that was deleted at once says so, and has no date in the future', () => {
    const { subject, attributes, details, text } = leakedMessage(create, 'AKIAOLD', AT, 'deleted');
    expect({ subject, attributes, details }).toEqual({
      subject: 'alice: leaked access key is deleted',
      attributes: { username: 'alice', event: 'deleted', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', reason: 'leaked' },
    });
    expect(text).toContain('was reported as leaked.\nIt is deleted.');
    expect(text).toContain('To end them within a few minutes:');
    expect(text).not.toContain('What happens next');
  });

  test('a new key that replaces a leaked one', () => {
    const { subject, details, text } = createdMessage(create, 'AKIANEW', AT, [], { leaked: 'AKIAOLD' });
    expect(subject).toBe('alice: new access key, it replaces a leaked one');
    expect(details).toEqual({ secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:00:00.000Z' });
    expect(text).toContain(`It replaces AKIAOLD, which leaked and does not work any more.
Switch every program that used AKIAOLD to the new key now.`);
  });

  const REPORT: Exposure = { source: 'AWS Health', code: 'AWS_RISK_CREDENTIALS_EXPOSED', keyIds: ['AKIAOLD'] };
  const oldKey = userState([{ keyId: 'AKIAOLD', active: true, createdAt: AT }], readLedger({}), AT).keys[0];
  const REVOKE =
    'aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out'
    + ' --payload \'{"action":"revoke","username":"alice","accessKeyId":"AKIAOLD"}\' answer.json && cat answer.json';
  const QUARANTINE = `AWS may have attached a policy AWSCompromisedKeyQuarantine to the user. It denies managing access keys, GetSessionToken,
reading S3 and more to every key of the user, also to a new one.
It does not deny reading the secret: a person with an active key of the user may read the current key.`;

  test('an exposed key that a person has to revoke', () => {
    expect(exposedKeyMessage(create, oldKey, REPORT, undefined)).toEqual({
      subject: 'alice: AWS reports an exposed access key',
      attributes: { username: 'alice', event: 'exposed', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice', reason: 'AWS_RISK_CREDENTIALS_EXPOSED', remedy: `Revoke the key: ${REVOKE}` },
      text: `AWS reports that the access key AKIAOLD of IAM user alice is exposed: AWS_RISK_CREDENTIALS_EXPOSED.
It is active.

Revoke the key now:

  ${REVOKE}

A new key replaces it in the secret, and the leaked key is deactivated. The notification about that has the command that ends its sessions.

${QUARANTINE}

Detach that policy from the user when the key is revoked, or programs with the new key are denied as well. Then answer the support case of AWS.
`,
    });
  });

  test('an exposed key that was revoked', () => {
    const revocation = { revoked: true, message: 'new key AKIANEW is current, and the leaked key AKIAOLD is inactive' };
    expect(exposedKeyMessage(create, { ...oldKey, active: false }, REPORT, revocation).text)
      .toBe(`AWS reports that the access key AKIAOLD of IAM user alice is exposed: AWS_RISK_CREDENTIALS_EXPOSED.
It was revoked: new key AKIANEW is current, and the leaked key AKIAOLD is inactive.

${QUARANTINE}

Detach that policy from the user, or programs with the new key are denied as well. Then answer the support case of AWS.
`);
  });

  test('a finding of GuardDuty', () => {
    const finding: Exposure = { ...REPORT, source: 'GuardDuty', code: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller' };
    const { subject, text } = exposedKeyMessage(create, oldKey, finding, undefined);
    expect(subject).toBe('alice: suspicious use of an access key');
    expect(text)
      .toBe(`GuardDuty reports suspicious use of the access key AKIAOLD of IAM user alice: UnauthorizedAccess:IAMUser/MaliciousIPCaller.
It is active. The rotation changed nothing, because the use can be legitimate. Review the finding in GuardDuty.

If the use is not legitimate, revoke the key:

  ${REVOKE}

A new key replaces it in the secret, and the leaked key is deactivated. The notification about that has the command that ends its sessions.
`);
  });

  test('a roll-back', () => {
    expect(rolledBackMessage(create, 'AKIANEW', AT, 'AKIAOLD')).toEqual({
      subject: 'alice: rolled back to the previous access key',
      attributes: { username: 'alice', event: 'rolled-back', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIAOLD',
        previousAccessKeyIds: ['AKIANEW'],
        deactivatedAt: '2026-04-15T02:20:00.000Z',
        deletedAt: '2026-04-29T01:40:00.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice has been current again since 2026-04-01 03:12 UTC.

Switch every program that uses AKIANEW back before 2026-04-15 (UTC). Until then, both keys work.

The secret holds the current key:

  ${FETCH}

Rotation continues when AKIANEW is deleted.

What happens next (UTC):
  2026-04-15  AKIANEW is deactivated
  2026-04-29  AKIANEW is deleted, and a new key is issued if one is due
`,
    });
  });

  test('an unmanaged key', () => {
    const unmanaged = { keyId: 'AKIAX', createdAt: AT, active: true };
    const what =
      'IAM user alice has an access key that this rotation did not issue: AKIAX, created 2026-04-01 03:12 UTC.';
    expect(unmanagedKeyMessage(create, unmanaged)).toEqual({
      subject: 'alice: an access key was created outside the rotation',
      attributes: { username: 'alice', event: 'unmanaged', accessKeyId: 'AKIAX' },
      details: { secret: 'alice' },
      text: `${what}

If no program needs this key, delete it:

  aws iam delete-access-key --user-name alice --access-key-id AKIAX --region eu-west-1

The rotation does not change it. IAM allows at most two access keys per user, so no new key can be issued while it exists.
`,
    });
    expect(unmanagedKeyMessage({ ...create, retireUnmanagedKeys: true }, unmanaged).text).toBe(`${what}

Switch to the key in the secret.
AKIAX is deactivated after the switch period of 14 days, and deleted after the recovery period of 14 days.
`);
  });

  test('a deletion, with or without a current key', () => {
    const what = 'The previous access key AKIAOLD of IAM user alice was deleted. You do not need to do anything.\n';
    expect(deletedMessage(create, 'AKIAOLD', undefined)).toEqual({
      subject: 'alice: old access key was deleted',
      attributes: { username: 'alice', event: 'deleted', accessKeyId: 'AKIAOLD' },
      details: { secret: 'alice' },
      text: what,
    });
    expect(deletedMessage(create, 'AKIAOLD', { subject: 'AKIANEW', at: AT })).toMatchObject({
      details: { secret: 'alice', currentAccessKeyId: 'AKIANEW', replacedAt: '2026-06-30T03:00:00.000Z' },
      text: `${what}\nWhat happens next (UTC):\n  2026-06-30  AKIANEW is replaced by a new key\n`,
    });
  });

  test('an orphaned key was deleted', () => {
    expect(orphanDeletedMessage(create, 'AKIANEW')).toEqual({
      subject: 'alice: unused access key of a failed run was deleted',
      attributes: { username: 'alice', event: 'orphan-deleted', accessKeyId: 'AKIANEW' },
      details: { secret: 'alice' },
      text: `The access key AKIANEW of IAM user alice was deleted. You do not need to do anything:
the key was never published and never used, and the current key is not affected.

A run of the rotation had created the key, and failed before it could publish it.
`,
    });
  });

  test('a blocked rotation, without an access key ID', () => {
    const { attributes, ...read } = blockedMessage(create, 'no slot is free', 'delete one');
    expect(Object.keys(attributes)).toEqual(['username', 'event']);
    expect(attributes).toEqual({ username: 'alice', event: 'blocked' });
    expect(read).toEqual({
      subject: 'alice: access key cannot be rotated',
      details: { secret: 'alice', reason: 'no slot is free', remedy: 'delete one' },
      text: `The rotation of IAM user alice is blocked: no slot is free.

What to do:

  delete one

Nothing was changed. The check is repeated on schedule, and the rotation continues when the problem is fixed.
`,
    });
  });

  const reminder = (more: Partial<ReminderDetails>) =>
    reminderMessage(create, 'AKIAOLD', {
      before: 'deactivation',
      at: AT,
      uses: ['It was last used …'],
      current: 'AKIANEW',
      canRollBack: true,
      ...more,
    });

  test('a reminder of a deactivation', () => {
    expect(reminder({})).toEqual({
      subject: 'alice: old access key stops working on 2026-04-01',
      attributes: { username: 'alice', event: 'reminder', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIANEW',
        previousAccessKeyIds: ['AKIAOLD'],
        deactivatedAt: '2026-04-01T03:12:45.000Z',
        deletedAt: '2026-04-15T02:40:00.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice stops working on 2026-04-01 (UTC).
Some programs may still use it.
It was last used …

Switch to the current key, AKIANEW, before 2026-04-01. Until then, both keys work.

${HOW_TO_FETCH}
What happens next (UTC):
  2026-04-01  AKIAOLD is deactivated
  2026-04-15  AKIAOLD is deleted
`,
    });
  });

  test('a reminder of a deactivation, before the first key is issued', () => {
    expect(reminder({ current: undefined, uses: [] }).text).toBe(
      `The previous access key AKIAOLD of IAM user alice stops working on 2026-04-01 (UTC).
Some programs may still use it.

Stop using it before 2026-04-01.

The rotation issues its first key when this key is deleted: IAM allows at most two access keys per user.

What happens next (UTC):
  2026-04-01  AKIAOLD is deactivated
  2026-04-15  AKIAOLD is deleted
`,
    );
  });

  test('a reminder of a deletion: how to roll back while that is possible', () => {
    expect(reminder({ before: 'deletion' })).toEqual({
      subject: 'alice: old access key will be deleted on 2026-04-01',
      attributes: { username: 'alice', event: 'reminder', accessKeyId: 'AKIAOLD' },
      details: {
        secret: 'alice',
        currentAccessKeyId: 'AKIANEW',
        previousAccessKeyIds: ['AKIAOLD'],
        deletedAt: '2026-04-01T03:12:45.000Z',
      },
      text: `The previous access key AKIAOLD of IAM user alice is inactive and will be deleted on 2026-04-01 (UTC). A deleted key cannot be restored.
It was last used …

If no program needs this key, you do not need to do anything.

${HOW_TO_ROLL_BACK}`,
    });
  });

  test('a reminder of a deletion: no roll-back that would be refused', () => {
    expect(reminder({ before: 'deletion', canRollBack: false, uses: [] }).text).toBe(
      `The previous access key AKIAOLD of IAM user alice is inactive and will be deleted on 2026-04-01 (UTC). A deleted key cannot be restored.

If no program needs this key, you do not need to do anything.
`,
    );
  });

  test('a check that failed: which one, why, and what to do', () => {
    const denied =
      'Restore the permissions of the rotation: "cdk deploy --revert-drift" does this, a deploy without the option does not.'
      + ' Check also for a service control policy or a permissions boundary that denies the call.';
    expect(
      failedMessage(
        request('deactivate'),
        new Failure('alice: iam ListAccessKeys failed with AccessDenied: no', 'AccessDenied'),
      ),
    ).toEqual({
      subject: 'alice: a check of the access key failed',
      attributes: { username: 'alice', event: 'failed' },
      details: { secret: 'alice', reason: 'alice: iam ListAccessKeys failed with AccessDenied: no', remedy: denied },
      text: `A check of IAM user alice, whether the deactivation of the previous key is due, failed:

  alice: iam ListAccessKeys failed with AccessDenied: no

What to do: ${denied}

The check is repeated at its next scheduled time, or within minutes if it changed nothing. The key in the secret has not changed.
`,
    });
  });
});

describe('a check that failed', () => {
  test.each([
    ['create', 'whether a new key is due'],
    ['deactivate', 'whether the deactivation of the previous key is due'],
    ['delete', 'whether the deletion of the previous key is due'],
  ] as const)('%s: %s', (action, what) => {
    expect(failedMessage(request(action), new Failure('why', 'Other'))!.text).toContain(
      `A check of IAM user alice, ${what}, failed:`,
    );
  });

  test.each([
    [
      'VerificationFailed',
      'Nothing, unless you receive this message again tomorrow. Then check whether AWS reports a problem, and whether the new key is prevented from calling STS.',
    ],
    ['CleanupFailed', 'Nothing: the unfinished key was not published, and a later check deletes it.'],
    ['NotFound', 'See the reason above, and the section "Failed checks" of the runbook.'],
  ] as const)('%s: %s', (cause, remedy) => {
    expect(failedMessage(create, new Failure('why', cause))!.details.remedy).toBe(remedy);
  });

  test('no message about a transient failure', () => {
    expect(CAUSES.filter((cause) => !failedMessage(create, new Failure('why', cause)))).toEqual([
      'Throttled',
      'NetworkError',
      'InsufficientTime',
    ]);
  });

  test('no message about a manual event: its sender has the error', () => {
    for (const action of ['revoke', 'rollback', 'status'] as const) {
      expect(failedMessage(request(action), new Failure('why', 'Other'))).toBeUndefined();
    }
  });
});

test('a name is shortened only if the subject would be too long', () => {
  const subjectOf = (length: number) =>
    blockedMessage({ ...create, username: 'u'.repeat(length) }, 'why', 'remedy').subject;
  const headline = ': access key cannot be rotated';
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
      deactivatedMessage(long, 'K', AT, deactivation),
      reminderMessage(long, 'K', { ...deactivation, before: 'deactivation', at: AT }),
      reminderMessage(long, 'K', { ...deactivation, before: 'deletion', at: AT }),
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

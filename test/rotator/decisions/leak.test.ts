/** The rows of the table in src/rotator/decisions/leak.ts. */
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { ago, current, fact, inactive, iso, key, NOW, previous, step } from '../decide';
import { manualRequest, request } from '../support';

const leak = (accessKeyId: string) => manualRequest('revoke', { accessKeyId });
const leaked = (keyId: string, days = 0) => fact('leaked', keyId, days);

describe('the leak is recorded first', () => {
  test('on the version of the key, or on that of the current key if it was not issued', () => {
    const versions = { ...previous('A', 100), ...current('B', 10) };
    expect(step(leak('A'), [key('A', 100), key('B', 10)], versions)).toEqual({
      do: 'record',
      add: { label: `akr1.leaked.A.${iso(NOW)}`, version: 'v0' },
      remove: [],
    });
    expect(step(leak('X'), [key('X', 5), key('B', 10)], current('B', 10))).toMatchObject({
      do: 'record',
      add: { version: 'v1' },
    });
  });

  test('even while another run is active: a later check acts on it', () => {
    const versions = { ...current('B', 90), v2: [`akr1.claim.run.${iso(NOW)}`] };
    expect(step(leak('B'), [key('B', 90)], versions)).toMatchObject({ do: 'record' });
    expect(
      step(leak('B'), [key('B', 90)], { ...current('B', 90, leaked('B')), v2: [`akr1.claim.run.${iso(NOW)}`] }),
    ).toMatchObject({ outcome: 'locked' });
  });

  test('but not for an ID that is no key of the user, which is refused at once, even while another run is active', () => {
    expect(step(leak('NONE'), [key('B', 10)], current('B', 10))).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('has B'),
    });
    const issuing = { ...current('B', 90), v2: [`akr1.claim.run.${iso(NOW)}`] };
    expect(step(leak('NONE'), [key('B', 90)], issuing)).toMatchObject({ outcome: 'refused' });
  });

  test('and not before a key was issued', () => {
    expect(step(leak('X'), [key('X', 10)], {})).toMatchObject({ outcome: 'refused' });
  });
});

describe.each([
  ['by the event', leak('A')],
  ['by any later check', request('delete')],
])('%s, a leaked key that is not current', (_how, event) => {
  test('is deactivated at once, even in its switch period', () => {
    const versions = { ...previous('A', 90, leaked('A')), ...current('B', 0) };
    expect(step(event, [key('A', 90), key('B', 0)], versions)).toEqual({
      do: 'deactivate',
      key: key('A', 90),
      reason: 'leaked',
    });
  });

  test('even if another principal created it', () => {
    expect(step(event, [key('A', 3), key('B', 50)], current('B', 50, leaked('A')))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });

  test('stays active while the current key is inactive: no key would work', () => {
    const versions = { ...previous('A', 100, leaked('A')), ...current('B', 10, fact('inactive', 'B', 1)) };
    expect(step(leak('A'), [key('A', 100), inactive('B', 10)], versions)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('still active'),
    });
    expect(step(request('delete'), [key('A', 100), inactive('B', 10)], versions)).toMatchObject({ outcome: 'waiting' });
  });

  test('is replaced by a new key if the current one is missing', () => {
    const missing = (days: number) => ({
      ...previous('A', 100, leaked('A')),
      ...current('B', 10, fact('missing', 'B', days)),
    });
    expect(step(event, [key('A', 100)], missing(0))).toMatchObject({ outcome: 'waiting' });
    expect(step(event, [key('A', 100)], missing(1))).toMatchObject({ do: 'issue', revoke: { keyId: 'A' } });
  });

  test('is deleted after the recovery period, as any other key', () => {
    const versions = (days: number) => ({
      ...previous('A', 120, leaked('A', days), fact('inactive', 'A', days)),
      ...current('B', 30),
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(12))).toMatchObject({
      outcome: 'not-due',
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(13))).toMatchObject({
      do: 'remind',
      before: 'deletion',
    });
    expect(step(request('delete'), [inactive('A', 120), key('B', 30)], versions(14))).toMatchObject({
      do: 'delete',
      key: { keyId: 'A' },
    });
  });
});

describe.each([
  ['by the event', leak('B')],
  ['by any later check', request('create')],
])('%s, a leaked key that is current', (_how, event) => {
  test('is replaced at once, at any age', () => {
    expect(step(event, [key('B', 0.1)], current('B', 0.1, leaked('B')))).toEqual({
      do: 'issue',
      adopt: [],
      revoke: key('B', 0.1),
    });
  });

  test('is replaced even if it is inactive already', () => {
    expect(step(event, [inactive('B', 5)], current('B', 5, leaked('B'), fact('inactive', 'B', 0)))).toMatchObject({
      do: 'issue',
      revoke: { keyId: 'B' },
    });
  });

  test('is replaced by the previous key, if that is active', () => {
    const versions = { ...previous('A', 95), ...current('B', 5, leaked('B')) };
    expect(step(event, [key('A', 95), key('B', 5)], versions)).toMatchObject({
      do: 'restore',
      key: { subject: 'A', version: 'v0' },
      revoke: { keyId: 'B' },
    });
  });

  test('is replaced by the previous key, if that is inactive', () => {
    const versions = { ...previous('A', 110, fact('inactive', 'A', 6)), ...current('B', 20, leaked('B')) };
    expect(step(event, [inactive('A', 110), key('B', 20)], versions)).toMatchObject({
      do: 'restore',
      key: { subject: 'A' },
    });
  });

  test('waits if a check may be deactivating or deleting that key, until such a check has ended', () => {
    const due = (sinceLeak: number) => ({ ...previous('A', 104), ...current('B', 14, leaked('B', sinceLeak)) });
    const until = new Date(NOW.getTime() + CLAIM_LIFETIME);
    expect(step(event, [key('A', 104), key('B', 14)], due(0))).toMatchObject({ outcome: 'locked', until });
    expect(step(event, [key('A', 104), key('B', 14)], due(CLAIM_LIFETIME / 86_400_000))).toMatchObject({
      do: 'restore',
    });
    const dueForDeletion = { ...previous('A', 118, fact('inactive', 'A', 14)), ...current('B', 28, leaked('B')) };
    expect(step(event, [inactive('A', 118), key('B', 28)], dueForDeletion)).toMatchObject({ outcome: 'locked', until });
  });

  test('waits if that key is inactive without a record: a check may be deactivating it', () => {
    const just = { ...previous('A', 104), ...current('B', 14, leaked('B', 0)) };
    expect(step(event, [inactive('A', 104), key('B', 14)], just)).toMatchObject({ outcome: 'locked' });
    const longAgo = { ...previous('A', 104), ...current('B', 14, leaked('B', 1)) };
    expect(step(event, [inactive('A', 104), key('B', 14)], longAgo)).toMatchObject({
      do: 'restore',
      key: { subject: 'A' },
    });
  });

  test('if the other key leaked as well, that one is deleted at once, which frees a slot', () => {
    const both = { ...previous('A', 110, leaked('A'), fact('inactive', 'A', 6)), ...current('B', 20, leaked('B')) };
    expect(step(event, [inactive('A', 110), key('B', 20)], both)).toMatchObject({
      do: 'delete',
      key: { keyId: 'A' },
      reason: 'leaked',
    });
    const active = { ...previous('A', 110, leaked('A')), ...current('B', 20, leaked('B')) };
    // one after the other
    expect(step(event, [key('B', 20), key('A', 110)], active)).toMatchObject({ do: 'deactivate', key: { keyId: 'A' } });
  });

  test('after its replacement, it is not reported as a displaced key', () => {
    const versions = {
      v0: ['AWSPREVIOUS', fact('key', 'B', 5), leaked('B', 1), fact('inactive', 'B', 1)],
      ...current('A', 95),
    };
    expect(step(request('create'), [key('A', 95), inactive('B', 5)], versions)).toMatchObject({
      outcome: 'waiting',
      until: ago(-13),
    });
    expect(step(leak('B'), [key('A', 95), inactive('B', 5)], versions)).toMatchObject({ outcome: 'not-due' });
  });
});

test('one of two adopted keys can be revoked: the other one works', () => {
  const versions = { v0: ['AWSCURRENT', fact('adopted', 'X', 1), fact('adopted', 'Y', 1), leaked('X')] };
  expect(step(leak('X'), [key('X', 400), key('Y', 300)], versions)).toMatchObject({
    do: 'deactivate',
    key: { keyId: 'X' },
  });
});

describe('a leaked current key beside a key that was not issued', () => {
  test('stays active: a person has to act, with both commands', () => {
    const unmanaged = current('B', 20, leaked('B'), fact('unmanaged', 'X', 1));
    for (const event of [leak('B'), request('create')]) {
      expect(step(event, [key('X', 10), key('B', 20)], unmanaged)).toMatchObject({
        do: 'report',
        remedy: expect.stringMatching(
          /delete-access-key .*--access-key-id X.*update-access-key .*--access-key-id B --status Inactive/,
        ),
      });
    }
  });

  test('but if that one was adopted, it is retired, which frees a slot', () => {
    const adopted = {
      v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 14)],
      ...current('B', 14, leaked('B')),
    };
    expect(step(request('deactivate'), [key('X', 400), key('B', 14)], adopted)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'X' },
    });
  });
});

describe('the exact messages', () => {
  const versions = { ...previous('A', 110), ...current('B', 20) };
  const manualCommand = (keyId: string) =>
    `; to deactivate the leaked key anyway: aws iam update-access-key --user-name alice --access-key-id ${keyId} --status Inactive --region eu-west-1`;

  test('of a leak that cannot be recorded', () => {
    expect(step(leak('NONE'), [key('A', 110), key('B', 20)], versions)).toEqual({
      do: 'nothing',
      outcome: 'refused',
      why: 'NONE is not an access key of alice, which has A and B',
      until: undefined,
    });
    expect(step(leak('NONE'), [], {})).toMatchObject({ why: 'NONE is not an access key of alice, which has none' });
    expect(step(leak('X'), [key('X', 10)], {})).toMatchObject({
      why: 'this rotation has not issued a key for alice yet, so no key can replace X',
    });
  });

  test('of a leaked key that is inactive', () => {
    expect(
      step(leak('A'), [inactive('A', 110), key('B', 20)], {
        ...versions,
        v0: [fact('key', 'A', 110), leaked('A', 1), fact('inactive', 'A', 1)],
      }),
    ).toEqual({
      do: 'nothing',
      outcome: 'not-due',
      why: 'the leaked key A is inactive, and is deleted after the recovery period',
      until: undefined,
    });
  });

  test('without a slot and without a key to make current', () => {
    const unmanaged = current('B', 20, leaked('B'), fact('unmanaged', 'X', 1), fact('inactive', 'X', 1));
    const why = (state: string) =>
      `the leaked key B is still ${state}: no slot is free for a new key, and this rotation does not have the secret access key of X, the other key`;
    const remedy =
      'delete X if it is not needed (aws iam delete-access-key --user-name alice --access-key-id X --region eu-west-1), and the next check issues a new key';
    expect(step(leak('B'), [inactive('X', 10), key('B', 20)], unmanaged)).toEqual({
      do: 'report',
      why: why('active'),
      remedy: remedy + manualCommand('B'),
    });
    const off = current('B', 20, leaked('B'), fact('inactive', 'B', 1), fact('unmanaged', 'X', 1));
    expect(step(leak('B'), [key('X', 10), inactive('B', 20)], off)).toEqual({
      do: 'report',
      why: why('the current one'),
      remedy,
    });
  });

  test('with a value that another principal wrote: the key in use is unknown', () => {
    const overwritten = {
      v2: ['AWSCURRENT'],
      v0: [fact('key', 'A', 110), leaked('A')],
      v1: [fact('key', 'B', 20), fact('displaced', 'B', 1)],
    };
    expect(step(leak('A'), [key('A', 110), inactive('B', 20)], overwritten)).toEqual({
      do: 'report',
      why: 'the leaked key A is still active: the current value of secret alice (version v2) was not written by this rotation',
      remedy:
        'make B of alice current: aws iam update-access-key --user-name alice --access-key-id B --status Active --region eu-west-1'
        + " && aws secretsmanager update-secret-version-stage --secret-id 'alice' --version-stage AWSCURRENT"
        + ` --move-to-version-id v1 --remove-from-version-id v2 --region eu-west-1${manualCommand('A')}`,
    });
  });
});

describe('of two leaked keys', () => {
  test('the one that is not current is deactivated first, at once', () => {
    const both = { ...previous('A', 110, leaked('A')), ...current('B', 20, leaked('B')) };
    expect(step(leak('B'), [key('B', 20), key('A', 110)], both)).toEqual({
      do: 'deactivate',
      key: key('A', 110),
      reason: 'leaked',
    });
    expect(step(leak('A'), [key('A', 110), key('B', 20)], both)).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });

  test('and then deleted, which frees a slot for a new key', () => {
    const both = { ...previous('A', 110, leaked('A'), fact('inactive', 'A', 0)), ...current('B', 20, leaked('B')) };
    expect(step(leak('B'), [inactive('A', 110), key('B', 20)], both)).toEqual({
      do: 'delete',
      key: inactive('A', 110),
      reason: 'leaked',
    });
  });

  test('with a record first, for the notification of the deletion', () => {
    const unrecorded = { ...previous('A', 110, leaked('A')), ...current('B', 20, leaked('B')) };
    expect(step(leak('B'), [inactive('A', 110), key('B', 20)], unrecorded)).toEqual({
      do: 'record',
      add: { label: `akr1.inactive.A.${iso(NOW)}.unnotified`, version: 'v0' },
      remove: [],
    });
  });

  test('the other one is deactivated before it is deleted, also if the current key is missing', () => {
    const missing = (...more: string[]) => ({
      ...previous('A', 110, leaked('A')),
      ...current('B', 20, fact('missing', 'B', 1), leaked('X'), ...more),
    });
    expect(step(leak('X'), [key('A', 110), key('X', 5)], missing())).toEqual({
      do: 'deactivate',
      key: key('X', 5),
      reason: 'leaked',
    });
    expect(step(leak('X'), [key('A', 110), inactive('X', 5)], missing(fact('inactive', 'X', 0)))).toEqual({
      do: 'delete',
      key: inactive('X', 5),
      reason: 'leaked',
    });
  });
});

test.each(['deactivate', 'delete'] as const)(
  'an obstacle to the replacement of a leaked key does not stop a %s: it may be a key that is being retired',
  (action) => {
    const adopted = {
      v0: ['AWSPREVIOUS', 'akr1.initialized', fact('adopted', 'X', 5)],
      ...current('B', 5, leaked('B')),
    };
    expect(step(request(action), [key('X', 400), key('B', 5)], adopted)).toMatchObject({ outcome: 'not-due' });
    expect(step(request('create'), [key('X', 400), key('B', 5)], adopted)).toMatchObject({ do: 'report' });
  },
);

describe('if the current key is not the expected one', () => {
  test('AWSCURRENT was moved back to the leaked key: it moves forward again', () => {
    const movedBack = {
      v0: ['AWSPREVIOUS', fact('key', 'B', 20), fact('displaced', 'B', 2)],
      ...current('A', 110, leaked('A', 1)),
    };
    expect(step(leak('A'), [key('A', 110), key('B', 20)], movedBack)).toMatchObject({
      do: 'restore',
      key: { subject: 'B' },
      revoke: { keyId: 'A' },
    });
  });

  test('it is missing, and the other key was issued: that one becomes current', () => {
    const missing = { ...previous('A', 110), ...current('B', 20, fact('missing', 'B', 1), leaked('X', 1)) };
    expect(step(leak('X'), [key('A', 110), key('X', 5)], missing)).toMatchObject({
      do: 'restore',
      key: { subject: 'A' },
      revoke: { keyId: 'X' },
    });
  });

  test('it is missing, and the other key was not issued: a person has to act', () => {
    const missing = {
      ...previous('A', 110, leaked('A', 1)),
      ...current('B', 20, fact('missing', 'B', 1), fact('unmanaged', 'X', 1)),
    };
    expect(step(leak('A'), [key('A', 110), key('X', 5)], missing)).toMatchObject({
      do: 'report',
      why: expect.stringContaining('does not have the secret access key of X, the other key'),
    });
  });
});

describe('a check may be retiring the key that has to become current', () => {
  const MINUTE = 1 / 1440;
  const margin = 75 * MINUTE;
  const until = new Date(NOW.getTime() + CLAIM_LIFETIME);

  test('from an hour and a quarter before its deactivation is due', () => {
    const young = (days: number) =>
      step(leak('B'), [key('A', 104), key('B', days)], { ...previous('A', 104), ...current('B', days, leaked('B')) });
    expect(young(14 - margin)).toEqual({
      do: 'nothing',
      outcome: 'locked',
      why: 'a check may be retiring A, which has to become current',
      until,
    });
    expect(young(14 - margin - MINUTE).do).toBe('restore');
  });

  test('or its deletion', () => {
    const off = (days: number) =>
      step(leak('B'), [inactive('A', 118), key('B', 28)], {
        ...previous('A', 118, fact('inactive', 'A', days)),
        ...current('B', 28, leaked('B')),
      });
    expect(off(14 - margin)).toMatchObject({ outcome: 'locked', until });
    expect(off(14 - margin - MINUTE).do).toBe('restore');
  });
});

import { afterRecords, applyRecord } from '../../../src/rotator/decisions/next-step';
import { Claim, Fact, IssuedKey, readLedger } from '../../../src/rotator/domain/ledger';
import { Step } from '../../../src/rotator/domain/step';
import { dryRunOutcome } from '../../../src/rotator/messages/dry-run';
import { current, fact, inactive, iso, key, NOW, previous, stateOf, step } from '../decide';
import { manualRequest, request } from '../support';

const messageOf = (...decision: Parameters<typeof step>) => dryRunOutcome(step(...decision), decision[0]).message;

test('each step in words', () => {
  const retiring = { ...previous('A', 104), ...current('B', 14) };
  expect(messageOf(request('create', undefined, true, { retireExistingKeys: true }), [key('X', 5)], {})).toContain(
    'issue a new key and make it current, deactivate the existing key X after the switch period',
  );
  expect(
    messageOf(request('create', undefined, true, { retireExistingKeys: true }), [key('X', 5), key('Y', 5)], {}),
  ).toContain('record that X and Y are to be retired');
  expect(messageOf(request('deactivate'), [key('A', 104), key('B', 14)], retiring)).toContain(
    'deactivate A, whose switch period is over',
  );
  expect(messageOf(request('deactivate'), [inactive('A', 104), key('B', 14)], retiring)).toContain(
    'start the recovery period of A',
  );
  expect(
    messageOf(request('delete'), [inactive('A', 118), key('B', 28)], {
      ...previous('A', 118, fact('inactive', 'A', 14)),
      ...current('B', 28),
    }),
  ).toContain('delete A, whose recovery period');
  expect(
    messageOf(request('create'), [key('B', 5)], {
      ...previous('A', 118, fact('inactive', 'A', 14)),
      ...current('B', 5),
    }),
  ).toContain('send the notification that A was deleted');
  expect(messageOf(request('create'), [key('B', 5), key('X', 1)], current('B', 5))).toContain(
    'X was created outside the rotation',
  );
  expect(messageOf(request('create'), [inactive('B', 5)], current('B', 5))).toContain(
    `record: + akr1.inactive.B.${iso(NOW)}`,
  );
  expect(messageOf(request('create'), [key('B', 5)], { ...current('B', 5), v2: [fact('claim', 'run', 1)] })).toContain(
    'remove what a failed run left',
  );
  expect(
    messageOf(manualRequest('revoke', { accessKeyId: 'A' }), [key('A', 95), key('B', 5)], {
      ...previous('A', 95, fact('leaked', 'A', 0)),
      ...current('B', 5),
    }),
  ).toContain('deactivate A, which leaked');
  expect(
    messageOf(manualRequest('revoke', { accessKeyId: 'B' }), [key('B', 5)], current('B', 5, fact('leaked', 'B', 0))),
  ).toContain('issue a new key, deactivate B, which leaked, and make the new key current');
  expect(
    messageOf(manualRequest('rollback'), [inactive('A', 110), key('B', 20)], {
      ...previous('A', 110, fact('inactive', 'A', 6)),
      ...current('B', 20),
    }),
  ).toContain('make A current again, deactivate B after the switch period, and delete it after the recovery period');
});

describe('word for word', () => {
  const AT = new Date('2026-04-01T03:12:45Z');
  const managed = { active: true, createdAt: AT, facts: {}, managed: true, withdrawn: false, published: true };
  const [a, b] = [
    { keyId: 'A', ...managed },
    { keyId: 'B', ...managed },
  ];
  const issued: IssuedKey = { label: 'akr1.key.A', version: 'v0', kind: 'key', subject: 'A', at: AT, notified: true };
  const inactiveFact: Fact = {
    label: 'akr1.inactive.A',
    version: 'v0',
    kind: 'inactive',
    subject: 'A',
    at: AT,
    notified: false,
  };
  const claim: Claim = {
    label: 'akr1.claim.run',
    version: 'v0',
    kind: 'claim',
    subject: 'run',
    at: AT,
    notified: true,
  };

  test.each<[Step, string]>([
    [{ do: 'issue', adopt: [] }, 'issue a new key and make it current'],
    [
      { do: 'issue', adopt: ['X', 'Y'] },
      'issue a new key and make it current, deactivate the existing key X and the existing key Y after the switch period, and delete them after the recovery period',
    ],
    [
      { do: 'issue', adopt: [], replace: { leaked: 'A' } },
      'issue a new key, deactivate A, which leaked, and make the new key current',
    ],
    [
      { do: 'issue', adopt: [], frees: b, replace: { leaked: 'A' } },
      'delete B, because no slot is free, then issue a new key, deactivate A, which leaked, and make the new key current',
    ],
    [
      { do: 'issue', adopt: [], frees: a, replace: { leaked: 'A', fallback: issued } },
      'delete A, because no slot is free, then issue a new key, and make the new key current',
    ],
    [
      { do: 'publish', key: issued, replaces: { ...inactiveFact, kind: 'replaces', subject: 'B' } },
      'publish the new key A, which replaces B, which leaked',
    ],
    [
      { do: 'restore', key: issued, reject: b },
      'make A current again, deactivate B after the switch period, and delete it after the recovery period',
    ],
    [
      { do: 'adopt', adopt: ['X', 'Y'] },
      'record that X and Y are to be retired, because no slot is free for a new key',
    ],
    [{ do: 'get-last-used', keys: [a, b], required: false }, 'get the last use of A and B'],
    [
      { do: 'record', add: issued, remove: [inactiveFact, inactiveFact] },
      'record: + akr1.key.A, - akr1.inactive.A, - akr1.inactive.A',
    ],
    [{ do: 'record', remove: [inactiveFact] }, 'record: - akr1.inactive.A'],
    [{ do: 'deactivate', key: a, reason: 'period-over' }, 'deactivate A, whose switch period is over'],
    [{ do: 'deactivate', key: a, reason: 'leaked' }, 'deactivate A, which leaked'],
    [{ do: 'record-inactive', key: a }, 'start the recovery period of A, which is inactive'],
    [{ do: 'delete', key: a }, 'delete A, whose recovery period is over'],
    [{ do: 'discard', claim }, 'remove what a failed run left'],
    [
      { do: 'notify-created', key: issued, claim },
      'send the notification about the new key A, which an earlier run did not send',
    ],
    [{ do: 'notify', fact: inactiveFact }, 'send the notification about A, which an earlier run did not send'],
    [{ do: 'notify-deleted', fact: inactiveFact }, 'send the notification that A was deleted'],
    [{ do: 'remind', key: a, before: 'deletion', at: AT }, 'send a reminder of the deletion of A'],
    [
      { do: 'notify-unmanaged', key: a, recordVersion: 'v0' },
      'send the notification that A was created outside the rotation',
    ],
  ])('%j', (nextStep, words) => {
    expect(dryRunOutcome(nextStep, request('create'))).toEqual({
      outcome: 'dry-run',
      message: `dry run, nothing was changed. Next step for alice: ${words}`,
    });
  });

  test('outcomes without a step', () => {
    expect(
      dryRunOutcome({ do: 'nothing', outcome: 'locked', why: 'another run', until: AT }, request('create')),
    ).toEqual({ outcome: 'locked', message: 'another run', until: AT.toISOString() });
    expect(Object.keys(dryRunOutcome({ do: 'nothing', outcome: 'refused', why: 'no' }, request('create')))).toEqual([
      'outcome',
      'message',
    ]);
    expect(dryRunOutcome({ do: 'report', why: 'no slot', remedy: 'delete one' }, request('create'))).toEqual({
      outcome: 'blocked',
      message: 'no slot; delete one',
    });
    expect(dryRunOutcome({ do: 'postpone', key: a, until: AT }, request('deactivate'))).toEqual({
      outcome: 'postponed',
      message: 'the previous key A is still in use',
      until: AT.toISOString(),
    });
  });
});

test('a step that is not due, or blocked, has its own outcome', () => {
  expect(dryRunOutcome(step(request('create'), [key('A', 5)], current('A', 5)), request('create'))).toMatchObject({
    outcome: 'not-due',
    until: expect.any(String),
  });
  expect(
    dryRunOutcome(
      step(request('create'), [inactive('A', 5)], current('A', 5, fact('inactive', 'A', 1))),
      request('create'),
    ),
  ).toMatchObject({ outcome: 'blocked' });
});

test('the decision assumes the records that a check would add first', () => {
  const versions = { v0: ['AWSPREVIOUS', 'akr1.inactive.A', 'blue'], v1: ['AWSCURRENT', 'akr1.inactive.A'] };
  const state = stateOf([key('A', 100)], versions);
  const after = applyRecord(
    {
      do: 'record',
      add: { label: fact('leaked', 'A', 0), version: 'v1' },
      remove: [
        { label: 'akr1.inactive.A', version: 'v0' },
        { label: 'blue', version: 'v1' },
      ],
    },
    state,
  );
  expect(after.ledger).toEqual(
    readLedger({ v0: ['AWSPREVIOUS', 'blue'], v1: ['AWSCURRENT', 'akr1.inactive.A', fact('leaked', 'A', 0)] }),
  );
  expect(after).toMatchObject({ keys: [key('A', 100)], now: NOW });
  expect(applyRecord({ do: 'record', remove: [] }, state)).toEqual(state);
});

test('an unsent notification does not hide later records', () => {
  const versions = current('B', 10, fact('claim', 'run', 10), fact('unmanaged', 'X', 1));
  const create = request('create', undefined, true, { retireUnmanagedKeys: true });
  const { ledger } = afterRecords(create, stateOf([key('B', 10), key('X', 2)], versions));
  expect(ledger.facts.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['current-since B', 'adopted X']);
});

describe('a step that is seldom the next one', () => {
  const issued = { ...readLedger(current('B', 5)).current! };
  const user = (keyId: string) => stateOf([key(keyId, 5)], {}).keys[0];
  test.each<[string, Step, string]>([
    [
      'the slot of a leaked key is needed',
      { do: 'issue', adopt: [], frees: user('A'), replace: { leaked: 'A' } },
      'delete A, because no slot is free, then issue a new key, and make the new key current',
    ],
    [
      'a value that cannot be decrypted is replaced',
      { do: 'issue', adopt: [], early: 'the KMS key is disabled' },
      'issue a new key and make it current, because the KMS key is disabled',
    ],
    ['no key is rejected', { do: 'restore', key: issued }, 'make B current again'],
    [
      'another value is replaced',
      { do: 'replace-value', version: 'v1' },
      'replace the value that this rotation did not write, and then issue a new key',
    ],
    ['the value is read', { do: 'decrypt-current', version: 'v1' }, 'read the current value of the secret'],
    [
      'a secret with a key is used',
      { do: 'take-over', key: user('A'), adopt: ['X'], labels: [], remove: [] },
      'use the key A of the secret as the current key, deactivate X after the switch period, and delete it after the recovery period',
    ],
    [
      'a secret without a key is used',
      { do: 'take-over', adopt: [], labels: [], remove: [] },
      'use the secret, and issue the first key into it',
    ],
    [
      'labels are void',
      {
        do: 'remove-invalid',
        isCrowded: false,
        labels: [
          { label: 'akr1.a', version: 'v1' },
          { label: 'akr1.b', version: 'v1' },
        ],
      },
      'report and remove labels that are void: akr1.a, akr1.b',
    ],
  ])('%s', (_what, next, words) => {
    expect(dryRunOutcome(next, request('create'))).toEqual({
      outcome: 'dry-run',
      message: `dry run, nothing was changed. Next step for alice: ${words}`,
    });
  });

  test('an attempt failed a short time ago: it waits until the next one', () => {
    const until = new Date(NOW.getTime() + 60_000);
    const outcome = dryRunOutcome({ do: 'await-next-attempt', failedAt: NOW, until }, request('create'));
    expect(outcome).toMatchObject({ outcome: 'waiting', until: until.toISOString() });
    expect(outcome.message).toContain('failed');
  });
});

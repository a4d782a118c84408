import { afterRecords, applyRecord } from '../../../src/rotator/decisions/next-step';
import { Claim, Fact, IssuedKey, readLedger } from '../../../src/rotator/domain/ledger';
import { Step } from '../../../src/rotator/domain/step';
import { dryRunOutcome } from '../../../src/rotator/messages/dry-run';
import { current, fact, inactive, iso, key, NOW, previous, stateOf, step, userKey } from '../decide';
import { manualRequest, request } from '../support';

const plan = (...decision: Parameters<typeof step>) => dryRunOutcome(step(...decision), decision[0]).message;

test('each step in words', () => {
  const retiring = { ...previous('A', 104), ...current('B', 14) };
  expect(plan(request('create', undefined, true, { retireExistingKeys: true }), [key('X', 5)], {})).toContain(
    'issue a new key and make it current, and retire X, which the user has already',
  );
  expect(
    plan(request('create', undefined, true, { retireExistingKeys: true }), [key('X', 5), key('Y', 5)], {}),
  ).toContain('put on record that X and Y are to be retired');
  expect(plan(request('deactivate'), [key('A', 104), key('B', 14)], retiring)).toContain(
    'deactivate A, whose grace is over',
  );
  expect(plan(request('deactivate'), [inactive('A', 104), key('B', 14)], retiring)).toContain(
    'begin the second grace period of A',
  );
  expect(
    plan(request('delete'), [inactive('A', 118), key('B', 28)], {
      ...previous('A', 118, fact('inactive', 'A', 14)),
      ...current('B', 28),
    }),
  ).toContain('delete A, whose second grace');
  expect(
    plan(request('create'), [key('B', 5)], { ...previous('A', 118, fact('inactive', 'A', 14)), ...current('B', 5) }),
  ).toContain('tell people that A is gone');
  expect(plan(request('create'), [key('B', 5), key('X', 1)], current('B', 5))).toContain('somebody else made X');
  expect(plan(request('create'), [inactive('B', 5)], current('B', 5))).toContain(
    `put on record: + akr1.inactive.B.${iso(NOW)}`,
  );
  expect(plan(request('create'), [key('B', 5)], { ...current('B', 5), v2: [fact('claim', 'run', 1)] })).toContain(
    'clean up after a run that died',
  );
  expect(
    plan(manualRequest('revoke', { accessKeyId: 'A' }), [key('A', 95), key('B', 5)], {
      ...previous('A', 95, fact('leaked', 'A', 0)),
      ...current('B', 5),
    }),
  ).toContain('deactivate A, which leaked');
  expect(
    plan(manualRequest('revoke', { accessKeyId: 'B' }), [key('B', 5)], current('B', 5, fact('leaked', 'B', 0))),
  ).toContain('then deactivate B, which leaked');
  expect(
    plan(manualRequest('rollback'), [inactive('A', 110), key('B', 20)], {
      ...previous('A', 110, fact('inactive', 'A', 6)),
      ...current('B', 20),
    }),
  ).toContain('make A current again, and retire B after both grace periods');
});

describe('word for word', () => {
  const AT = new Date('2026-04-01T03:12:45Z');
  const [a, b] = [userKey(key('A', 100)), userKey(key('B', 10))];
  const issued: IssuedKey = { label: 'akr1.key.A', version: 'v0', kind: 'key', subject: 'A', at: AT, notified: true };
  const off: Fact = {
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
      'issue a new key and make it current, and retire X and Y, which the user has already, after both grace periods',
    ],
    [{ do: 'issue', adopt: [], revoke: a }, 'issue a new key and make it current, then deactivate A, which leaked'],
    [{ do: 'restore', key: issued, reject: b }, 'make A current again, and retire B after both grace periods'],
    [{ do: 'restore', key: issued, revoke: b }, 'make A current again, then deactivate B, which leaked'],
    [
      { do: 'adopt', adopt: ['X', 'Y'] },
      'put on record that X and Y are to be retired, as no slot is free for a new key',
    ],
    [{ do: 'get-last-used', keys: [a, b], required: false }, 'look up when A and B were used last'],
    [
      { do: 'record', add: issued, remove: [off, off] },
      'put on record: + akr1.key.A, - akr1.inactive.A, - akr1.inactive.A',
    ],
    [{ do: 'record', remove: [off] }, 'put on record: - akr1.inactive.A'],
    [{ do: 'deactivate', key: a, reason: 'period-over' }, 'deactivate A, whose grace is over'],
    [{ do: 'deactivate', key: a, reason: 'leaked' }, 'deactivate A, which leaked'],
    [{ do: 'record-inactive', key: a }, 'begin the second grace period of A, which is inactive'],
    [{ do: 'delete', key: a, reason: 'period-over' }, 'delete A, whose second grace period is over'],
    [{ do: 'delete', key: a, reason: 'leaked' }, 'delete A, which leaked'],
    [{ do: 'discard', claim }, 'clean up after a run that died'],
    [
      { do: 'notify-created', key: issued, claim },
      'tell people about the new key A, which a run before this one could not',
    ],
    [{ do: 'notify', fact: off }, 'tell people about A, which a run before this one could not'],
    [{ do: 'notify-deleted', fact: off }, 'tell people that A is gone'],
    [{ do: 'remind', key: a, before: 'deletion', at: AT }, 'remind people of the deletion of A'],
    [{ do: 'notify-unmanaged', key: a, recordVersion: 'v0' }, 'tell people that somebody else made A'],
  ])('%j', (planned, words) => {
    expect(dryRunOutcome(planned, request('create'))).toEqual({
      outcome: 'dry-run',
      message: `dry run, nothing was done. Next for alice: ${words}`,
    });
  });

  test('what is no step', () => {
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

test('what would not be done is said as it is', () => {
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

test('what is only put on record is decided from as if it were', () => {
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

test('a message that is owed hides nothing of what is put on record after it', () => {
  const versions = current('B', 10, fact('claim', 'run', 10), fact('unmanaged', 'X', 1));
  const asked = request('create', undefined, true, { retireUnmanagedKeys: true });
  const { ledger } = afterRecords(asked, stateOf([key('B', 10), key('X', 2)], versions));
  expect(ledger.facts.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['current-since B', 'adopted X']);
});

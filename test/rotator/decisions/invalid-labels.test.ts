/** Labels that no run can have written have no effect. They are reported and removed. */
import { ACTIONS } from '../../../src/contract/events';
import { KINDS } from '../../../src/rotator/domain/ledger';
import { ahead, current, fact, inactive, iso, key, previous, step } from '../decide';
import { manualRequest, request } from '../support';

const KEYS = [key('A', 110), key('B', 20)];
const forged = (kind: string, keyId = 'B', days = 300) => fact(kind, keyId, -days);
const versions = (...more: string[]) => ({ ...previous('A', 110), ...current('B', 20, ...more) });

describe.each(KINDS)('%s, dated in the future', (kind) => {
  const label = forged(kind);

  test.each(ACTIONS)('is removed by "%s", with a notification', (action) => {
    for (const asked of [request(action), manualRequest(action)]) {
      expect(step(asked, KEYS, versions(label))).toMatchObject({
        do: 'remove-invalid',
        labels: [{ label, version: 'v1' }],
      });
    }
  });

  test('has no effect, while no notification can be sent', () => {
    for (const asked of [
      ...ACTIONS.map((action) => request(action)),
      ...ACTIONS.map((action) => manualRequest(action)),
    ]) {
      const silent = { withoutNotifications: true };
      for (const [a, b, keys] of [
        [110, 20, KEYS],
        [118, 95, [inactive('A', 118), key('B', 95)]],
        [118, 95, [key('B', 95)]],
      ] as const) {
        const records = (...more: string[]) => ({ ...previous('A', a), ...current('B', b, ...more) });
        expect(step(asked, keys, records(label), silent)).toEqual(step(asked, keys, records(), silent));
      }
    }
  });

  test('does not stop a revocation', () => {
    for (const accessKeyId of ['A', 'B']) {
      const asked = manualRequest('revoke', { accessKeyId });
      expect(step(asked, KEYS, versions(label))).toEqual(step(asked, KEYS, versions()));
    }
    // A leak of the key that is current: the claim of 2999 does not lock.
    const leaked = versions(fact('leaked', 'B', 1));
    expect(step(request('create'), KEYS, { ...leaked, v2: [label] }, { withoutNotifications: true })).toMatchObject({
      do: 'issue',
      replace: { leaked: 'B' },
    });
  });
});

test('a date of 2999 does not delay a deactivation', () => {
  const since = `akr1.current-since.B.${iso(new Date('2999-01-01T00:00:00Z'))}`;
  expect(step(request('deactivate'), KEYS, versions(since), { withoutNotifications: true })).toMatchObject({
    do: 'deactivate',
    key: { keyId: 'A' },
  });
});

test('a date of a run that began a moment later is not in the future', () => {
  const label = `akr1.claim.run.${iso(ahead(5 / 1440))}`;
  expect(step(request('create'), KEYS, { ...versions(), v2: [label] })).toMatchObject({ outcome: 'locked' });
});

test.each([
  fact('current-since', 'B', 40),
  fact('leaked', 'B', 21),
  fact('copy', 'B', 20),
  fact('owner', 'R', 1),
  fact('key', 'B', 300),
  fact('key', 'A', 30),
  fact('claim', 'run', 0),
  fact('claim', 'run', 21),
  fact('restore', 'run', 20),
])('what no run writes has no effect, and is removed with a notification: %s', (label) => {
  expect(step(request('deactivate'), KEYS, versions(label))).toMatchObject({
    do: 'remove-invalid',
    labels: [{ label, version: 'v1' }],
  });
  const silent = { withoutNotifications: true };
  expect(step(request('deactivate'), KEYS, versions(label), silent)).toEqual(
    step(request('deactivate'), KEYS, versions(), silent),
  );
});

test('a rotation that did not create the secret records itself in it', () => {
  const asked = { ...request('deactivate'), existingSecret: 'with-key' as const };
  expect(step(asked, KEYS, versions(fact('owner', 'R', 1)))).not.toMatchObject({ do: 'remove-invalid' });
});

/** What the removal of a user from the rotation stops. What it deletes: see handlers/removal.test.ts. */
import { RUN_MINUTES } from '../../../src/contract/settings';
import { activeRuns, isRemoved, removedStep, secretContradictedBy } from '../../../src/rotator/decisions/removal';
import { removeLabelsCommand } from '../../../src/rotator/domain/commands';
import { claimLabel, readLedger } from '../../../src/rotator/domain/ledger';
import { addMs } from '../../../src/rotator/domain/time';
import { ahead, fact, NOW } from '../decide';
import { CONTEXT, request } from '../support';

const MINUTE = 60_000;
const REMOVED = claimLabel('removed', NOW, 'run');
const OWNER = fact('owner', 'eu_west_1_Keys_1', 5);
const created = request('create');
const existing = request('create', undefined, true, { existingSecret: 'with-key' });
const removed = readLedger({ v1: ['AWSCURRENT', REMOVED] });
const removedOwned = readLedger({ v1: ['AWSCURRENT', OWNER, REMOVED] });

describe('after a removal, nothing is changed', () => {
  const OVER = addMs(NOW, 6 * 60 * MINUTE);

  test.each([
    ['a secret that the rotation created', created, removed],
    ['an existing secret that the rotation still uses', existing, removedOwned],
  ])('for %s: silently until no late request can arrive, and then with a report', (_what, asked, ledger) => {
    for (const now of [NOW, addMs(OVER, -1), undefined]) {
      expect(removedStep(asked, ledger, now)).toMatchObject({ do: 'nothing', outcome: 'removed' });
    }
    for (const now of [OVER, ahead(1_000)]) {
      expect(removedStep(asked, ledger, now)).toMatchObject({ do: 'report' });
      // A deploy waits for the answer.
      expect(removedStep({ ...asked, duringDeploy: true }, ledger, now)).toMatchObject({ outcome: 'removed' });
    }
  });

  test('for an existing secret that it no longer uses: until no late request can arrive, after six hours', () => {
    expect(removedStep(existing, removed, addMs(OVER, -1))).toMatchObject({ outcome: 'removed' });
    expect(removedStep(existing, removed, OVER)).toBeUndefined();
  });

  test('while IAM returns no time, because the user does not exist', () => {
    expect(removedStep(existing, removed, undefined)).toMatchObject({ outcome: 'removed' });
  });

  test('without a removal, every step is possible', () => {
    expect(removedStep(created, readLedger({ v1: ['AWSCURRENT', OWNER] }), NOW)).toBeUndefined();
  });
});

describe('the message', () => {
  const why = `CloudFormation removed this user from the rotation, as the staging label ${REMOVED} records, so nothing was changed`;
  const remove = (of: typeof created) =>
    `remove the label: ${removeLabelsCommand(of, [{ label: REMOVED, version: 'v1' }])}`;

  test('names the record, and how to use the secret again', () => {
    const message = (of: typeof created) => `${why}. If the secret belongs to a rotation again, ${remove(of)}`;
    expect(removedStep(created, removed, NOW)).toMatchObject({ why: message(created) });
    expect(removedStep(existing, removedOwned, NOW)).toMatchObject({ why: message(existing) });
  });

  test('says from when on a deploy can take an existing secret over again', () => {
    expect(removedStep(existing, removed, NOW)).toMatchObject({
      why: `${why}. If the secret belongs to a rotation again, deploy after 2026-06-01T18:00:00.000Z, or ${remove(existing)}`,
    });
  });

  test('says why a check still comes, and why no key replaces one that leaked', () => {
    const remedy = `if the secret belongs to a rotation again, ${remove(created)}`;
    const record = why.replace(/, so nothing.*/, '');
    expect(removedStep(created, removed, ahead(1))).toEqual({
      do: 'report',
      why: `${record}, but the rotation still has the user`,
      remedy,
    });
    expect(removedStep(request('revoke', undefined, false, { accessKeyId: 'A' }), removed, NOW)).toEqual({
      do: 'report',
      why: `${record}, so no new key replaces it`,
      remedy,
    });
  });
});

describe('a request to remove a user', () => {
  const asked = (existingSecret: boolean) => ({ ...CONTEXT, username: 'alice', secret: 'alice', existingSecret });

  test('agrees with its secret if both say who created it', () => {
    expect(secretContradictedBy(removed, asked(false))).toBeUndefined();
    expect(secretContradictedBy(removedOwned, asked(true))).toBeUndefined();
    expect(secretContradictedBy(removed, asked(true))).toBeUndefined();
  });

  test('contradicts a secret that existed before if it says that the rotation created it', () => {
    expect(secretContradictedBy(removedOwned, asked(false))).toBe(
      `alice: the request is to remove a user whose secret the rotation created, but the staging label ${OWNER} of the`
        + ' secret alice records that it existed before, and nothing was changed. Deploy the resource with the template'
        + ' of the rotation; or, if another principal wrote the label, remove it:'
        + ` ${removeLabelsCommand(asked(false), removedOwned.owners)}`,
    );
  });
});

describe('a run ends before its next step', () => {
  const used = readLedger({ v1: ['AWSCURRENT', OWNER] });
  const released = readLedger({ v1: ['AWSCURRENT'] });

  test('if the removal is recorded', () => {
    expect(isRemoved(created, removed)).toBe(true);
    expect(isRemoved(existing, removedOwned)).toBe(true);
  });

  test('if an existing secret does not name the rotation any more', () => {
    expect(isRemoved(existing, released)).toBe(true);
    expect(isRemoved({ ...existing, rotation: 'eu-west-1/Other/2' }, used)).toBe(true);
  });

  test('but not while an existing secret names it, and a secret that it created has no such record', () => {
    expect(isRemoved(existing, used)).toBe(false);
    expect(isRemoved(created, released)).toBe(false);
  });
});

test('a removal waits for each run that can be active, by the clocks of AWS, and for no other one', () => {
  const claimed = (seconds: number) =>
    claimLabel('claim', addMs(NOW, seconds * 1_000), `run${seconds}`.replace('-', 'm'));
  const [earliest, last] = [-(RUN_MINUTES + 1) * 60, 60];
  const labels = [earliest - 1, earliest, 0, last, last + 1].map(claimed);
  const active = activeRuns(readLedger({ v1: labels }), NOW).map(({ label }) => label);
  expect(active).toEqual(labels.slice(1, 4));
});

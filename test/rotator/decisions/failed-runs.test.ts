/** What an earlier run left unfinished: it failed, or it is still active. */
import { RUN_MINUTES } from '../../../src/contract/settings';
import {
  announceStep,
  awaitNextAttempt,
  FAILURE_PAUSE,
  lockedUntil,
  discardStep,
  isUnpublished,
  obsoleteClaims,
  RACE_MARGIN,
  possibleOrphans,
  restoreUnderWay,
  ORPHAN_OBSERVATION,
} from '../../../src/rotator/decisions/failed-runs';
import { CLAIM_LIFETIME, IssuedKey, labelOf, Versions } from '../../../src/rotator/domain/ledger';
import { Step } from '../../../src/rotator/domain/step';
import { addMs } from '../../../src/rotator/domain/time';
import { AccessKey, RotationRequest } from '../../../src/rotator/domain/user-state';
import { ago, current, fact, inactive, iso, key, previous, stateOf, userKey } from '../decide';
import { request } from '../support';

const MINUTE = 60_000;
/** By how much the clocks of IAM's servers can differ. */
const MARGIN = MINUTE;
const CLAIMED = ago(3);
const claim = (at = CLAIMED) => `akr1.claim.run.${iso(at)}`;
/** The state this many milliseconds after the claim. */
const after = (ms: number, keys: AccessKey[], versions: Versions) => stateOf(keys, versions, addMs(CLAIMED, ms));
const created = (keyId: string, ms: number): AccessKey => ({ keyId, active: true, createdAt: addMs(CLAIMED, ms) });

test('the waiting times', () => {
  expect(CLAIM_LIFETIME).toBe(3 * RUN_MINUTES * MINUTE);
  expect(ORPHAN_OBSERVATION).toBe(6 * 60 * MINUTE);
  expect(FAILURE_PAUSE).toBe(50 * MINUTE);
  expect(RACE_MARGIN).toBe(60 * MINUTE + CLAIM_LIFETIME);
});

describe('the user is locked by another run', () => {
  const claimed = { ...current('A', 90), v2: [claim()] };

  test('until that run has ended for certain', () => {
    expect(lockedUntil(after(0, [key('A', 90)], claimed))).toEqual(addMs(CLAIMED, CLAIM_LIFETIME));
    expect(lockedUntil(after(CLAIM_LIFETIME, [key('A', 90)], claimed))).toEqual(addMs(CLAIMED, CLAIM_LIFETIME));
    expect(lockedUntil(after(CLAIM_LIFETIME + 1, [key('A', 90)], claimed))).toBeUndefined();
  });

  test('for longer if the run may have created a key without storing it', () => {
    const keys = [key('A', 90), created('X', MINUTE)];
    expect(lockedUntil(after(CLAIM_LIFETIME + 1, keys, claimed))).toEqual(addMs(CLAIMED, ORPHAN_OBSERVATION));
    expect(lockedUntil(after(ORPHAN_OBSERVATION + 1, keys, claimed))).toBeUndefined();
  });

  test('of two runs, until the later one has ended', () => {
    const two = { ...claimed, v3: [claim(addMs(CLAIMED, MINUTE))] };
    expect(lockedUntil(after(2 * MINUTE, [key('A', 90)], two))).toEqual(addMs(CLAIMED, MINUTE + CLAIM_LIFETIME));
  });

  test('not if the run published its key, or if there is none', () => {
    expect(lockedUntil(after(0, [key('B', 3)], current('B', 3, claim())))).toBeUndefined();
    expect(lockedUntil(after(0, [key('A', 90)], current('A', 90)))).toBeUndefined();
  });
});

describe('a key without a record that a run may have created', () => {
  const claimed = { ...current('A', 90), v2: [claim()] };
  const orphans = (keys: AccessKey[], versions: Versions = claimed) => {
    const state = stateOf(keys, versions);
    return possibleOrphans(state.ledger.claims[0], state).map(({ keyId }) => keyId);
  };

  test('is one from the minutes of the run', () => {
    expect(
      orphans([
        created('BEFORE', -MARGIN - 1),
        created('FIRST', -MARGIN),
        created('LAST', RUN_MINUTES * MINUTE + MARGIN),
        created('AFTER', RUN_MINUTES * MINUTE + MARGIN + 1),
      ]),
    ).toEqual(['FIRST', 'LAST']);
  });

  test('is none with a record', () => {
    const known = { ...claimed, v3: [fact('key', 'B', 3)], v4: [fact('adopted', 'C', 2)] };
    expect(orphans([created('B', 0), created('C', 0), created('X', 0)], known)).toEqual(['X']);
  });

  test('is none if the run was a roll-back', () => {
    expect(orphans([created('X', 0)], { ...current('A', 90), v2: [`akr1.restore.run.${iso(CLAIMED)}`] })).toEqual([]);
  });

  test('is none if the run could store its key', () => {
    expect(orphans([created('X', 0)], { ...current('A', 90), v2: [claim(), fact('key', 'B', 3)] })).toEqual([]);
  });
});

describe('a failed run has published its key if', () => {
  /** B is the key of the failed run, on v1. */
  const left = (labels: string[], versions: Versions) => {
    const state = stateOf([], { v1: [fact('key', 'B', 3), claim(), ...labels], ...versions });
    return { discarded: discardStep(state)?.do, locked: lockedUntil({ ...state, now: CLAIMED }) };
  };
  const published = { discarded: undefined, locked: undefined };

  test.each<[string, string[], Versions]>([
    ['it is current', ['AWSCURRENT'], {}],
    ['it was current before', ['AWSPREVIOUS'], { v3: ['AWSCURRENT', 'akr1.initialized'] }],
    ['it was deactivated', [fact('inactive', 'B', 1)], {}],
    ['its switch period started again', [fact('current-since', 'B', 1)], {}],
    ['AWSCURRENT was moved away from it', [fact('displaced', 'B', 1)], {}],
    ['it was rejected', [fact('rejected', 'B', 1)], {}],
  ])('%s', (_what, labels, versions) => {
    expect(left(labels, versions)).toEqual(published);
  });

  test.each<[string, string[], Versions]>([
    ['it has no record', [], {}],
    ['an older key is current', [], { v3: ['AWSCURRENT', fact('key', 'A', 90)] }],
    [
      'the record is about another key',
      [],
      { v3: ['AWSCURRENT', fact('key', 'A', 90), fact('current-since', 'A', 1)] },
    ],
    ['it leaked', [fact('leaked', 'B', 1)], {}],
  ])('but not if %s', (_what, labels, versions) => {
    expect(left(labels, versions)).toEqual({ discarded: 'discard', locked: addMs(CLAIMED, CLAIM_LIFETIME) });
  });

  test('a claim without a key published none, on any version', () => {
    const claimed = (label: string) => stateOf([], { v1: [claim(), label] });
    expect(discardStep(claimed('AWSCURRENT'))).toMatchObject({ do: 'discard', claim: { version: 'v1' } });
    expect(discardStep(claimed('AWSPREVIOUS'))).toMatchObject({ do: 'discard', claim: { version: 'v1' } });
  });
});

describe('after another principal wrote its own value', () => {
  const overwritten = (kind: string) => stateOf([], { v1: [`akr1.${kind}.run.${iso(CLAIMED)}`], v2: ['AWSCURRENT'] });

  test('the claim of a failed issue stays: it is unknown which keys had been published', () => {
    expect(discardStep(overwritten('claim'))).toBeUndefined();
  });

  test('that of a failed roll-back, which creates no key, is discarded', () => {
    expect(discardStep(overwritten('restore'))).toMatchObject({ do: 'discard', claim: { kind: 'restore' } });
  });
});

describe('a key is unpublished, and left to the run of a claim or to its clean-up,', () => {
  const A = key('A', 90);
  const unpublished = (keyId: string, ms: number, keys: AccessKey[], versions: Versions) => {
    const state = after(ms, [A, ...keys], versions);
    return isUnpublished(
      state.keys.find((one) => one.keyId === keyId)!,
      state,
    );
  };

  describe('if it is stored on the version of the claim', () => {
    const B = created('B', MINUTE);
    const stored = [claim(), fact('key', 'B', 3)];
    const usual = { ...current('A', 90), v2: stored };

    test('for as long as the claim is there', () => {
      expect(unpublished('B', CLAIM_LIFETIME, [B], usual)).toBe(true);
      expect(unpublished('B', CLAIM_LIFETIME + 1, [B], usual)).toBe(true);
      expect(unpublished('A', 0, [B], usual)).toBe(false);
    });

    test('but not if it was published, even if its run has not ended', () => {
      const movedBack = { ...current('A', 90), v2: ['AWSPREVIOUS', ...stored] };
      expect(unpublished('B', 2 * MINUTE, [B], movedBack)).toBe(false);
    });

    test('after another principal wrote its own value, only until the run has ended: it may have been published', () => {
      const overwritten = { ...previous('A', 90), v2: stored, v3: ['AWSCURRENT'] };
      expect(unpublished('B', CLAIM_LIFETIME, [B], overwritten)).toBe(true);
      expect(unpublished('B', CLAIM_LIFETIME + 1, [B], overwritten)).toBe(false);
    });
  });

  describe('if it has no record, and the run of the claim', () => {
    const X = created('X', MINUTE);
    const claimed = (kind = 'claim') => ({ ...current('A', 90), v2: [`akr1.${kind}.run.${iso(CLAIMED)}`] });

    test('can be active', () => {
      expect(unpublished('X', CLAIM_LIFETIME, [X], claimed())).toBe(true);
      expect(unpublished('X', CLAIM_LIFETIME + 1, [X], claimed())).toBe(false);
    });

    test('was active when the key was created', () => {
      const [before, later] = [created('X', -MARGIN - 1), created('X', RUN_MINUTES * MINUTE + MARGIN + 1)];
      expect(unpublished('X', CLAIM_LIFETIME, [before], claimed())).toBe(false);
      expect(unpublished('X', CLAIM_LIFETIME, [later], claimed())).toBe(false);
    });

    test('issues a key: a roll-back creates none', () => {
      expect(unpublished('X', 2 * MINUTE, [X], claimed('restore'))).toBe(false);
    });
  });
});

test('a run that makes an older key current is under way while its claim is young, on a version without a published key', () => {
  const underWay = (...labels: string[]) => restoreUnderWay(stateOf([key('A', 9)], { ...current('A', 9), v2: labels }));
  expect(underWay(fact('restore', 'run', 0))).toBe(true);
  expect(underWay(fact('restore', 'run', 1))).toBe(false);
  expect(underWay(fact('claim', 'run', 0))).toBe(false);
});

describe('pending notifications', () => {
  test('a published key is announced once its run has ended for certain', () => {
    const versions = current('B', 3, claim());
    expect(announceStep(after(CLAIM_LIFETIME, [key('B', 3)], versions))).toBeUndefined();
    expect(announceStep(after(CLAIM_LIFETIME + 1, [key('B', 3)], versions))).toMatchObject({
      do: 'notify-created',
      key: { subject: 'B' },
      claim: { version: 'v1' },
    });
  });

  test("not while another principal's value is current, as the key cannot be fetched", () => {
    const versions = { v2: ['AWSCURRENT'], ...previous('B', 3, claim()) };
    expect(announceStep(after(CLAIM_LIFETIME + 1, [key('B', 3)], versions))).toBeUndefined();
  });

  test('not after a newer key became current, or the key was withdrawn: people would switch to it', () => {
    const ended = addMs(CLAIMED, CLAIM_LIFETIME + 1);
    const state = (...versions: Versions[]) => ({
      ...stateOf([inactive('B', 10)], Object.assign({}, ...versions)),
      now: ended,
    });
    const old = claim(ago(10));
    const replaced = state(previous('B', 10, old), current('C', 5));
    const rejected = state(previous('B', 10, old, fact('rejected', 'B', 1)), current('A', 95));
    const leaked = state(
      { v2: [fact('key', 'B', 10), old, fact('inactive', 'B', 1), fact('leaked', 'B', 1)] },
      current('A', 95),
    );
    for (const obsolete of [replaced, rejected, leaked]) {
      expect(obsolete.ledger.claims).toHaveLength(1);
      expect([announceStep(obsolete), obsoleteClaims(obsolete)]).toEqual([undefined, obsolete.ledger.claims]);
      expect(obsoleteClaims({ ...obsolete, now: ago(10) })).toEqual([]);
    }
    const movedBack = state(previous('B', 10, old), current('A', 95));
    expect([announceStep(movedBack), obsoleteClaims(movedBack)]).toEqual([undefined, []]);
  });

  test('the claim of the current key is not obsolete, even if that key leaked', () => {
    const leaked = after(CLAIM_LIFETIME + 1, [key('B', 3)], current('B', 3, claim(), fact('leaked', 'B', 3)));
    expect(obsoleteClaims(leaked)).toEqual([]);
  });

  test('the deletion of a key is announced', () => {
    const versions = { ...previous('A', 110, fact('inactive', 'A', 14)), ...current('B', 20) };
    expect(announceStep(after(0, [key('B', 20)], versions))).toMatchObject({
      do: 'notify-deleted',
      fact: { subject: 'A' },
    });
    expect(announceStep(after(0, [inactive('A', 110), key('B', 20)], versions))).toBeUndefined();
    expect(
      announceStep(after(0, [key('B', 20)], { ...previous('A', 110, fact('rejected', 'A', 14)), ...current('B', 20) })),
    ).toBeUndefined();
    const overwritten = { v2: ['AWSCURRENT'], ...previous('A', 110, fact('inactive', 'A', 14)) };
    expect(announceStep(after(0, [], overwritten))).toMatchObject({ do: 'notify-deleted', fact: { subject: 'A' } });
  });

  test('but not the deletion of the current key, which is reported', () => {
    expect(
      announceStep(after(0, [key('A', 110)], { ...previous('A', 110), ...current('B', 20, fact('inactive', 'B', 4)) })),
    ).toBeUndefined();
  });

  test('an unnotified fact is announced while its key exists', () => {
    const versions = { ...previous('A', 110), ...current('B', 20, `${fact('rejected', 'A', 10)}.unnotified`) };
    expect(announceStep(after(0, [key('A', 110), key('B', 20)], versions))).toMatchObject({
      do: 'notify',
      fact: { kind: 'rejected', subject: 'A' },
    });
    expect(announceStep(after(0, [key('B', 20)], versions))).toBeUndefined();
  });
});

describe('after a failed attempt', () => {
  const failedAt = ago(0);
  const issued: IssuedKey = {
    kind: 'key',
    subject: 'A',
    at: failedAt,
    notified: true,
    label: labelOf('key', 'A', failedAt),
    version: 'v1',
  };
  const restored = (): Step => ({ do: 'restore', key: issued, reject: userKey(key('B', 10)) });
  const issue: Step = { do: 'issue', adopt: [] };
  const decided = (step: Step, ms: number, more: Partial<RotationRequest> = {}, failures = [failedAt]) =>
    awaitNextAttempt(
      step,
      request('create', undefined, true, more),
      stateOf(
        [],
        Object.fromEntries(failures.map((at, index) => [`v${index}`, [`akr1.failed.run${index}.${iso(at)}`]])),
        addMs(failedAt, ms),
      ),
    );

  test('a scheduled check issues no key and makes none current for 50 minutes', () => {
    for (const step of [issue, restored()]) {
      const until = addMs(failedAt, FAILURE_PAUSE);
      expect(decided(step, 0)).toEqual({ do: 'await-next-attempt', failedAt, until });
      expect(decided(step, FAILURE_PAUSE - 1)).toEqual({ do: 'await-next-attempt', failedAt, until });
      expect(decided(step, FAILURE_PAUSE)).toBeUndefined();
    }
  });

  test('the latest of two counts', () => {
    const two = [addMs(failedAt, -FAILURE_PAUSE), failedAt];
    expect(decided(issue, 0, {}, two)).toMatchObject({ failedAt });
    expect(decided(issue, 0, {}, two.reverse())).toMatchObject({ failedAt });
  });

  test('a manual event and a deploy try again at once', () => {
    expect(decided(issue, 0, { ifDue: false })).toBeUndefined();
    expect(decided(issue, 0, { duringDeploy: true })).toBeUndefined();
  });

  test('a step that writes no version is taken', () => {
    const steps: Step[] = [
      { do: 'deactivate', key: userKey(key('A', 1)), reason: 'period-over' },
      { do: 'report', why: 'x', remedy: 'y' },
    ];
    for (const step of steps) expect(decided(step, 0)).toBeUndefined();
  });

  test('nothing waits without a failure', () => {
    expect(decided(issue, 0, {}, [])).toBeUndefined();
  });
});

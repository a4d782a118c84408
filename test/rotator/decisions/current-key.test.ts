/** The key that AWSCURRENT holds: whether it works, and how to fix it if it does not. */
import {
  currentKeyProblem,
  expectedCurrent,
  currentSince,
  replacedCurrent,
  MISSING_CONFIRMATION,
  newerThan,
  awaitConfirmation,
  versionWithoutKey,
} from '../../../src/rotator/decisions/current-key';
import { Versions } from '../../../src/rotator/domain/ledger';
import { addMs, isDue, TOLERANCE } from '../../../src/rotator/domain/time';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { ago, current, fact, inactive, iso, key, NOW, previous, stateOf, userKey } from '../decide';
import { request } from '../support';

const [OLD, NEW] = [key('A', 110), key('B', 20)];
/** The newest issued key is B, on v0; AWSCURRENT is on the version of A. */
const movedBack = (...more: string[]): Versions => ({
  v0: ['AWSPREVIOUS', fact('key', 'B', 20), ...more],
  ...current('A', 110),
});

test('steps are due an hour early, to the millisecond', () => {
  expect(isDue(addMs(NOW, TOLERANCE), NOW)).toBe(true);
  expect(isDue(addMs(NOW, TOLERANCE + 1), NOW)).toBe(false);
});

test('the current key is the listed one that AWSCURRENT holds', () => {
  const { keys, current: found } = stateOf([OLD, NEW], current('B', 20));
  expect(found).toMatchObject(NEW);
  expect(found).toBe(keys[1]);
  expect(stateOf([OLD], current('B', 20)).current).toBeUndefined();
  expect(stateOf([OLD], {}).current).toBeUndefined();
});

test('it is current from its creation, or from its last activation', () => {
  expect(currentSince(userKey(NEW, current('B', 20)))).toEqual(ago(20));
  expect(
    currentSince(
      userKey(
        NEW,
        current('B', 20, fact('current-since', 'B', 3), fact('current-since', 'A', 2), fact('displaced', 'B', 1)),
      ),
    ),
  ).toEqual(ago(3));
});

describe('a current key that is not listed does not count as deleted', () => {
  test('for ten minutes from the first such list, to the millisecond', () => {
    expect(awaitConfirmation(stateOf([], current('B', 20)))).toEqual({
      do: 'nothing',
      outcome: 'waiting',
      why: 'IAM does not list the current key B: it counts as deleted if IAM still does not list it after 10 minutes',
      until: addMs(NOW, MISSING_CONFIRMATION),
    });
    const missing = current('B', 20, fact('missing', 'B', 1));
    expect(awaitConfirmation(stateOf([], missing, addMs(ago(1), MISSING_CONFIRMATION - 1)))).toBeDefined();
    expect(awaitConfirmation(stateOf([], missing, addMs(ago(1), MISSING_CONFIRMATION)))).toBeUndefined();
  });

  test('no wait if it is listed, or if there never was one', () => {
    expect(awaitConfirmation(stateOf([NEW], current('B', 20)))).toBeUndefined();
    expect(awaitConfirmation(stateOf([], {}))).toBeUndefined();
  });
});

describe('the key that should be current', () => {
  test.each<[string, AccessKey[], Versions, string | undefined]>([
    ['the newest key, if AWSCURRENT is on an older one', [OLD, NEW], movedBack(), 'B'],
    ['even if that older key is deleted', [NEW], movedBack(), 'B'],
    [
      'the newest key, if another principal wrote the value',
      [OLD, NEW],
      { ...previous('A', 110), v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'B',
    ],
    [
      'the newest key that exists, if another principal wrote the value',
      [OLD],
      { ...previous('A', 110), v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'A',
    ],
    ['none, if no issued key exists', [key('X', 5)], { v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] }, undefined],
    ['none, if the newest key is current', [OLD, NEW], { ...previous('A', 110), ...current('B', 20) }, undefined],
    ['none, if the newest key is deleted', [OLD], movedBack(), undefined],
    ['none, if the newest key was rejected', [OLD, NEW], movedBack(fact('rejected', 'B', 1)), undefined],
    ['none, if the newest key leaked', [OLD, NEW], movedBack(fact('leaked', 'B', 1)), undefined],
    [
      'the newest active key, if another principal wrote the value',
      [OLD, inactive('B', 20)],
      { v0: [fact('key', 'A', 110)], v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'A',
    ],
    [
      'the newest inactive key, if none is active',
      [inactive('A', 110), inactive('B', 20)],
      { v0: [fact('key', 'A', 110)], v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'B',
    ],
    [
      'none, if a key is of the same second as the current one',
      [OLD, key('C', 110)],
      { v3: [fact('key', 'C', 110)], ...current('A', 110) },
      undefined,
    ],
    [
      'none, if the run of the newest key failed before publication',
      [OLD, NEW],
      { v1: ['AWSCURRENT', fact('key', 'A', 110)], v0: [fact('key', 'B', 20), `akr1.claim.run.${iso(ago(20))}`] },
      undefined,
    ],
    [
      'none, while the first key is being issued',
      [NEW],
      { v0: ['AWSCURRENT', 'akr1.initialized'], v1: [fact('key', 'B', 20), fact('claim', 'run', 20)] },
      undefined,
    ],
  ])('%s', (_when, keys, versions, keyId) => {
    expect(expectedCurrent(stateOf(keys, versions))?.keyId).toBe(keyId);
  });

  test('in any order of the labels', () => {
    const versions = { v2: ['AWSCURRENT'], v1: [fact('key', 'B', 20)], v0: [fact('key', 'A', 110)] };
    expect(expectedCurrent(stateOf([OLD, NEW], versions))?.keyId).toBe('B');
  });
});

describe('the key that was current before another principal wrote a value', () => {
  const leaked = (keyId: string) => fact('leaked', keyId, 1);
  const both = {
    v0: [fact('key', 'A', 110), leaked('A')],
    v1: [fact('key', 'B', 20), leaked('B')],
    v2: ['AWSCURRENT'],
  };

  test.each<[string, AccessKey[], Versions, string | undefined]>([
    ['is the newest issued key, even if it leaked', [OLD, NEW], both, 'B'],
    ['is the one before it, if only that exists', [OLD], both, 'A'],
    ['is the newest, if only that exists', [NEW], both, 'B'],
    ['none, if no issued key exists', [key('X', 5)], both, undefined],
    [
      'none, if it was never published',
      [NEW],
      { v1: [fact('key', 'B', 20), leaked('B'), `akr1.claim.run.${iso(ago(20))}`], v2: ['AWSCURRENT'] },
      undefined,
    ],
    [
      'none, if this rotation wrote the value',
      [NEW],
      { v0: ['AWSCURRENT', 'akr1.initialized'], v1: [fact('key', 'B', 20), leaked('B')] },
      undefined,
    ],
  ])('%s', (_which, keys, versions, keyId) => {
    expect(replacedCurrent(stateOf(keys, versions))?.keyId).toBe(keyId);
  });
});

describe('what a person has to fix, with the command for it', () => {
  const problem = (keys: AccessKey[], versions: Versions) =>
    currentKeyProblem(request('create'), stateOf(keys, versions));
  const send = (action: string) =>
    'aws lambda invoke --function-name rotator --region eu-west-1 --cli-binary-format raw-in-base64-out'
    + ` --payload '{"action":"${action}","username":"alice"}' answer.json && cat answer.json`;

  test('a value that another principal wrote', () => {
    expect(problem([NEW], { v0: ['AWSPREVIOUS', fact('key', 'B', 20)], v2: ['AWSCURRENT'] })).toEqual({
      do: 'report',
      why: 'the current value of secret alice (version v2) was not written by this rotation',
      remedy: `make B of alice current again: ${send('rollback')}`,
    });
    expect(
      problem([inactive('B', 20)], { v0: ['AWSPREVIOUS', fact('key', 'B', 20)], v2: ['AWSCURRENT'] }),
    ).toMatchObject({ remedy: `make B of alice current again: ${send('rollback')}` });
  });

  test('a value that another principal wrote, and no key that can be made current', () => {
    expect(problem([], { v0: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] })).toEqual({
      do: 'report',
      why: 'the current value of secret alice (version v2) was not written by this rotation, and no key of this rotation can be made current',
      remedy: `if a new key may replace that value: ${send('rollback')}`,
    });
  });

  test('the same before any key was published: the first version, if it still exists', () => {
    const issuing = { v1: [fact('key', 'B', 20), `akr1.claim.run.${iso(ago(20))}`], v2: ['AWSCURRENT'] };
    expect(versionWithoutKey(stateOf([NEW], { v0: ['akr1.initialized'], ...issuing }))).toBe('v0');
    expect(versionWithoutKey(stateOf([NEW], issuing))).toBe('v1');
  });

  test('the same if the last keys leaked: the newest of them, in any order of the list', () => {
    const versions = {
      v0: [fact('key', 'B', 20), fact('leaked', 'B', 1)],
      v1: [fact('key', 'A', 110), fact('leaked', 'A', 1)],
      v2: ['AWSCURRENT'],
    };
    expect(versionWithoutKey(stateOf([key('A', 110), key('B', 20)], versions))).toBe('v0');
    // Not a key that a run was still issuing: it may not have been verified.
    const issuing = { ...versions, v3: [fact('key', 'C', 1), fact('claim', 'run', 1)] };
    expect(versionWithoutKey(stateOf([key('A', 110), key('B', 20), key('C', 1)], issuing))).toBe('v0');
    // Consumers read no key of a thief if there is a version without one.
    expect(versionWithoutKey(stateOf([key('B', 20)], { ...versions, v4: ['akr1.initialized'] }))).toBe('v4');
  });

  test('a current key that was deactivated outside the rotation', () => {
    expect(problem([inactive('B', 20)], current('B', 20))).toEqual({
      do: 'report',
      why: 'the current key B was deactivated outside the rotation',
      remedy:
        'activate it (aws iam update-access-key --user-name alice --access-key-id B --status Active --region eu-west-1), or delete it, and a later check issues a new key',
    });
  });

  test('AWSCURRENT on an older key: both fixes, or those that are possible if a key is inactive or deleted', () => {
    const why = 'the current key A is older than B: AWSCURRENT was moved back outside the rotation';
    expect(problem([OLD, NEW], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `to make B current: ${send('create')}; or to retire B: ${send('rollback')}`,
    });
    expect(problem([NEW], movedBack())).toEqual({ do: 'report', why, remedy: `to make B current: ${send('create')}` });
    expect(problem([OLD, inactive('B', 20)], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `to retire B: ${send('rollback')}`,
    });
    expect(problem([inactive('B', 20)], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `make B of alice current again: ${send('rollback')}`,
    });
  });

  test('nothing if the current key works, or if no key was ever issued', () => {
    expect(problem([OLD, NEW], { ...previous('A', 110), ...current('B', 20) })).toBeUndefined();
    expect(problem([], {})).toBeUndefined();
    expect(problem([key('X', 400)], { v2: ['AWSCURRENT'] })).toBeUndefined();
  });
});

test('a newer key is one that was issued after the current one, not an unmanaged one or one of the same second', () => {
  const newer = (...more: AccessKey[]) => {
    const seen = stateOf([OLD, ...more], {
      ...current('A', 110),
      v0: [fact('key', 'B', 20)],
      v2: [fact('key', 'C', 110)],
    });
    return newerThan(seen.current!, seen);
  };
  expect(newer(key('X', 1), NEW)).toMatchObject(NEW);
  expect(newer(key('X', 1))).toBeUndefined();
  expect(newer(key('C', 110))).toBeUndefined();
});

/** The key that AWSCURRENT holds: whether it works, and what is amiss where it does not. */
import {
  currentKeyProblem,
  expectedCurrent,
  currentSince,
  replacedCurrent,
  MISSING_CONFIRMATION,
  newerThan,
  awaitConfirmation,
} from '../../../src/rotator/decisions/current-key';
import { makeCurrentCommand } from '../../../src/rotator/domain/commands';
import { readLedger, Versions } from '../../../src/rotator/domain/ledger';
import { addMs, isDue, TOLERANCE } from '../../../src/rotator/domain/time';
import { AccessKey } from '../../../src/rotator/domain/user-state';
import { ago, current, fact, inactive, iso, key, NOW, previous, stateOf, userKey } from '../decide';
import { request } from '../support';

const [OLD, NEW] = [key('A', 110), key('B', 20)];
/** Our newest key is B, on v0; AWSCURRENT is on A's version. */
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

test('it is current since it was created, or since it was switched on again', () => {
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

describe('a current key that is not listed is believed to be there', () => {
  test('for ten minutes from the first time, to the millisecond', () => {
    expect(awaitConfirmation(stateOf([], current('B', 20)))).toEqual({
      do: 'nothing',
      outcome: 'waiting',
      why: 'IAM does not list the current key B: it counts as deleted if IAM still does not list it after 10 minutes',
      until: addMs(NOW, MISSING_CONFIRMATION),
    });
    const gone = current('B', 20, fact('missing', 'B', 1));
    expect(awaitConfirmation(stateOf([], gone, addMs(ago(1), MISSING_CONFIRMATION - 1)))).toBeDefined();
    expect(awaitConfirmation(stateOf([], gone, addMs(ago(1), MISSING_CONFIRMATION)))).toBeUndefined();
  });

  test('not where it is listed, nor where there never was one', () => {
    expect(awaitConfirmation(stateOf([NEW], current('B', 20)))).toBeUndefined();
    expect(awaitConfirmation(stateOf([], {}))).toBeUndefined();
  });
});

describe('our newest key is passed over', () => {
  test.each<[string, AccessKey[], Versions, string | undefined]>([
    ['where AWSCURRENT is on an older key', [OLD, NEW], movedBack(), 'B'],
    ['even if that older key is gone', [NEW], movedBack(), 'B'],
    [
      'where somebody else wrote the value',
      [OLD, NEW],
      { ...previous('A', 110), v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'B',
    ],
    [
      'then the newest that exists counts',
      [OLD],
      { ...previous('A', 110), v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'A',
    ],
    ['not where none of ours exists', [key('X', 5)], { v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] }, undefined],
    ['not where it is the current one', [OLD, NEW], { ...previous('A', 110), ...current('B', 20) }, undefined],
    ['not where it does not exist any more', [OLD], movedBack(), undefined],
    ['not where people rejected it', [OLD, NEW], movedBack(fact('rejected', 'B', 1)), undefined],
    ['not where it leaked', [OLD, NEW], movedBack(fact('leaked', 'B', 1)), undefined],
    [
      "under somebody else's value, the last one that works counts",
      [OLD, inactive('B', 20)],
      { v0: [fact('key', 'A', 110)], v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'A',
    ],
    [
      'or just the last one, if none does',
      [inactive('A', 110), inactive('B', 20)],
      { v0: [fact('key', 'A', 110)], v1: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] },
      'B',
    ],
    [
      'not where it is of the second of the current one',
      [OLD, key('C', 110)],
      { v3: [fact('key', 'C', 110)], ...current('A', 110) },
      undefined,
    ],
    [
      'not where its run died before anybody could get it',
      [OLD, NEW],
      { v1: ['AWSCURRENT', fact('key', 'A', 110)], v0: [fact('key', 'B', 20), `akr1.claim.run.${iso(ago(20))}`] },
      undefined,
    ],
    [
      'not while the first key is on its way',
      [NEW],
      { v0: ['AWSCURRENT', 'akr1.initialized'], v1: [fact('key', 'B', 20), fact('claim', 'run', 20)] },
      undefined,
    ],
  ])('%s', (_when, keys, versions, keyId) => {
    expect(expectedCurrent(stateOf(keys, versions))?.keyId).toBe(keyId);
  });

  test('whatever the order in which the labels are read', () => {
    const versions = { v2: ['AWSCURRENT'], v1: [fact('key', 'B', 20)], v0: [fact('key', 'A', 110)] };
    expect(expectedCurrent(stateOf([OLD, NEW], versions))?.keyId).toBe('B');
  });
});

describe('the key that was current before somebody wrote a value of their own', () => {
  const leaked = (keyId: string) => fact('leaked', keyId, 1);
  const both = {
    v0: [fact('key', 'A', 110), leaked('A')],
    v1: [fact('key', 'B', 20), leaked('B')],
    v2: ['AWSCURRENT'],
  };

  test.each<[string, AccessKey[], Versions, string | undefined]>([
    ['is our newest, although it leaked since', [OLD, NEW], both, 'B'],
    ['if only the one before it exists, that one', [OLD], both, 'A'],
    ['if it alone exists, that one', [NEW], both, 'B'],
    ['none, where no key of ours exists', [key('X', 5)], both, undefined],
    [
      'none that people can not have got',
      [NEW],
      { v1: [fact('key', 'B', 20), leaked('B'), `akr1.claim.run.${iso(ago(20))}`], v2: ['AWSCURRENT'] },
      undefined,
    ],
    [
      'none, where the value is ours',
      [NEW],
      { v0: ['AWSCURRENT', 'akr1.initialized'], v1: [fact('key', 'B', 20), leaked('B')] },
      undefined,
    ],
  ])('%s', (_which, keys, versions, keyId) => {
    expect(replacedCurrent(stateOf(keys, versions))?.keyId).toBe(keyId);
  });
});

describe('what a person has to mend, with the command for it', () => {
  const problem = (keys: AccessKey[], versions: Versions) =>
    currentKeyProblem(request('create'), stateOf(keys, versions));
  const activate = (keyId: string) =>
    `aws iam update-access-key --user-name alice --access-key-id ${keyId} --status Active --region eu-west-1`;
  const forward = (from: string) =>
    "aws secretsmanager update-secret-version-stage --secret-id 'alice' --version-stage AWSCURRENT"
    + ` --move-to-version-id v0 --remove-from-version-id ${from} --region eu-west-1`;

  test('a value that somebody else wrote', () => {
    expect(problem([NEW], { v0: ['AWSPREVIOUS', fact('key', 'B', 20)], v2: ['AWSCURRENT'] })).toEqual({
      do: 'report',
      why: 'the current value of secret alice (version v2) was not written by this rotation',
      remedy: `make B of alice current: ${forward('v2')}`,
    });
    expect(
      problem([inactive('B', 20)], { v0: ['AWSPREVIOUS', fact('key', 'B', 20)], v2: ['AWSCURRENT'] }),
    ).toMatchObject({ remedy: `make B of alice current: ${activate('B')} && ${forward('v2')}` });
  });

  test('a value that somebody else wrote, where no key is left to go back to', () => {
    expect(problem([], { v0: [fact('key', 'B', 20)], v2: ['AWSCURRENT'] })).toEqual({
      do: 'report',
      why: 'the current value of secret alice (version v2) was not written by this rotation, and no key of this rotation can be made current',
      remedy: `if a new key may replace that value, move AWSCURRENT to a version of this rotation: ${forward('v2')}`,
    });
  });

  test('the same before any key was published: back to the first version of all, if that is still there', () => {
    const issuing = { v1: [fact('key', 'B', 20), `akr1.claim.run.${iso(ago(20))}`], v2: ['AWSCURRENT'] };
    expect(problem([NEW], { v0: ['akr1.initialized'], ...issuing })).toMatchObject({
      remedy: expect.stringContaining('--move-to-version-id v0 '),
    });
    expect(problem([NEW], issuing)).toMatchObject({ remedy: expect.stringContaining('--move-to-version-id v1 ') });
  });

  test('the same where the last keys leaked: the newest of them is named, wherever it stands in the list', () => {
    const versions = {
      v0: [fact('key', 'B', 20), fact('leaked', 'B', 1)],
      v1: [fact('key', 'A', 110), fact('leaked', 'A', 1)],
      v2: ['AWSCURRENT'],
    };
    expect(problem([key('A', 110), key('B', 20)], versions)).toMatchObject({
      remedy: expect.stringContaining('--move-to-version-id v0'),
    });
    // Not one that a run was still issuing: it was perhaps never seen to work.
    const issuing = { ...versions, v3: [fact('key', 'C', 1), fact('claim', 'run', 1)] };
    expect(problem([key('A', 110), key('B', 20), key('C', 1)], issuing)).toMatchObject({
      remedy: expect.stringContaining('--move-to-version-id v0'),
    });
  });

  test('a current key that somebody deactivated', () => {
    expect(problem([inactive('B', 20)], current('B', 20))).toEqual({
      do: 'report',
      why: 'the current key B was deactivated outside the rotation',
      remedy:
        'activate it (aws iam update-access-key --user-name alice --access-key-id B --status Active --region eu-west-1), or delete it, and a later check issues a new key',
    });
  });

  test('AWSCURRENT on an older key: both ways out, or those that are left if a key is inactive or gone', () => {
    const why = 'the current key A is older than B: AWSCURRENT was moved back outside the rotation';
    expect(problem([OLD, NEW], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `move AWSCURRENT to B (${forward('v1')}), or send {"action": "rollback", "username": "alice"} to retire B`,
    });
    expect(problem([NEW], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `move AWSCURRENT to B (${forward('v1')})`,
    });
    expect(problem([OLD, inactive('B', 20)], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: 'send {"action": "rollback", "username": "alice"} to retire B',
    });
    expect(problem([inactive('B', 20)], movedBack())).toEqual({
      do: 'report',
      why,
      remedy: `${activate('B')} && ${forward('v1')}`,
    });
  });

  test('nothing where all is well, or where there never was a key of ours', () => {
    expect(problem([OLD, NEW], { ...previous('A', 110), ...current('B', 20) })).toBeUndefined();
    expect(problem([], {})).toBeUndefined();
    expect(problem([key('X', 400)], { v2: ['AWSCURRENT'] })).toBeUndefined();
  });
});

test('a newer key is one that we issued after the current one; a foreign one, or one of the same second, is not', () => {
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

test('the command that moves AWSCURRENT names both versions', () => {
  const [to] = readLedger({ v0: [fact('key', 'B', 20)] }).issued;
  expect(
    makeCurrentCommand(to, readLedger({ v7: ['AWSCURRENT'] }), { secret: 'prod/alice', region: 'eu-west-1' }),
  ).toBe(
    "aws secretsmanager update-secret-version-stage --secret-id 'prod/alice' --version-stage AWSCURRENT --move-to-version-id v0 --remove-from-version-id v7"
      + ' --region eu-west-1',
  );
});

test.each(["'; rm -rf ~ #", 'v1; rm -rf ~', '$(rm)v1'])(
  'a version that somebody gave a mischievous name does not get out of the command: %s',
  (mischief) => {
    const step = currentKeyProblem(
      request('create'),
      stateOf([NEW], { v0: [fact('key', 'B', 20)], [mischief]: ['AWSCURRENT'] }),
    );
    const quoted = `'${mischief.replace("'", "'\\''")}'`;
    expect(step).toMatchObject({
      remedy: expect.stringContaining(`--move-to-version-id v0 --remove-from-version-id ${quoted}`),
    });
  },
);

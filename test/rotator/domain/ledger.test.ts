/** What the staging labels say: the only memory there is, so each word of it counts. */
import {
  claimLabel, Fact, factLabel, factOf, FACTS, FAILED_LABEL, homeOf, isOurs, isSetAside, issuedKey, keyLabel, OPENED_LABEL,
  readLedger, Versions, wasPublished,
} from '../../../src/rotator/domain/ledger';

const AT = new Date('2026-01-31T03:12:45Z');
const LATER = new Date('2026-02-01T03:12:45Z');
const STAMP = '2026-01-31T03:12:45Z';

describe('labels are read as they were written', () => {
  test('a key and when it was created', () => {
    expect(keyLabel('AKIA1', AT)).toBe(`key:AKIA1:${STAMP}`);
    expect(readLedger({ v1: [keyLabel('AKIA1', AT)] }).issued).toEqual([{ label: `key:AKIA1:${STAMP}`, version: 'v1', keyId: 'AKIA1', createdAt: AT }]);
  });

  test.each([['claim', true], ['restore', false]] as const)('a %s, when it was made, and whether its run may have made a key: %p', (purpose, issues) => {
    const label = `${purpose}:${STAMP}:1b4e28ba`;
    expect(claimLabel(purpose, AT, '1b4e28ba-2fa1-11d2-883f-0016d3cca427')).toBe(label);
    expect(readLedger({ v1: [label] }).claims).toEqual([{ label, version: 'v1', at: AT, issues }]);
  });

  test('a run has a name of eight letters, with nothing else in it', () => {
    expect(claimLabel('claim', AT, 'run-4: 1')).toBe(`claim:${STAMP}:run41`);
    expect(readLedger({ v1: [`claim:${STAMP}`] }).claims).toHaveLength(1); // an older release wrote none
  });

  test.each(FACTS)('a fact: %s, and whether people know', (kind) => {
    const [label, untold] = [factLabel(kind, 'AKIA1', AT), factLabel(kind, 'AKIA1', AT, false)];
    expect([label, untold]).toEqual([`${kind}:AKIA1:${STAMP}`, `${kind}:AKIA1:${STAMP}:untold`]);
    const fact = { version: 'v1', kind, keyId: 'AKIA1', at: AT };
    expect(readLedger({ v1: [label, untold] }).facts).toEqual([{ ...fact, label, told: true }, { ...fact, label: untold, told: false }]);
  });

  test('the kinds of facts are these: what is on record today has to be understood for as long as a key lives', () => {
    expect(FACTS).toEqual(['off', 'adopted', 'since', 'gone', 'away', 'rejected', 'leaked', 'foreign', 'reminded']);
  });

  test('times are whole seconds, as IAM counts: a millisecond more or less would be another label', () => {
    expect(keyLabel('AKIA1', new Date('2026-01-31T03:12:45.678Z'))).toBe(`key:AKIA1:${STAMP}`);
    expect(keyLabel('AKIA1', new Date('2026-01-31T03:12:45.000Z'))).toBe(`key:AKIA1:${STAMP}`);
  });

  test('the last attempt that came to nothing', () => {
    expect(readLedger({ v1: ['AWSCURRENT'], v2: ['failed'] }).failed).toEqual({ label: 'failed', version: 'v2' });
    expect(readLedger({ v1: ['AWSCURRENT'] }).failed).toBeUndefined();
  });

  test('of nothing, nothing', () => {
    expect(readLedger({})).toEqual({ versions: {}, foreignValue: false, issued: [], facts: [], claims: [] });
  });
});

test.each([
  `my-key:AKIA1:${STAMP}`, `key:AKIA1:${STAMP}x`, `key:AKIA1:${STAMP}:untold`, `key::${STAMP}`, `key:AK-1:${STAMP}`, 'key:AKIA1:', 'key:AKIA1:yesterday',
  `my-claim:${STAMP}`, `claim:${STAMP}x`, `claim:AKIA1:${STAMP}`, 'claim:', `claim:${STAMP}:`, `claim:${STAMP}:a-b`, `reclaim:${STAMP}:x`, `my-restore:${STAMP}`,
  `my-off:AKIA1:${STAMP}`, `off:AKIA1:${STAMP}x`, `off:AKIA1:${STAMP}:untold:x`, `off::${STAMP}`, `off:AK-1:${STAMP}`, `on:AKIA1:${STAMP}`, `off:AKIA1:${STAMP}:told`,
  'claim:226-01-31T03:12:45Z', 'claim:2026-1-31T03:12:45Z', 'claim:2026-01-31T3:12:45Z', 'claim:2026-01-31T03:2:45Z', 'claim:2026-01-31T03:12:5Z',
  'claim:xxxx-01-31T03:12:45Z', 'claim:2026-xx-31T03:12:45Z', 'claim:2026-01-xxT03:12:45Z', 'claim:2026-01-31Txx:12:45Z', 'claim:2026-01-31T03:xx:45Z',
  'claim:2026-01-31T03:12:xxZ', 'blue', 'failed-once', 'AWSPENDING', 'AWSPREVIOUS',
])('%s is somebody else\'s note', (label) => {
  expect(readLedger({ v1: [label] })).toMatchObject({ currentVersion: undefined, issued: [], facts: [], claims: [], failed: undefined });
});

describe('the current value', () => {
  test('is that of the issued key on the same version', () => {
    const versions = { v0: ['AWSPREVIOUS', keyLabel('AKIA0', AT)], v1: ['AWSCURRENT', keyLabel('AKIA1', LATER)] };
    expect(readLedger(versions)).toMatchObject({ currentVersion: 'v1', current: { keyId: 'AKIA1' }, foreignValue: false });
  });

  test.each<[string, string[], boolean]>([
    ['a key of ours', [keyLabel('AKIA1', AT)], false],
    ['our very first value', ['opened'], false],
    ['a run at work', [claimLabel('claim', AT, 'run')], false],
    ['a run that makes an older key current again', [claimLabel('restore', AT, 'run')], false],
    ['an attempt that came to nothing', ['failed'], false],
    ['no label of ours', [], true],
    ['somebody else\'s notes', ['blue', 'opened-by-me', 'failed-once', 'unopened', 'unfailed', 'my-key:x', 'reclaim:x', 'my-restore:x'], true],
    ['facts that are noted on whatever is current', [factLabel('foreign', 'X', AT), factLabel('leaked', 'X', AT), factLabel('adopted', 'X', AT)], true],
  ])('with %s (%j): written by somebody else is %p', (_what, labels, foreignValue) => {
    expect(readLedger({ v1: ['AWSCURRENT', ...labels] }).foreignValue).toBe(foreignValue);
  });

  test('is nobody\'s where there is none', () => {
    expect(readLedger({ v1: ['blue'] }).foreignValue).toBe(false);
  });
});

describe('what is on record of a key', () => {
  const labels = (...facts: [Fact['kind'], string, Date][]) => readLedger({ v1: facts.map((fact) => factLabel(...fact)) });

  test('is the latest fact of that kind about that key, wherever it stands', () => {
    const others: [Fact['kind'], string, Date][] = [['since', 'AKIA1', LATER], ['off', 'AKIA2', LATER]];
    expect(factOf(labels(['off', 'AKIA1', AT], ['off', 'AKIA1', LATER], ...others), 'off', 'AKIA1')?.at).toEqual(LATER);
    expect(factOf(labels(...others, ['off', 'AKIA1', LATER], ['off', 'AKIA1', AT]), 'off', 'AKIA1')?.at).toEqual(LATER);
    expect(factOf(labels(...others), 'off', 'AKIA1')).toBeUndefined();
    expect(factOf(labels(...others), 'off', undefined)).toBeUndefined();
  });

  test('is whether we issued it', () => {
    const ledger = readLedger({ v1: [keyLabel('AKIA1', AT)], v2: [keyLabel('AKIA2', AT)] });
    expect(issuedKey(ledger, 'AKIA2')?.version).toBe('v2');
    expect(issuedKey(ledger, 'AKIA3')).toBeUndefined();
  });

  test.each<[Fact['kind'], boolean]>([
    ['adopted', true], ['leaked', true], ['foreign', false], ['off', false], ['since', false], ['gone', false], ['away', false], ['rejected', false],
  ])('somebody else\'s key that is %s: ours to retire is %p', (kind, ours) => {
    expect(isOurs(labels([kind, 'X', AT]), 'X')).toBe(ours);
    expect(isOurs(labels([kind, 'X', AT]), 'Y')).toBe(false);
  });

  test('and a key that we issued is ours to retire', () => {
    expect(isOurs(readLedger({ v1: [keyLabel('AKIA1', AT)] }), 'AKIA1')).toBe(true);
  });
});

test.each<[string, Versions, string | undefined]>([
  ['its own version', { v1: ['AWSCURRENT', keyLabel('B', AT)], v2: [keyLabel('X', AT)], v3: [factLabel('adopted', 'X', AT)] }, 'v2'],
  ['the one that says it was adopted', { v1: ['AWSCURRENT', keyLabel('B', AT)], v2: [factLabel('leaked', 'X', AT)], v3: [factLabel('adopted', 'X', AT)] }, 'v3'],
  ['the one that says it leaked', { v1: ['AWSCURRENT', keyLabel('B', AT)], v2: [factLabel('foreign', 'X', AT)], v3: [factLabel('leaked', 'X', AT)] }, 'v3'],
  ['that of the current key', { v0: [keyLabel('A', AT)], v1: ['AWSCURRENT', keyLabel('B', AT)] }, 'v1'],
  ['any of ours under somebody else\'s value', { v0: ['AWSCURRENT', 'blue'], v1: ['blue', keyLabel('B', AT)] }, 'v1'],
  ['none where we never wrote anything', { v0: ['AWSCURRENT', 'blue'] }, undefined],
])('facts about a key stand on one version: %s', (_what, versions, home) => {
  expect(homeOf(readLedger(versions), 'X')).toBe(home);
});

test.each<[Fact['kind'], boolean]>([
  ['rejected', true], ['leaked', true], ['away', false], ['off', false],
])('a newer key that is %s: meant to go is %p', (kind, aside) => {
  expect(isSetAside('B', readLedger({ v0: [factLabel(kind, 'B', AT)] }))).toBe(aside);
  expect(isSetAside('A', readLedger({ v0: [factLabel(kind, 'B', AT)] }))).toBe(false);
});

test('a key may be known to people unless the run that made it is at work still, or died; the run of another key says nothing of it', () => {
  const claim = claimLabel('claim', AT, 'run');
  const published = (versions: Versions) => wasPublished(readLedger(versions).issued[0], readLedger(versions));
  expect(published({ v1: [keyLabel('B', AT)], v2: [claim] })).toBe(true);
  expect(published({ v1: [keyLabel('B', AT), claim] })).toBe(false);
});

test('the label of the first version is what it was: a secret that bears another would count as written by somebody else', () => {
  expect(readLedger({ v1: ['AWSCURRENT', OPENED_LABEL] }).foreignValue).toBe(false);
  expect(readLedger({ v1: ['AWSCURRENT', FAILED_LABEL] }).foreignValue).toBe(false);
});

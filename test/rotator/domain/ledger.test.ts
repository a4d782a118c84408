/** What the staging labels say: the only memory there is, so each word of it counts. */
import * as fc from 'fast-check';
import {
  CLAIM_LIFETIME,
  claimLabel,
  entryOf,
  FactKind,
  FACTS,
  FAILED_LABEL,
  INITIALIZED_LABEL,
  KINDS,
  labelOf,
  readLedger,
  recordsOf,
  Versions,
} from '../../../src/rotator/domain/ledger';

const AT = new Date('2026-01-31T03:12:45Z');
const LATER = new Date('2026-02-01T03:12:45Z');
const STAMP = '20260131T031245Z';

const unnotified = (kind: FactKind) => `akr1.${kind}.AKIA1.${STAMP}.unnotified`;

describe('labels are read as they were written', () => {
  test('a key and when it was created', () => {
    expect(labelOf('key', 'AKIA1', AT)).toBe(`akr1.key.AKIA1.${STAMP}`);
    expect(readLedger({ v1: [labelOf('key', 'AKIA1', AT)] }).issued).toEqual([
      { label: `akr1.key.AKIA1.${STAMP}`, version: 'v1', kind: 'key', subject: 'AKIA1', at: AT, notified: true },
    ]);
  });

  test.each(['claim', 'restore'] as const)('a %s, when it was made, and by which run', (kind) => {
    const label = `akr1.${kind}.1b4e28ba.${STAMP}`;
    expect(claimLabel(kind, AT, '1b4e28ba-2fa1-11d2-883f-0016d3cca427')).toBe(label);
    expect(readLedger({ v1: [label] }).claims).toEqual([
      { label, version: 'v1', kind, subject: '1b4e28ba', at: AT, notified: true },
    ]);
  });

  test('a run has a name of eight letters, with nothing else in it', () => {
    expect(claimLabel('claim', AT, 'run-4: 1')).toBe(`akr1.claim.run41.${STAMP}`);
  });

  test.each(FACTS)('a fact: %s, and whether people are notified', (kind) => {
    const [label, owed] = [labelOf(kind, 'AKIA1', AT), labelOf(kind, 'AKIA1', AT, false)];
    expect([label, owed]).toEqual([`akr1.${kind}.AKIA1.${STAMP}`, unnotified(kind)]);
    const fact = { version: 'v1', kind, subject: 'AKIA1', at: AT };
    expect(readLedger({ v1: [label, owed] }).facts).toEqual([
      { ...fact, label, notified: true },
      { ...fact, label: owed, notified: false },
    ]);
  });

  test('the kinds of records are these: what is on record today has to be understood for as long as a key lives', () => {
    const facts = [
      'inactive',
      'adopted',
      'current-since',
      'missing',
      'displaced',
      'rejected',
      'leaked',
      'unmanaged',
      'reminded',
    ];
    expect(FACTS).toEqual(facts);
    expect(KINDS).toEqual(['key', 'claim', 'restore', ...facts]);
  });

  test('times are whole seconds, as IAM counts: a millisecond more or less would be another label', () => {
    expect(labelOf('key', 'AKIA1', new Date('2026-01-31T03:12:45.678Z'))).toBe(`akr1.key.AKIA1.${STAMP}`);
    expect(labelOf('key', 'AKIA1', new Date('2026-01-31T03:12:45.000Z'))).toBe(`akr1.key.AKIA1.${STAMP}`);
  });

  test('the last attempt that came to nothing', () => {
    expect(readLedger({ v1: ['AWSCURRENT'], v2: ['akr1.failed'] }).failed).toEqual({
      label: 'akr1.failed',
      version: 'v2',
    });
    expect(readLedger({ v1: ['AWSCURRENT'] }).failed).toBeUndefined();
  });

  test('of nothing, nothing', () => {
    expect(readLedger({})).toEqual({
      versions: {},
      unmanagedValue: false,
      issued: [],
      facts: [],
      claims: [],
      unreadable: [],
    });
  });
});

describe('the grammar', () => {
  const seconds = fc
    .integer({ min: Date.UTC(2000) / 1000, max: Date.UTC(9999) / 1000 })
    .map((time) => new Date(time * 1000));
  const entry = fc.record({
    kind: fc.constantFrom(...KINDS),
    subject: fc.stringMatching(/^\w{1,128}$/),
    at: seconds,
    notified: fc.boolean(),
  });

  test('reader and writer are inverse, and labels are as Secrets Manager takes them', () => {
    fc.assert(
      fc.property(entry, ({ kind, subject, at, notified }) => {
        const label = labelOf(kind, subject, at, notified);
        expect(entryOf(label)).toEqual({ kind, subject, at, notified });
        expect(label).toMatch(/^akr1\.[\w.-]{1,200}$/);
      }),
    );
  });

  test('whatever is read is what is written for it', () => {
    const part = fc.oneof(
      fc.constantFrom('akr1', 'akr2', ...KINDS, STAMP, '20260231T000000Z', 'unnotified', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
        (label) => {
          const read = entryOf(label);
          if (read) expect(labelOf(read.kind, read.subject, read.at, read.notified)).toBe(label);
        },
      ),
    );
  });
});

test.each([
  ['of a later grammar', `akr2.key.AKIA1.${STAMP}`],
  ['of a much later one', 'akr10.x'],
  ['of an earlier one', `akr0.key.AKIA1.${STAMP}`],
  ['of an unknown kind', `akr1.on.AKIA1.${STAMP}`],
  ['without a kind', `akr1..AKIA1.${STAMP}`],
  ['with nothing else', 'akr1.'],
  ['without a subject', `akr1.key..${STAMP}`],
  ['without a subject and a time', 'akr1.key'],
  ['of a subject that is none', `akr1.key.AK-1.${STAMP}`],
  ['of a subject that begins as none', `akr1.key.-AK.${STAMP}`],
  ['without a time', 'akr1.key.AKIA1'],
  ['of an empty time', 'akr1.key.AKIA1.'],
  ['of a time that is none', 'akr1.key.AKIA1.yesterday'],
  ['of a day that does not exist', 'akr1.key.AKIA1.20260231T031245Z'],
  ['of a month that does not exist', 'akr1.key.AKIA1.20261331T031245Z'],
  ['of an hour that does not exist', 'akr1.key.AKIA1.20260131T251245Z'],
  ['of an extended time', 'akr1.key.AKIA1.2026-01-31T03:12:45Z'],
  ['of milliseconds', 'akr1.key.AKIA1.20260131T031245.678Z'],
  ['of a time without a zone', 'akr1.key.AKIA1.20260131T031245'],
  ['with another word at the end', `akr1.inactive.AKIA1.${STAMP}.notified`],
  ['with more at the end', `akr1.inactive.AKIA1.${STAMP}.unnotified.x`],
  ['with a dot at the end', `akr1.inactive.AKIA1.${STAMP}.`],
  ['of a failure with more', `akr1.failed.AKIA1.${STAMP}`],
  ['of a first version with more', 'akr1.initialized.'],
])('a label %s cannot be read (%s)', (_what, label) => {
  expect(readLedger({ v1: ['blue', label, 'AWSPREVIOUS'], v2: [labelOf('key', 'AKIA2', AT)] })).toMatchObject({
    unreadable: [{ label, version: 'v1' }],
    issued: [{ subject: 'AKIA2' }],
    facts: [],
    claims: [],
    failed: undefined,
  });
});

test.each([
  'blue',
  'failed',
  'akr1',
  'akr',
  'akr.key',
  `akr.key.AKIA1.${STAMP}`,
  `AKR1.key.AKIA1.${STAMP}`,
  `my.akr1.key.AKIA1.${STAMP}`,
  `xakr1.key.AKIA1.${STAMP}`,
  `akr1-key.AKIA1.${STAMP}`,
  `akrx.key.AKIA1.${STAMP}`,
  'AWSPENDING',
  'AWSPREVIOUS',
  '1.0.0',
  `key.AKIA1.${STAMP}`,
])("%s is somebody else's note", (label) => {
  expect(readLedger({ v1: [label] })).toEqual({
    versions: { v1: [label] },
    unmanagedValue: false,
    issued: [],
    facts: [],
    claims: [],
    unreadable: [],
  });
});

describe('the current value', () => {
  test('is that of the issued key on the same version', () => {
    const versions = {
      v0: ['AWSPREVIOUS', labelOf('key', 'AKIA0', AT)],
      v1: ['AWSCURRENT', labelOf('key', 'AKIA1', LATER)],
    };
    expect(readLedger(versions)).toMatchObject({
      currentVersion: 'v1',
      current: { subject: 'AKIA1' },
      unmanagedValue: false,
    });
  });

  test.each<[string, string[], boolean]>([
    ['a key of ours', [labelOf('key', 'AKIA1', AT)], false],
    ['our very first value', ['akr1.initialized'], false],
    ['a run at work', [claimLabel('claim', AT, 'run')], false],
    ['a run that makes an older key current again', [claimLabel('restore', AT, 'run')], false],
    ['an attempt that came to nothing', ['akr1.failed'], false],
    ['no label of ours', [], true],
    [
      "somebody else's notes",
      ['blue', 'initialized', 'failed', 'akr1', 'my.akr1.failed', `key.X.${STAMP}`, 'AWSPENDING'],
      true,
    ],
    [
      'facts that are noted on whatever is current',
      [labelOf('unmanaged', 'X', AT), labelOf('leaked', 'X', AT), labelOf('adopted', 'X', AT)],
      true,
    ],
  ])('with %s (%j): written by somebody else is %p', (_what, labels, unmanagedValue) => {
    expect(readLedger({ v1: ['AWSCURRENT', ...labels] }).unmanagedValue).toBe(unmanagedValue);
  });

  test("is nobody's where there is none", () => {
    expect(readLedger({ v1: ['blue'] }).unmanagedValue).toBe(false);
  });
});

describe('what is on record of a key', () => {
  const labels = (...facts: [FactKind, string, Date][]) => readLedger({ v1: facts.map((fact) => labelOf(...fact)) });

  test('is the latest fact of each kind about that key, wherever it stands', () => {
    const others: [FactKind, string, Date][] = [
      ['current-since', 'AKIA1', LATER],
      ['inactive', 'AKIA2', LATER],
    ];
    expect(
      recordsOf(labels(['inactive', 'AKIA1', AT], ['inactive', 'AKIA1', LATER], ...others), 'AKIA1').facts,
    ).toEqual({
      inactive: expect.objectContaining({ at: LATER }),
      'current-since': expect.objectContaining({ at: LATER }),
    });
    expect(
      recordsOf(labels(...others, ['inactive', 'AKIA1', LATER], ['inactive', 'AKIA1', AT]), 'AKIA1').facts.inactive?.at,
    ).toEqual(LATER);
    expect(recordsOf(labels(...others), 'AKIA1').facts.inactive).toBeUndefined();
    expect(recordsOf(labels(...others), 'AKIA3').facts).toEqual({});
  });

  test('is the very record of the ledger, so that it can be told from another one about the same', () => {
    const ledger = labels(['inactive', 'AKIA1', AT]);
    expect(recordsOf(ledger, 'AKIA1').facts.inactive).toBe(ledger.facts[0]);
  });

  test('is whether we issued it', () => {
    const ledger = readLedger({ v1: [labelOf('key', 'AKIA1', AT)], v2: [labelOf('key', 'AKIA2', AT)] });
    expect(recordsOf(ledger, 'AKIA2')).toMatchObject({ issued: { version: 'v2' }, managed: true });
    expect(recordsOf(ledger, 'AKIA3')).toMatchObject({ issued: undefined, managed: false });
  });

  test.each<[FactKind, boolean]>([
    ['adopted', true],
    ['leaked', true],
    ['unmanaged', false],
    ['inactive', false],
    ['current-since', false],
    ['missing', false],
    ['displaced', false],
    ['rejected', false],
    ['reminded', false],
  ])("somebody else's key that is %s: ours to retire is %p", (kind, ours) => {
    expect(recordsOf(labels([kind, 'X', AT]), 'X').managed).toBe(ours);
    expect(recordsOf(labels([kind, 'X', AT]), 'Y').managed).toBe(false);
  });
});

test.each<[string, Versions, string | undefined]>([
  [
    'its own version',
    { v1: ['AWSCURRENT', labelOf('key', 'B', AT)], v2: [labelOf('key', 'X', AT)], v3: [labelOf('adopted', 'X', AT)] },
    'v2',
  ],
  [
    'the one that says it was adopted',
    {
      v1: ['AWSCURRENT', labelOf('key', 'B', AT)],
      v2: [labelOf('leaked', 'X', AT)],
      v3: [labelOf('adopted', 'X', AT)],
    },
    'v3',
  ],
  [
    'the one that says it leaked',
    {
      v1: ['AWSCURRENT', labelOf('key', 'B', AT)],
      v2: [labelOf('unmanaged', 'X', AT)],
      v3: [labelOf('leaked', 'X', AT)],
    },
    'v3',
  ],
  ['that of the current key', { v0: [labelOf('key', 'A', AT)], v1: ['AWSCURRENT', labelOf('key', 'B', AT)] }, 'v1'],
  [
    "any of ours under somebody else's value",
    { v0: ['AWSCURRENT', 'blue'], v1: ['blue', labelOf('key', 'B', AT)] },
    'v1',
  ],
  ['none where we never wrote anything', { v0: ['AWSCURRENT', 'blue'] }, undefined],
])('facts about a key stand on one version: %s', (_what, versions, recordVersion) => {
  expect(recordsOf(readLedger(versions), 'X').recordVersion).toBe(recordVersion);
});

test.each<[FactKind, boolean]>([
  ['rejected', true],
  ['leaked', true],
  ['displaced', false],
  ['inactive', false],
])('a newer key that is %s: meant to go is %p', (kind, aside) => {
  expect(recordsOf(readLedger({ v0: [labelOf(kind, 'B', AT)] }), 'B').withdrawn).toBe(aside);
  expect(recordsOf(readLedger({ v0: [labelOf(kind, 'B', AT)] }), 'A').withdrawn).toBe(false);
});

test('a key may be known to people unless the run that made it is at work still, or failed; the run of another key says nothing of it', () => {
  const claim = claimLabel('claim', AT, 'run');
  const published = (versions: Versions, keyId = 'B') => recordsOf(readLedger(versions), keyId).published;
  expect(published({ v1: [labelOf('key', 'B', AT)], v2: [claim] })).toBe(true);
  expect(published({ v1: [labelOf('key', 'B', AT), claim] })).toBe(false);
  expect(published({ v1: [labelOf('key', 'B', AT)] }, 'X')).toBe(false);
});

test('a claim that the current key is younger than by more than its lifetime is of the past: its key was current before', () => {
  const published = (ms: number) =>
    recordsOf(
      readLedger({
        v0: [labelOf('key', 'A', AT), claimLabel('claim', AT, 'run')],
        v1: ['AWSCURRENT', labelOf('key', 'B', new Date(AT.getTime() + ms))],
      }),
      'A',
    ).published;
  expect(published(CLAIM_LIFETIME)).toBe(false);
  expect(published(CLAIM_LIFETIME + 1_000)).toBe(true);
});

test('the label of the first version is what it was: a secret that bears another would count as written by somebody else', () => {
  expect(readLedger({ v1: ['AWSCURRENT', INITIALIZED_LABEL] }).unmanagedValue).toBe(false);
  expect(readLedger({ v1: ['AWSCURRENT', FAILED_LABEL] }).unmanagedValue).toBe(false);
});

/** The staging labels: the only state of the rotation, so their grammar must not change. */
import * as fc from 'fast-check';
import { DAY } from '../../../src/contract/ages';
import {
  asOf,
  CLAIM_LIFETIME,
  claimLabel,
  parseLabel,
  FactKind,
  FACTS,
  failedLabel,
  INITIALIZED_LABEL,
  KINDS,
  labelOf,
  ownerSubject,
  readLedger,
  recordsOf,
  Versions,
} from '../../../src/rotator/domain/ledger';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { userState } from '../../../src/rotator/domain/user-state';

const AT = new Date('2026-01-31T03:12:45Z');
const LATER = new Date('2026-02-01T03:12:45Z');
const TIME = '20260131T031245Z';

const unnotified = (kind: FactKind) => `akr1.${kind}.AKIA1.${TIME}.unnotified`;

describe('a label', () => {
  test('records a key and its creation time', () => {
    expect(labelOf('key', 'AKIA1', AT)).toBe(`akr1.key.AKIA1.${TIME}`);
    expect(readLedger({ v1: [labelOf('key', 'AKIA1', AT)] }).issued).toEqual([
      { label: `akr1.key.AKIA1.${TIME}`, version: 'v1', kind: 'key', subject: 'AKIA1', at: AT, notified: true },
    ]);
  });

  test.each(['claim', 'restore'] as const)('records a %s, its time and its run', (kind) => {
    const label = `akr1.${kind}.1b4e28ba.${TIME}`;
    expect(claimLabel(kind, AT, '1b4e28ba-2fa1-11d2-883f-0016d3cca427')).toBe(label);
    expect(readLedger({ v1: [label] }).claims).toEqual([
      { label, version: 'v1', kind, subject: '1b4e28ba', at: AT, notified: true },
    ]);
  });

  test('has the first eight letters and digits of a run ID', () => {
    expect(claimLabel('claim', AT, 'run-4: 1')).toBe(`akr1.claim.run41.${TIME}`);
  });

  test.each(FACTS)('records a fact, %s, and whether people are notified, if a later check can do that', (kind) => {
    const [label, pending] = [labelOf(kind, 'AKIA1', AT), labelOf(kind, 'AKIA1', AT, false)];
    expect([label, pending]).toEqual([`akr1.${kind}.AKIA1.${TIME}`, unnotified(kind)]);
    const fact = { version: 'v1', kind, subject: 'AKIA1', at: AT };
    const isLater = ['inactive', 'rejected'].includes(kind);
    const { facts, invalid } = readLedger({ v1: [label, pending] });
    expect(facts).toEqual([
      { ...fact, label, notified: true },
      ...(isLater ? [{ ...fact, label: pending, notified: false }] : []),
    ]);
    expect(invalid.map((one) => one.label)).toEqual(isLater ? [] : [pending]);
  });

  test('has one of these kinds: a later release must read them for as long as a key exists', () => {
    const facts = [
      'copy',
      'inactive',
      'adopted',
      'current-since',
      'missing',
      'displaced',
      'rejected',
      'leaked',
      'replaces',
      'unmanaged',
      'reminded',
      'exposed',
      'suspected',
    ];
    expect(FACTS).toEqual(facts);
    expect(KINDS).toEqual(['key', 'claim', 'restore', 'failed', 'removed', 'owner', ...facts]);
  });

  test('has a time in whole seconds, like the dates of IAM', () => {
    expect(labelOf('key', 'AKIA1', new Date('2026-01-31T03:12:45.678Z'))).toBe(`akr1.key.AKIA1.${TIME}`);
    expect(labelOf('key', 'AKIA1', new Date('2026-01-31T03:12:45.000Z'))).toBe(`akr1.key.AKIA1.${TIME}`);
  });

  test.each(['claim', 'restore'] as const)('of a failed run has the ID and the time of its %s', (kind) => {
    const label = failedLabel({ label: claimLabel(kind, AT, 'run-4: 1') });
    expect(label).toBe(`akr1.failed.run41.${TIME}`);
    expect(readLedger({ v1: ['AWSCURRENT'], v2: [label] }).failed).toEqual([
      { kind: 'failed', subject: 'run41', at: AT, notified: true, label, version: 'v2' },
    ]);
  });

  test('of a failed run without a time, as before the first release, is readable: it failed long ago', () => {
    const { failed, unreadable } = readLedger({ v1: ['AWSCURRENT', 'akr1.failed'] });
    expect(failed).toEqual([
      { kind: 'failed', subject: '', at: new Date(0), notified: true, label: 'akr1.failed', version: 'v1' },
    ]);
    expect(unreadable).toEqual([]);
  });

  test('of the owner has the name of the rotation, with "_" in place of other characters', () => {
    expect(ownerSubject('eu-west-1/Keys/c8f0')).toBe('eu_west_1_Keys_c8f0');
  });

  test('of a removal counts from the first one', () => {
    const [first, second] = [claimLabel('removed', AT, 'one'), claimLabel('removed', LATER, 'two')];
    expect(readLedger({ v1: [second], v2: [first] }).removed!.label).toBe(first);
    expect(readLedger({ v1: [first], v2: [second] }).removed!.label).toBe(first);
    // Its version is one of the rotation.
    expect(readLedger({ v1: ['AWSCURRENT', first] })).toMatchObject({ unmanagedValue: false, ownVersions: ['v1'] });
  });

  test('is in no empty ledger', () => {
    expect(readLedger({})).toEqual({
      versions: {},
      unmanagedValue: false,
      issued: [],
      facts: [],
      claims: [],
      failed: [],
      owners: [],
      written: [],
      unreadable: [],
      contradictory: [],
      invalid: [],
      ownVersions: [],
    });
  });
});

describe('the grammar', () => {
  const seconds = fc
    .integer({ min: Date.UTC(2000) / 1000, max: Date.UTC(9999) / 1000 })
    .map((time) => new Date(time * 1000));
  const entries = fc.record({
    kind: fc.constantFrom(...KINDS),
    subject: fc.stringMatching(/^\w{1,128}$/),
    at: seconds,
    notified: fc.boolean(),
  });

  test('a label is parsed as it was formatted, and Secrets Manager accepts its characters', () => {
    fc.assert(
      fc.property(entries, ({ kind, subject, at, notified }) => {
        const label = labelOf(kind, subject, at, notified);
        expect(parseLabel(label)).toEqual({ kind, subject, at, notified });
        expect(label).toMatch(/^akr1\.[\w.-]{1,200}$/);
      }),
    );
  });

  test('a parsed label is formatted as it was', () => {
    const part = fc.oneof(
      fc.constantFrom('akr1', 'akr2', ...FACTS, KINDS, TIME, '20260231T000000Z', 'unnotified', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
        (label) => {
          const entry = parseLabel(label);
          if (entry) expect(labelOf(entry.kind, entry.subject, entry.at, entry.notified)).toBe(label);
        },
      ),
    );
  });
});

test.each([
  ['of a later grammar', `akr2.key.AKIA1.${TIME}`],
  ['of a much later one', 'akr10.x'],
  ['of an earlier one', `akr0.key.AKIA1.${TIME}`],
  ['of an unknown kind', `akr1.on.AKIA1.${TIME}`],
  ['without a kind', `akr1..AKIA1.${TIME}`],
  ['with nothing else', 'akr1.'],
  ['without a subject', `akr1.key..${TIME}`],
  ['without a subject and a time', 'akr1.key'],
  ['of an invalid subject', `akr1.key.AK-1.${TIME}`],
  ['of a subject with an invalid start', `akr1.key.-AK.${TIME}`],
  ['without a time', 'akr1.key.AKIA1'],
  ['of an empty time', 'akr1.key.AKIA1.'],
  ['of an invalid time', 'akr1.key.AKIA1.yesterday'],
  ['of a day that does not exist', 'akr1.key.AKIA1.20260231T031245Z'],
  ['of a month that does not exist', 'akr1.key.AKIA1.20261331T031245Z'],
  ['of an hour that does not exist', 'akr1.key.AKIA1.20260131T251245Z'],
  ['of an extended time', 'akr1.key.AKIA1.2026-01-31T03:12:45Z'],
  ['of milliseconds', 'akr1.key.AKIA1.20260131T031245.678Z'],
  ['of a time without a zone', 'akr1.key.AKIA1.20260131T031245'],
  ['with another word at the end', `akr1.inactive.AKIA1.${TIME}.notified`],
  ['with more at the end', `akr1.inactive.AKIA1.${TIME}.unnotified.x`],
  ['with a dot at the end', `akr1.inactive.AKIA1.${TIME}.`],
  ['of a failure without a time', 'akr1.failed.run'],
  ['of a first version with more', 'akr1.initialized.'],
  ['of the time null', 'akr1.key.AKIA1.null'],
])('a label %s is unreadable (%s)', (_case, label) => {
  expect(readLedger({ v1: ['blue', label, 'AWSPREVIOUS'], v2: [labelOf('key', 'AKIA2', AT)] })).toMatchObject({
    unreadable: [{ label, version: 'v1' }],
    issued: [{ subject: 'AKIA2' }],
    facts: [],
    claims: [],
    failed: [],
  });
});

test.each([
  'blue',
  'failed',
  'akr1',
  'akr',
  'akr.key',
  `akr.key.AKIA1.${TIME}`,
  `AKR1.key.AKIA1.${TIME}`,
  `my.akr1.key.AKIA1.${TIME}`,
  `xakr1.key.AKIA1.${TIME}`,
  `akr1-key.AKIA1.${TIME}`,
  `akrx.key.AKIA1.${TIME}`,
  'AWSPENDING',
  'AWSPREVIOUS',
  '1.0.0',
  `key.AKIA1.${TIME}`,
])('%s is not a label of a rotation', (label) => {
  expect(readLedger({ v1: [label] })).toEqual({
    versions: { v1: [label] },
    unmanagedValue: false,
    issued: [],
    facts: [],
    claims: [],
    failed: [],
    owners: [],
    written: [],
    unreadable: [],
    contradictory: [],
    invalid: [],
    ownVersions: [],
  });
});

describe('a label that no run can have written is void', () => {
  const UUID = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed'; // as an SDK, the console and CloudFormation name versions
  const LEAD = 6 * 60_000;
  const late = (ms = 1_000) => new Date(AT.getTime() + LEAD + ms);
  const TOKEN = 'e3b0c44298fc1c149afbf4c8996fb924'; // as the rotation names them

  test.each(KINDS)('%s, dated after the clock of IAM by more than a run takes', (kind) => {
    const label = labelOf(kind, 'AKIA1', late());
    const versions = { v1: ['AWSCURRENT', labelOf('key', 'AKIA2', AT), label] };
    const ledger = asOf(readLedger(versions), AT);
    expect(ledger).toMatchObject({ invalid: [{ label, version: 'v1' }], versions, unreadable: [] });
    const { invalid, versions: _raw, ...rest } = ledger;
    const {
      invalid: none,
      versions: _other,
      ...without
    } = readLedger({ v1: ['AWSCURRENT', labelOf('key', 'AKIA2', AT)] });
    expect(rest).toEqual({ ...without, kmsKey: undefined });
    expect(none).toEqual([]);
  });

  test.each(KINDS)('%s, dated in the year 2999', (kind) => {
    const label = labelOf(kind, 'AKIA1', new Date('2999-01-01T00:00:00Z'), false);
    const { invalid, facts, claims, removed, failed, issued } = asOf(readLedger({ v1: [label] }), AT);
    expect(invalid).toMatchObject([{ label, version: 'v1' }]);
    expect([...facts, ...claims, ...failed, ...issued, removed]).toEqual([undefined]);
  });

  test.each(KINDS)('not %s of another run, which can be later by as much as a run takes', (kind) => {
    const ledger = readLedger({ v1: [labelOf(kind, 'AKIA1', late(0))] });
    expect(asOf(ledger, AT)).toBe(ledger);
  });

  /** A copy has the date of the record of its key. */
  const EVENTS = FACTS.filter((kind) => kind !== 'copy');

  describe.each(EVENTS)('%s, about a key', (kind) => {
    const key = { keyId: 'AKIA1', createdAt: AT };
    const dated = (ms: number) => labelOf(kind, 'AKIA1', new Date(AT.getTime() - ms));
    const voidAt = (ms: number, listed = [key]) =>
      asOf(readLedger({ v1: [dated(ms)] }), late(DAY), listed).invalid.map(({ label }) => label);

    test('dated before its creation by more than a run takes', () => {
      expect(voidAt(LEAD + 1_000)).toEqual([dated(LEAD + 1_000)]);
      expect(voidAt(400 * DAY, [{ ...key, keyId: 'AKIA0' }, key])).toEqual([dated(400 * DAY)]);
    });

    test('not if another server of IAM, whose clock differs, or an earlier run dated it', () => {
      expect(voidAt(LEAD)).toEqual([]);
    });

    test('not if the key is another one, or is not listed any more', () => {
      expect(voidAt(400 * DAY, [{ ...key, keyId: 'AKIA2' }])).toEqual([]);
      expect(voidAt(400 * DAY, [])).toEqual([]);
    });
  });

  test.each(EVENTS)('%s, dated before the record of a key that is not listed any more', (kind) => {
    const label = labelOf(kind, 'AKIA1', new Date(AT.getTime() - DAY));
    const versions = { v1: [labelOf('key', 'AKIA1', AT)], v2: [INITIALIZED_LABEL, label] };
    expect(asOf(readLedger(versions), AT).invalid).toMatchObject([{ label }]);
  });

  test('not because of a `key` of the future, which is forged: only that one is', () => {
    const [forged, leaked] = [labelOf('key', 'AKIA1', late(DAY)), labelOf('leaked', 'AKIA1', AT)];
    const { invalid, facts } = asOf(readLedger({ v0: [leaked], v1: [forged] }), AT);
    expect(invalid).toMatchObject([{ label: forged }]);
    expect(facts).toMatchObject([{ label: leaked }]);
  });

  test('a copy has the date of one of the records of its key, and the version of none', () => {
    const [first, second] = [AT, late()].map((at) => labelOf('key', 'AKIA1', at));
    const copy = labelOf('copy', 'AKIA1', AT);
    expect(readLedger({ v0: [first], v1: [second], v2: [copy] }).invalid).toEqual([]);
    expect(readLedger({ v0: [first], v1: [second, copy] }).invalid).toMatchObject([{ label: copy }]);
  });

  test('a forged fact hides no true one', () => {
    const [forged, label] = [new Date(AT.getTime() - DAY), AT].map((at) => labelOf('rejected', 'AKIA1', at));
    const ledger = asOf(readLedger({ v1: [forged, label] }), AT, [{ keyId: 'AKIA1', createdAt: AT }]);
    expect(ledger.facts).toMatchObject([{ label }]);
    expect(ledger.invalid).toMatchObject([{ label: forged }]);
  });

  test('a copy on the version with the record of its key', () => {
    const [label, copy] = [labelOf('key', 'AKIA1', AT), labelOf('copy', 'AKIA1', AT)];
    expect(readLedger({ v1: ['AWSCURRENT', label, copy] })).toMatchObject({
      invalid: [{ label: copy, version: 'v1' }],
      unreadable: [],
      facts: [],
      current: { label },
    });
  });

  test.each([AT.getTime() - 1_000, LATER.getTime()])('a copy with another date than the record of its key', (date) => {
    const [label, copy] = [labelOf('key', 'AKIA1', AT), labelOf('copy', 'AKIA1', new Date(date))];
    expect(readLedger({ v1: [label], v2: ['AWSCURRENT', copy] })).toMatchObject({
      invalid: [{ label: copy, version: 'v2' }],
      unreadable: [],
      facts: [],
      written: [{ label }],
      current: undefined,
      unmanagedValue: true,
    });
  });

  test('not a copy beside a record of its key that is void itself', () => {
    const [label, copy] = [labelOf('key', 'AKIA1', LATER), labelOf('copy', 'AKIA1', AT)];
    const versions = { v1: [labelOf('key', 'AKIA1', AT)], [UUID]: ['AWSCURRENT', label, copy] };
    expect(readLedger(versions)).toMatchObject({
      invalid: [{ label, version: UUID }],
      unreadable: [],
      facts: [{ label: copy }],
      current: { version: 'v1' },
    });
  });

  test('without a time of IAM, no label is', () => {
    const ledger = readLedger({ v1: [labelOf('key', 'AKIA1', late(DAY))] });
    expect(asOf(ledger, undefined)).toBe(ledger);
  });

  describe('a `key`, with another date than the key in the list of IAM', () => {
    const listed = [{ keyId: 'AKIA1', createdAt: AT }];
    const voidAt = (ms: number, keys = listed) =>
      asOf(readLedger({ v1: [labelOf('key', 'AKIA1', new Date(AT.getTime() + ms))] }), late(DAY), keys).invalid.length;

    test.each([-400 * DAY, -61_000, 61_000, DAY])('by %d ms', (ms) => {
      expect(voidAt(ms)).toBe(1);
    });

    test('not with that date, nor within the differences of clocks', () => {
      expect([-60_000, 0, 60_000].map((ms) => voidAt(ms))).toEqual([0, 0, 0]);
    });

    test('not if IAM does not list the key: it is deleted, or new', () => {
      expect([voidAt(-400 * DAY, []), voidAt(DAY, [{ keyId: 'AKIA2', createdAt: AT }])]).toEqual([0, 0]);
    });

    test('and the true record counts', () => {
      const [forged, label] = [new Date(0), AT].map((at) => labelOf('key', 'AKIA1', at));
      const versions = { v0: ['akr1.initialized', forged], v1: ['AWSCURRENT', label] };
      expect(asOf(readLedger(versions), AT, listed)).toMatchObject({
        invalid: [{ label: forged, version: 'v0' }],
        unreadable: [],
        current: { label },
      });
    });
  });

  describe('a record of what a key replaces', () => {
    const [key, old] = [labelOf('key', 'AKIA2', AT), labelOf('key', 'AKIA1', new Date(AT.getTime() - 90 * DAY))];
    const invalid = (subject: string, ms: number, labels: string[]) => {
      const label = labelOf('replaces', subject, new Date(AT.getTime() + ms));
      const { facts, invalid: found } = readLedger({ v1: [...labels, label] });
      expect([...facts, ...found].map((one) => one.label)).toEqual([label]);
      return found.length > 0;
    };

    test.each<[string, string, number, string[]]>([
      ['on the version of the key that it is about', 'AKIA2', 0, [key]],
      ['on the version of an older key', 'AKIA1', 0, [old]],
      ['on the version of a key that its run did not create', 'AKIA1', -DAY, [key]],
    ])('%s', (_where, subject, ms, labels) => {
      expect(invalid(subject, ms, labels)).toBe(true);
    });

    test('not of the run that created the key, nor without a key: a run that failed has removed its record', () => {
      expect([-LEAD, 0, 60_000].map((ms) => invalid('AKIA1', ms, [key]))).toEqual([false, false, false]);
      expect(invalid('AKIA1', 0, [])).toBe(false);
    });
  });

  describe('a claim on the version of a key', () => {
    const key = labelOf('key', 'AKIA1', AT);
    const invalid = (kind: 'claim' | 'restore', ms: number, keys = [key]) => {
      const label = claimLabel(kind, new Date(AT.getTime() + ms), 'run');
      const { claims, invalid: found, written } = readLedger({ v1: ['AWSCURRENT', ...keys, label] });
      expect([...claims, ...found].map((one) => one.label)).toEqual([label]);
      expect(written.some((one) => one.label === label)).toBe(claims.length > 0);
      return found.length > 0;
    };

    test.each([-400 * DAY, -LEAD - 1_000, 61_000, 16 * 60_000, DAY])('dated %d ms after the key', (ms) => {
      expect(invalid('claim', ms)).toBe(true);
    });

    test.each([-LEAD, 0, 60_000])('not of the run that created it: dated %d ms after the key', (ms) => {
      expect(invalid('claim', ms)).toBe(false);
    });

    test('of a roll-back, which creates no key', () => {
      expect(invalid('restore', 0)).toBe(true);
    });

    test('not because of another record on that version, which is forged', () => {
      expect(invalid('claim', 0, [labelOf('key', 'AKIA2', new Date(0)), key])).toBe(false);
    });

    test('nor because of one that is void; its own date counts then', () => {
      const [forged, future] = [labelOf('key', 'AKIA2', late(DAY)), claimLabel('claim', late(), 'run')];
      expect(asOf(readLedger({ v1: [forged, future] }), AT).claims).toEqual([]);
      const label = claimLabel('claim', AT, 'run');
      expect(asOf(readLedger({ v1: [forged, label] }), AT).claims).toMatchObject([{ label }]);
    });
  });

  describe('one of two records that contradict each other, if the value of its version does not hold its key:', () => {
    const [first, other] = ['AKIA1', 'AKIA2'].map((keyId) => labelOf('key', keyId, AT));
    const value = (keyId: string) => SecretValue.of({ id: keyId, secret: 'x' });
    const read = (versions: Versions, values: [string, SecretValue][]) => {
      const { invalid, contradictory, issued } = asOf(readLedger(versions), AT, [], new Map(values));
      return { invalid: invalid.map(({ label }) => label), contradictory: contradictory.length, issued: issued.length };
    };

    test('two keys on a version', () => {
      expect(read({ v1: [first, other] }, [['v1', value('AKIA2')]])).toEqual({
        invalid: [first],
        contradictory: 0,
        issued: 1,
      });
    });

    test('a key on two versions', () => {
      const label = labelOf('key', 'AKIA1', new Date(AT.getTime() + 1_000));
      const versions = { v1: [first], v2: [label] };
      expect(read(versions, [['v1', value('AKIA1')]])).toMatchObject({ invalid: [], contradictory: 2 });
      expect(read(versions, [['v2', SecretValue.EMPTY]])).toEqual({ invalid: [label], contradictory: 0, issued: 1 });
      const both: [string, SecretValue][] = [
        ['v1', value('AKIA1')],
        ['v2', value('AKIA1')],
      ];
      expect(read(versions, both)).toMatchObject({ invalid: [], contradictory: 2 });
    });

    test('and a state keeps the values that it was decided by', () => {
      const values = new Map([['v1', value('AKIA2')]]);
      expect(userState([], readLedger({ v1: [first, other] }), AT, values).values).toBe(values);
      expect(userState([], readLedger({ v1: [first, other] }), AT)).not.toHaveProperty('values');
    });

    test('no record that contradicts none', () => {
      expect(read({ v1: [first] }, [['v1', value('AKIA2')]])).toMatchObject({ invalid: [], issued: 1 });
    });
  });

  test('each of several is, and no valid record', () => {
    const [leaked, claim] = [labelOf('leaked', 'AKIA1', late(DAY)), labelOf('claim', 'run', late(DAY))];
    const ledger = asOf(readLedger({ v1: [leaked, labelOf('key', 'AKIA1', AT)], v2: [claim] }), AT);
    expect(ledger.invalid.map(({ label }) => label).sort()).toEqual([claim, leaked]);
    expect([ledger.facts, ledger.claims, ledger.issued.length]).toEqual([[], [], 1]);
  });

  test('a forged removal does not hide one of CloudFormation', () => {
    const versions = { v0: [claimLabel('removed', late(), 'forged')], v1: [claimLabel('removed', AT, 'run')] };
    expect(asOf(readLedger(versions), AT).removed).toMatchObject({ version: 'v1' });
  });

  test.each([
    ...KINDS.filter((kind) => !['removed', 'owner', 'copy'].includes(kind)).map((kind) => labelOf(kind, 'AKIA1', AT)),
    'akr1.initialized',
  ])('%s, on a version of another principal', (label) => {
    expect(readLedger({ [UUID]: ['AWSCURRENT', label] })).toMatchObject({
      invalid: [{ label, version: UUID }],
      unmanagedValue: true,
      current: undefined,
      ownVersions: [],
    });
    expect(readLedger({ [TOKEN]: ['AWSCURRENT', label] }).invalid).toEqual([]);
  });

  test.each([
    ['of Terraform', 'terraform-20260101000000000000000001'],
    ['of a program', 'deploy-2026-01-01-0123456789abcdef'],
    ['of hexadecimal digits in upper case', TOKEN.toUpperCase()],
    ['with 33 digits', `${TOKEN}0`],
    ['with line breaks', `a\n${TOKEN}`],
    ['of 64 characters', 'x'.repeat(64)],
  ])('akr1.claim, on a version with an ID %s', (_whose, version) => {
    const label = labelOf('claim', 'run', AT);
    expect(readLedger({ [version]: ['AWSCURRENT', label] })).toMatchObject({
      invalid: [{ label, version }],
      unmanagedValue: true,
      claims: [],
    });
  });

  describe('on a version that the rotation took over', () => {
    const owner = labelOf('owner', 'Keys', AT);

    test.each(['key', ...FACTS] as const)('not %s', (kind) => {
      const label = labelOf(kind, 'AKIA1', AT);
      expect(readLedger({ [UUID]: ['AWSCURRENT', owner, label] })).toMatchObject({
        invalid: [],
        unmanagedValue: false,
        owners: [{ label: owner, version: UUID }],
        ownVersions: [UUID],
      });
    });

    test.each(['claim', 'restore', 'failed'] as const)('%s, which a run records on a version of its own', (kind) => {
      const label = labelOf(kind, 'AKIA1', AT);
      expect(readLedger({ [UUID]: [owner, label] }).invalid).toEqual([{ label, version: UUID }]);
    });

    test('all of them if the record of the owner is dated after the clock of IAM', () => {
      const [forged, label] = [labelOf('owner', 'Keys', late(DAY)), labelOf('key', 'AKIA1', AT)];
      const { invalid, issued, owners } = asOf(readLedger({ [UUID]: [forged, label] }), AT);
      expect(invalid.map((one) => one.label).sort()).toEqual([label, forged].sort());
      expect([issued, owners]).toEqual([[], []]);
    });
  });

  test('not a copy: the version holds a key with a record on another version', () => {
    const versions = { v1: [labelOf('key', 'AKIA1', AT)], [UUID]: ['AWSCURRENT', labelOf('copy', 'AKIA1', AT)] };
    expect(readLedger(versions)).toMatchObject({
      invalid: [],
      unmanagedValue: false,
      current: { subject: 'AKIA1', version: 'v1' },
      ownVersions: ['v1'],
    });
  });

  test('not a removal, which can be recorded on any version', () => {
    const label = claimLabel('removed', AT, 'run');
    expect(readLedger({ [UUID]: ['AWSCURRENT', label] })).toMatchObject({ invalid: [], removed: { label } });
  });

  test('not a label of another release, which blocks', () => {
    const label = `akr2.key.AKIA1.${TIME}`;
    expect(readLedger({ [UUID]: [label] })).toMatchObject({ invalid: [], unreadable: [{ label }] });
  });
});

test.each<[string, Versions]>([
  ['a key on two versions', { v1: [labelOf('key', 'AKIA1', AT)], v2: [labelOf('key', 'AKIA1', LATER)] }],
  [
    'a key, and a copy of another one, on a version',
    { v1: [labelOf('key', 'AKIA1', AT), labelOf('copy', 'AKIA2', AT)] },
  ],
  ['two copies on a version', { v1: [labelOf('copy', 'AKIA1', AT), labelOf('copy', 'AKIA2', AT)] }],
  ['two keys on a version', { v1: [labelOf('key', 'AKIA1', AT), labelOf('key', 'AKIA2', AT)] }],
])('%s contradict each other', (_case, versions) => {
  expect(readLedger(versions).contradictory).toHaveLength(2);
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
    ['an issued key', [labelOf('key', 'AKIA1', AT)], false],
    ['the first value of the rotation', ['akr1.initialized'], false],
    ['a run in progress', [claimLabel('claim', AT, 'run')], false],
    ['a run that makes an older key current again', [claimLabel('restore', AT, 'run')], false],
    ['a failed attempt', [labelOf('failed', 'run', AT)], false],
    ['no label of a rotation', [], true],
    [
      'labels of another principal',
      ['blue', 'initialized', 'failed', 'akr1', 'my.akr1.failed', `key.X.${TIME}`, 'AWSPENDING'],
      true,
    ],
    [
      'only facts, which can be on any version',
      [labelOf('unmanaged', 'X', AT), labelOf('leaked', 'X', AT), labelOf('adopted', 'X', AT)],
      true,
    ],
  ])('with %s (%j): written outside the rotation is %p', (_case, labels, unmanagedValue) => {
    expect(readLedger({ v1: ['AWSCURRENT', ...labels] }).unmanagedValue).toBe(unmanagedValue);
  });

  test('does not exist without AWSCURRENT', () => {
    expect(readLedger({ v1: ['blue'] }).unmanagedValue).toBe(false);
  });
});

describe('the records of a key', () => {
  const labels = (...facts: [FactKind, string, Date][]) => readLedger({ v1: facts.map((fact) => labelOf(...fact)) });

  test('have the latest fact of each kind about that key, from any version', () => {
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

  test('have the same object as the ledger, so that two facts of one kind can be distinguished', () => {
    const ledger = labels(['inactive', 'AKIA1', AT]);
    expect(recordsOf(ledger, 'AKIA1').facts.inactive).toBe(ledger.facts[0]);
  });

  test('show whether the rotation issued it', () => {
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
    ['exposed', false],
    ['suspected', false],
  ])('a key that was created outside the rotation and is %s: managed is %p', (kind, managed) => {
    expect(recordsOf(labels([kind, 'X', AT]), 'X').managed).toBe(managed);
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
    'the one that records the adoption',
    {
      v1: ['AWSCURRENT', labelOf('key', 'B', AT)],
      v2: [labelOf('leaked', 'X', AT)],
      v3: [labelOf('adopted', 'X', AT)],
    },
    'v3',
  ],
  [
    'the one that records the leak',
    {
      v1: ['AWSCURRENT', labelOf('key', 'B', AT)],
      v2: [labelOf('unmanaged', 'X', AT)],
      v3: [labelOf('leaked', 'X', AT)],
    },
    'v3',
  ],
  ['that of the current key', { v0: [labelOf('key', 'A', AT)], v1: ['AWSCURRENT', labelOf('key', 'B', AT)] }, 'v1'],
  [
    'any of the rotation under a value that was written outside it',
    { v0: ['AWSCURRENT', 'blue'], v1: ['blue', labelOf('key', 'B', AT)] },
    'v1',
  ],
  ['none if the rotation has written none', { v0: ['AWSCURRENT', 'blue'] }, undefined],
])('facts about a key are on one version: %s', (_case, versions, recordVersion) => {
  expect(recordsOf(readLedger(versions), 'X').recordVersion).toBe(recordVersion);
});

test.each<[FactKind, boolean]>([
  ['rejected', true],
  ['leaked', true],
  ['displaced', false],
  ['inactive', false],
])('a newer key that is %s: withdrawn is %p', (kind, withdrawn) => {
  expect(recordsOf(readLedger({ v0: [labelOf(kind, 'B', AT)] }), 'B').withdrawn).toBe(withdrawn);
  expect(recordsOf(readLedger({ v0: [labelOf(kind, 'B', AT)] }), 'A').withdrawn).toBe(false);
});

test('an issued key is published unless its own run is in progress or has failed', () => {
  const claim = claimLabel('claim', AT, 'run');
  const published = (versions: Versions, keyId = 'B') => recordsOf(readLedger(versions), keyId).published;
  expect(published({ v1: [labelOf('key', 'B', AT)], v2: [claim] })).toBe(true);
  expect(published({ v1: [labelOf('key', 'B', AT), claim] })).toBe(false);
  expect(published({ v1: [labelOf('key', 'B', AT)] }, 'X')).toBe(false);
});

test('a key with a claim counts as published once the current key is younger than the claim by more than its lifetime', () => {
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

test('the labels of a version without a key: without them, its value would count as written outside the rotation', () => {
  expect(readLedger({ v1: ['AWSCURRENT', INITIALIZED_LABEL] }).unmanagedValue).toBe(false);
  expect(readLedger({ v1: ['AWSCURRENT', labelOf('failed', 'run', AT)] }).unmanagedValue).toBe(false);
});

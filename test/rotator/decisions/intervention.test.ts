/** What the log says of a change outside the rotation, by the step that records it. */
import { interventionOf } from '../../../src/rotator/decisions/intervention';
import { labelOf } from '../../../src/rotator/domain/ledger';
import { Step } from '../../../src/rotator/domain/step';
import { current, fact, inactive, key, NOW, previous, stateOf } from '../decide';

const KEYS = [key('A', 104), key('B', 14)];
const LABELS = { ...previous('A', 104), ...current('B', 14) };
const at = (...args: Parameters<typeof stateOf>) => stateOf(...args);
const record = (kind: Parameters<typeof labelOf>[0], subject: string, remove: string[] = []): Step => ({
  do: 'record',
  add: { label: labelOf(kind, subject, NOW), version: 'v' },
  remove: remove.map((label) => ({ label, version: 'v' })),
});
const found = (step: Step, state = at(KEYS, LABELS)) => interventionOf(step, 'alice', state);

test.each<[string, Step, object]>([
  [
    'the current key is missing',
    record('missing', 'B'),
    {
      intervention: 'current-key-missing',
      accessKeyId: 'B',
      message: 'B is the current key, and IAM does not list it',
    },
  ],
  [
    'the current value is replaced',
    record('displaced', 'B'),
    {
      intervention: 'current-value-replaced',
      accessKeyId: 'B',
      message: 'B is not in the current value of the secret any more',
    },
  ],
  [
    'other fields are written',
    record('copy', 'B'),
    { intervention: 'secret-edited', accessKeyId: 'B', message: 'B is in a value that another principal wrote' },
  ],
  [
    'the current key is deactivated',
    record('inactive', 'B'),
    { intervention: 'key-deactivated', accessKeyId: 'B', message: 'B was found inactive' },
  ],
  [
    'an old key is deactivated',
    { do: 'record-inactive', key: at(KEYS, LABELS).keys[0] },
    { intervention: 'key-deactivated', accessKeyId: 'A', message: 'A was found inactive' },
  ],
  [
    'labels are forged',
    {
      do: 'remove-invalid',
      isCrowded: false,
      labels: [
        { label: 'akr1.a', version: 'v1' },
        { label: 'akr1.b', version: 'v2' },
      ],
    },
    {
      intervention: 'labels-forged',
      labels: ['akr1.a', 'akr1.b'],
      message: 'staging labels that this rotation did not write are void: akr1.a, akr1.b',
    },
  ],
  [
    'a key is created',
    { do: 'notify-unmanaged', key: at(KEYS, LABELS).keys[0], recordVersion: 'v' },
    { intervention: 'unmanaged-key', accessKeyId: 'A', message: 'A was created outside the rotation' },
  ],
])('%s', (_what, step, expected) => {
  expect(found(step)).toEqual({ record: 'intervention', username: 'alice', ...expected });
});

test('a key is used after its deactivation', () => {
  const state = at([inactive('A', 104), key('B', 14)], {
    ...previous('A', 104, fact('inactive', 'A', 5)),
    ...current('B', 14),
  });
  const [used] = state.keys;
  expect(found({ do: 'record-inactive', key: used, replaces: used.facts.inactive }, state)).toEqual({
    record: 'intervention',
    username: 'alice',
    intervention: 'key-used-while-inactive',
    accessKeyId: 'A',
    message: 'A was used after its deactivation',
  });
});

describe('an inactive key that is active again', () => {
  const remove = (subject: string, days: number): Step => ({
    do: 'record',
    remove: [{ label: fact('inactive', subject, days), version: 'v' }],
  });
  const activated = (accessKeyId: string) => ({
    record: 'intervention',
    username: 'alice',
    intervention: 'key-activated',
    accessKeyId,
    message: `${accessKeyId} is active again`,
  });

  test('is a change of another principal', () => {
    const state = at(KEYS, { ...previous('A', 104, fact('inactive', 'A', 5)), ...current('B', 14) });
    expect(found(remove('A', 5), state)).toEqual(activated('A'));
  });

  test('also while another key leaked: only the current key is activated by the rotation', () => {
    const state = at(KEYS, {
      ...previous('A', 104, fact('inactive', 'A', 5)),
      ...current('B', 14, fact('leaked', 'B', 2)),
    });
    expect(found(remove('A', 5), state)).toEqual(activated('A'));
  });

  test.each(['rejected', 'leaked'] as const)('is none if it is current, and another key was %s since', (kind) => {
    const labels = (days: number) => ({
      ...previous('A', 104, fact(kind, 'A', days)),
      ...current('B', 14, fact('inactive', 'B', 5)),
    });
    expect(found(remove('B', 5), at(KEYS, labels(2)))).toBeUndefined();
    expect(found(remove('B', 5), at(KEYS, labels(5)))).toBeUndefined();
    expect(found(remove('B', 5), at(KEYS, labels(9)))).toEqual(activated('B'));
  });

  test('is one if it is current, and another record of the other key is newer', () => {
    const state = at(KEYS, {
      ...previous('A', 104, fact('unmanaged', 'A', 2)),
      ...current('B', 14, fact('inactive', 'B', 5)),
    });
    expect(found(remove('B', 5), state)).toEqual(activated('B'));
  });

  test('is one only if that record is removed, alone or with others, also if no key is current', () => {
    const records = [fact('reminded', 'A', 6), fact('inactive', 'A', 5)];
    const foundWithout = (labels: string[]) =>
      found(
        { do: 'record', remove: labels.map((label) => ({ label, version: 'v0' })) },
        at(KEYS, previous('A', 104, ...records)),
      );
    expect(foundWithout(records)).toEqual(activated('A'));
    expect(foundWithout(records.slice(0, 1))).toBeUndefined();
  });

  test('is one if it is current, and only its own records are newer', () => {
    const state = at(KEYS, {
      ...previous('A', 104),
      ...current('B', 14, fact('inactive', 'B', 5), fact('leaked', 'B', 2)),
    });
    expect(found(remove('B', 5), state)).toEqual(activated('B'));
  });

  test('is none while it is inactive, or if the label of another key is removed', () => {
    const labels = { ...previous('A', 104, fact('inactive', 'A', 5)), ...current('B', 14) };
    expect(found(remove('A', 5), at([inactive('A', 104), key('B', 14)], labels))).toBeUndefined();
    expect(found(remove('X', 5), at(KEYS, labels))).toBeUndefined();
  });
});

test('none: a key is missing while none is current', () => {
  expect(found(record('missing', 'B'), at(KEYS, previous('A', 104)))).toBeUndefined();
});

test.each<[string, Step]>([
  ['a key is replaced', { do: 'issue', adopt: [] }],
  ['an unmanaged key is to be retired', record('adopted', 'A')],
  ['a leak is recorded', record('leaked', 'A')],
  ['the deletion of a rejected key is recorded', record('missing', 'A')],
  ['the current key is recorded', record('current-since', 'B')],
  ['old records are removed', { do: 'record', remove: [{ label: fact('reminded', 'A', 3), version: 'v' }] }],
])('none: %s', (_what, step) => {
  expect(found(step)).toBeUndefined();
});

test('none: a leaked key is found inactive, which a run deactivated that failed then', () => {
  const state = at([inactive('A', 104), key('B', 14)], {
    ...previous('A', 104, fact('leaked', 'A', 2)),
    ...current('B', 14),
  });
  expect(found({ do: 'record-inactive', key: state.keys[0] }, state)).toBeUndefined();
  const leakedCurrent = at(KEYS, { ...previous('A', 104), ...current('B', 14, fact('leaked', 'B', 2)) });
  expect(found(record('inactive', 'B'), leakedCurrent)).toBeUndefined();
  expect(found(record('inactive', 'A'), leakedCurrent)).toMatchObject({ accessKeyId: 'A' });
});

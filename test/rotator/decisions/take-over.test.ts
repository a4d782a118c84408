/** What a take-over writes and removes. What it refuses: see handlers/refused-secrets.test.ts. */
import { takeOverStep } from '../../../src/rotator/decisions/take-over';
import { Versions } from '../../../src/rotator/domain/ledger';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { UserState } from '../../../src/rotator/domain/user-state';
import { fact, key, stateOf } from '../decide';
import { request } from '../support';

const OWN = fact('owner', 'eu_west_1_Keys_1', 0);
const KEYS = [key('A', 10), key('B', 5)];
const deploy = request('create', undefined, true, {
  existingSecret: 'with-key',
  adopted: true,
  retireExistingKeys: true,
  duringDeploy: true,
});

function taken(versions: Versions, text = '{"AccessKey":"B","SecretKey":"s"}', more: Partial<UserState> = {}) {
  const state = { ...stateOf(KEYS, versions), decryption: 'possible', value: new SecretValue(text), ...more } as const;
  return takeOverStep(deploy, state);
}

test('it records the rotation, the other keys, and the key as the last one', () => {
  const labels = [OWN, fact('adopted', 'A', 0), fact('key', 'B', 5)];
  expect(taken({ v1: ['AWSCURRENT', 'mine'] })).toMatchObject({
    do: 'take-over',
    key: { keyId: 'B' },
    adopt: ['A'],
    labels: labels.map((label) => ({ label, version: 'v1' })),
    remove: [],
  });
});

test('after a failure, the record of the rotation stays', () => {
  const labels = [fact('adopted', 'A', 0), fact('key', 'B', 5)];
  expect(taken({ v1: ['AWSCURRENT', OWN] })).toMatchObject({
    labels: labels.map((label) => ({ label, version: 'v1' })),
    remove: [],
  });
});

test('after a failure and another version of the owner, it starts over: the records of the failed attempt go', () => {
  const [adopted, elsewhere] = [fact('adopted', 'A', 0), fact('leaked', 'X', 3)];
  expect(taken({ v0: ['AWSPREVIOUS', OWN, adopted, 'mine'], v1: ['AWSCURRENT'], v2: [elsewhere] })).toEqual({
    do: 'record',
    remove: [adopted, OWN].map((label) => expect.objectContaining({ label, version: 'v0' })),
  });
});

test('what a run left of an earlier rotation is removed, each kind of record', () => {
  const left = ['claim', 'failed', 'removed', 'inactive'].map((kind) => fact(kind, 'X', 30));
  const step = taken({ v0: left.slice(0, 2), v1: ['AWSCURRENT', ...left.slice(2)] });
  expect(step).toMatchObject({ do: 'take-over' });
  const removed = step?.do === 'take-over' ? step.remove.map(({ label }) => label) : [];
  expect([...removed].sort()).toEqual([...left].sort());
});

test.each(['key', 'claim'])('the labels of a rotation that uses the secret are named (%s)', (kind) => {
  const labels = ['akr1.initialized', fact(kind, 'X', 30)];
  expect(taken({ v0: [labels[0]], v1: ['AWSCURRENT', labels[1]] })).toMatchObject({
    outcome: 'refused',
    why: expect.stringContaining(`it has the staging labels of another rotation: ${labels.join(', ')}. Nothing`),
  });
});

test('with two other owners, each label of theirs is named, and no other', () => {
  const owners = [fact('owner', 'one', 1), fact('owner', 'two', 2)];
  const step = taken({ v1: ['AWSCURRENT', ...owners, fact('key', 'B', 5)] });
  expect(step).toMatchObject({
    why: expect.stringContaining(`another rotation, one: ${owners.join(', ')}. Nothing was changed. Remove the user`),
  });
  expect(JSON.stringify(step)).not.toContain('akr1.key');
});

test('a value that cannot be decrypted', () => {
  expect(taken({ v1: ['AWSCURRENT'] }, '', { decryption: { failure: 'KMS says no' }, value: undefined })).toMatchObject(
    {
      why: expect.stringContaining(
        'its current value cannot be read: KMS says no. Nothing was changed. If the secret has a customer managed KMS key',
      ),
    },
  );
});

describe('names in messages', () => {
  const why = (text: string) => taken({ v1: ['AWSCURRENT'] }, text);

  test('the keys of the user, and the option for the second field', () => {
    expect(why('{"AccessKey":"C","SecretKey":"s"}')).toMatchObject({
      why: expect.stringContaining('access key of alice, which has A and B.'),
    });
    expect(why('{"AccessKey":"B"}')).toMatchObject({ why: expect.stringContaining('Set "secretKeyField" to') });
  });

  test('none, if the user has no key', () => {
    const state = { ...stateOf([], { v1: ['AWSCURRENT'] }), decryption: 'possible' as const };
    const value = new SecretValue('{"AccessKey":"C","SecretKey":"s"}');
    expect(takeOverStep(deploy, { ...state, value })).toMatchObject({
      why: expect.stringContaining('access key of alice, which has none.'),
    });
  });

  test('ten fields at most', () => {
    const fields = (count: number) =>
      JSON.stringify(Object.fromEntries([...Array(count).keys()].map((n) => [`f${n}`, 1])));
    const has = (shown: string) => ({ why: expect.stringContaining(`. ${shown}. Nothing`) });
    expect(why('{}')).toMatchObject(has('It has no fields'));
    expect(why(fields(1))).toMatchObject(has('Its fields: "f0"'));
    expect(why(fields(2))).toMatchObject(has('Its fields: "f0", "f1"'));
    expect(why(fields(10))).toMatchObject({ why: expect.stringContaining('"f8", "f9". Nothing') });
    expect(why(fields(11))).toMatchObject({ why: expect.stringContaining('"f8", "f9" and 1 more. Nothing') });
  });

  const long = 'a'.repeat(41);
  const cut = `"${'a'.repeat(40)}…"`;
  test.each([
    ['in no field', '{}', `its current value has no field ${cut}.`],
    ['in two fields', `{"${long}":1,"${long}":2}`, `more than one field with the same name, ${cut}.`],
  ])('a name of the settings, with 40 characters at most, %s', (_where, text, shown) => {
    const value = new SecretValue(text);
    const state = { ...stateOf(KEYS, { v1: ['AWSCURRENT'] }), decryption: 'possible' as const, value };
    expect(takeOverStep({ ...deploy, fields: { accessKey: long, secretKey: 's' } }, state)).toMatchObject({
      why: expect.stringContaining(shown),
    });
  });
});

describe('a secret access key that is the name of a field is in no message', () => {
  const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const shown = 'a text of 40 characters';
  test.each([
    ['with the ID of its key', `{"${SECRET}":"AKIA0001"}`, `Its fields: ${shown}.`],
    ['beside the ID of its key', `{"AccessKey":"B","${SECRET}":""}`, `Its fields: "AccessKey", ${shown}.`],
    ['twice', `{"${SECRET}":1,"${SECRET}":2}`, `more than one field with the same name, ${shown}.`],
    ['in a longer one', `{"my ${SECRET}":1}`, 'Its fields: a text of 43 characters.'],
  ])('%s', (_how, text, message) => {
    for (const duringDeploy of [true, undefined]) {
      const value = new SecretValue(text);
      const owned = { v1: ['AWSCURRENT', OWN] };
      const state = { ...stateOf(KEYS, owned), decryption: 'possible' as const, value };
      const step = JSON.stringify(takeOverStep({ ...deploy, duringDeploy }, state));
      expect(JSON.parse(step).why).toContain(message.slice(0, -1));
      expect(step).not.toContain(SECRET.slice(0, 20));
    }
  });

  test('a name that changes the direction of text is one line', () => {
    expect(taken({ v1: ['AWSCURRENT'] }, '{"a\u202eb\u2028c":1}')).toMatchObject({
      why: expect.stringContaining('Its fields: "a?b?c".'),
    });
  });
});

/** A version of the secret that a person wrote, and when it is accepted. */
import { editStep } from '../../../src/rotator/decisions/edits';
import { Versions } from '../../../src/rotator/domain/ledger';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { UserState } from '../../../src/rotator/domain/user-state';
import { current, fact, key, previous, stateOf } from '../decide';
import { request } from '../support';

const OWNER = fact('owner', 'eu_west_1_Keys_1', 5);
const FREE = SecretValue.of({ host: 'db' });

const decided = (versions: Versions, read: Partial<UserState>) =>
  editStep(request('create'), { ...stateOf([], versions), decryption: 'possible', ...read });

test('it is read before anything is decided', () => {
  expect(editStep(request('create'), stateOf([key('A', 10)], { ...previous('A', 10), v1: ['AWSCURRENT'] }))).toEqual({
    do: 'decrypt-current',
    version: 'v1',
  });
});

test('a version that holds an issued key gets the record `copy`', () => {
  expect(decided({ ...previous('A', 10), v1: ['AWSCURRENT'] }, { holds: 'A' })).toEqual({
    do: 'record',
    add: { label: fact('copy', 'A', 10), version: 'v1', from: undefined },
    remove: [],
  });
});

test('of two edits, the record moves to the later one', () => {
  expect(
    decided(
      { v0: [fact('key', 'A', 10)], v1: ['AWSPREVIOUS', fact('copy', 'A', 10)], v2: ['AWSCURRENT'] },
      { holds: 'A' },
    ),
  ).toEqual({ do: 'record', add: { label: fact('copy', 'A', 10), version: 'v2', from: 'v1' }, remove: [] });
});

test('a record that the value contradicts is removed, and one that was not read or cannot be stays', () => {
  const copy = fact('copy', 'A', 10);
  const copied = { v0: [fact('key', 'A', 10)], v1: ['AWSCURRENT', copy] };
  const removal = { do: 'record', remove: [{ label: copy, version: 'v1' }] };
  expect(decided(copied, { holds: 'B' })).toMatchObject(removal);
  expect(decided(copied, {})).toMatchObject(removal);
  for (const read of [{ holds: 'A' }, { decryption: undefined }, { decryption: { failure: 'KMS' } }]) {
    expect(decided(copied, read)).toBeUndefined();
  }
});

test('a version that a rotation wrote, and one of a secret that no rotation uses, are no edits', () => {
  expect(decided(current('A', 10), { holds: 'A' })).toBeUndefined();
  expect(decided({ v0: ['AWSPREVIOUS'], v1: ['AWSCURRENT'] }, { value: FREE })).toBeUndefined();
});

describe('before the first key of an existing secret', () => {
  const edited: Versions = { v0: ['AWSPREVIOUS', OWNER], v1: ['AWSCURRENT'] };
  const accepted = { do: 'record', add: { label: OWNER, version: 'v1', from: 'v0' }, remove: [] };

  test.each([
    ['missing', { host: 'db' }],
    ['empty', { AccessKey: '', SecretKey: '', host: 'db' }],
  ])('the record of the rotation moves to a version whose fields for the key are %s', (_what, fields) => {
    expect(decided(edited, { value: SecretValue.of(fields) })).toEqual(accepted);
  });

  test.each([
    ['the first field', { AccessKey: 'x', SecretKey: '' }],
    ['the second field', { SecretKey: 'x' }],
  ])('but not if a text is in %s, which the first key would overwrite', (_what, fields) => {
    expect(decided(edited, { value: SecretValue.of(fields) })).toBeUndefined();
  });

  test('and not if it cannot be decrypted', () => {
    expect(decided(edited, { decryption: { failure: 'no' } })).toBeUndefined();
  });

  test('a stored key that its run did not publish makes no difference', () => {
    expect(decided({ ...edited, v2: [fact('key', 'A', 1), fact('claim', 'run', 1)] }, { value: FREE })).toEqual(
      accepted,
    );
  });
});

test('after a key was published, a value without it is not accepted, also if a failed run stored another one', () => {
  const published: Versions = { v0: ['AWSPREVIOUS', OWNER, fact('key', 'A', 90)], v1: ['AWSCURRENT'] };
  expect(decided(published, { value: FREE })).toBeUndefined();
  const failed = [fact('key', 'B', 1), fact('claim', 'run', 1)];
  expect(decided({ ...published, v2: failed }, { value: FREE })).toBeUndefined();
});

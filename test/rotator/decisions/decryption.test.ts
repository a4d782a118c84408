/** AWSCURRENT cannot be decrypted: its KMS key was changed, disabled or deleted, or its policy has changed. */
import { noIssueStep, noRestoreStep } from '../../../src/rotator/decisions/decryption';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { statusOf } from '../../../src/rotator/decisions/status';
import { deactivateCommand, versionKmsKeysCommand } from '../../../src/rotator/domain/commands';
import { current, fact, inactive, key, previous, stateOf, step } from '../decide';
import { manualRequest, request } from '../support';

const FAILURE = 'alice: secretsmanager GetSecretValue failed with AccessDeniedException: Access to KMS is not allowed';
const decryption = { failure: FAILURE };
const WHY =
  'the current value of secret alice (version v1, with the key A) cannot be decrypted:'
  + ` ${FAILURE}; the KMS key of the secret is aws/secretsmanager, and this version can have an earlier one`;

test.each(['create', 'deactivate'] as const)('%s reads AWSCURRENT before it decides', (action) => {
  const keys = action === 'create' ? [key('A', 30)] : [key('O', 105), key('A', 15)];
  const versions = action === 'create' ? current('A', 30) : { ...previous('O', 105), ...current('A', 15) };
  expect(nextStep(request(action), { ...stateOf(keys, versions), lastUse: new Map() })).toEqual({
    do: 'decrypt-current',
    version: 'v1',
  });
});

test.each([
  ['a scheduled check', request('create'), 30],
  ['a manual event', manualRequest('create'), 0.5],
])('a free slot, %s: a new key is issued before its time', (_, event, age) => {
  expect(step(event, [key('A', age)], current('A', age), { decryption })).toEqual({
    do: 'issue',
    adopt: [],
    early: WHY,
  });
});

test('before the first key of a user, the value that the owner of an existing secret wrote: blocked', () => {
  const versions = { v0: ['AWSPREVIOUS', fact('owner', 'eu_west_1_Keys_1', 5)], v1: ['AWSCURRENT'] };
  const check = request('create', undefined, true, { existingSecret: 'without-key' });
  expect(step(check, [], versions, { decryption })).toMatchObject({
    do: 'report',
    why: expect.stringContaining(`the current value of secret alice (version v1) cannot be decrypted: ${FAILURE}`),
  });
});

test('a key that is due is not issued early', () => {
  expect(step(request('create'), [key('A', 91)], current('A', 91), { decryption })).toEqual({ do: 'issue', adopt: [] });
});

test('AWSCURRENT is not read while its key is missing or inactive', () => {
  for (const [keys, versions] of [
    [[inactive('A', 30)], current('A', 30, fact('inactive', 'A', 1))],
    [[], current('A', 30, fact('missing', 'A', 2))],
  ] as const) {
    expect(nextStep(request('create'), stateOf([...keys], versions)).do).not.toBe('decrypt-current');
  }
});

test.each([
  ['in the switch period', key('O', 110)],
  ['in the recovery period', inactive('O', 110)],
])('no free slot %s: blocked, with the commands', (_, old) => {
  const versions = { ...previous('O', 110, ...(old.active ? [] : [fact('inactive', 'O', 3)])), ...current('A', 20) };
  expect(step(request('create'), [old, key('A', 20)], versions, { decryption })).toEqual({
    do: 'report',
    why: `${WHY}; no slot is free for a new key`,
    remedy:
      'enable the KMS key of that version or cancel its deletion, and allow the function kms:Decrypt on it'
      + " (to find it: aws secretsmanager list-secret-version-ids --secret-id 'alice' --include-deprecated"
      + " --query 'Versions[].[VersionId,VersionStages,KmsKeyIds]' --region eu-west-1);"
      + ' if the KMS key of that version is lost, delete O once no program uses it'
      + ' (aws iam delete-access-key --user-name alice --access-key-id O --region eu-west-1),'
      + ' and the next check issues a new key',
  });
});

test('the previous key is not deactivated while no program can fetch its successor', () => {
  const versions = { ...previous('O', 105), ...current('A', 15) };
  expect(step(request('deactivate'), [key('O', 105), key('A', 15)], versions, { decryption })).toMatchObject({
    do: 'report',
    why: `the previous key O is not deactivated, because no program can fetch its successor: ${WHY}`,
    remedy: expect.stringMatching(/to deactivate it anyway: aws iam update-access-key .* --access-key-id O /),
  });
});

test('an inactive previous key is deleted after its recovery period, which frees a slot', () => {
  const versions = { ...previous('O', 119, fact('inactive', 'O', 15)), ...current('A', 29) };
  expect(step(request('delete'), [inactive('O', 119), key('A', 29)], versions, { decryption }).do).toBe('delete');
});

test('a leaked key is deactivated although its successor cannot be decrypted', () => {
  const versions = { ...previous('O', 95, fact('leaked', 'O', 1)), ...current('A', 5) };
  expect(step(request('create'), [key('O', 95), key('A', 5)], versions, { decryption })).toMatchObject({
    do: 'deactivate',
    reason: 'leaked',
  });
});

test('status reports it', () => {
  const versions = { ...previous('O', 95), ...current('A', 5) };
  const state = { ...stateOf([key('O', 95), key('A', 5)], versions), lastUse: new Map(), decryption };
  expect(statusOf(request('status'), state).blocked).toContain(WHY);
});

describe('no new key can be stored: blocked,', () => {
  const { ledger } = stateOf([key('A', 30)], current('A', 30));
  const why = `no new key can be stored with the KMS key of the secret, aws/secretsmanager: ${FAILURE}`;
  const remedy =
    'enable that KMS key or cancel its deletion, and allow the function kms:Decrypt and kms:GenerateDataKey on it; or deploy another "encryptionKey"';
  const issue = { do: 'issue', adopt: [] } as const;

  test('with the KMS key of the secret', () => {
    expect(noIssueStep(FAILURE, issue, request('create'), ledger)).toEqual({ do: 'report', why, remedy });
    const other = noIssueStep(FAILURE, issue, request('create'), { ...ledger, kmsKey: 'alias/other' });
    expect(other.why).toBe(why.replace('aws/secretsmanager', 'alias/other'));
  });

  test('with why the key had to be issued before its time', () => {
    const early = noIssueStep(FAILURE, { ...issue, early: WHY }, request('create'), ledger);
    expect(early).toEqual({ do: 'report', why: `${WHY}; ${why}`, remedy });
  });

  test('and that a leaked key is still current, with the command that deactivates it anyway', () => {
    const replace = noIssueStep(FAILURE, { ...issue, replace: { leaked: 'A' } }, request('create'), ledger);
    expect(replace).toEqual({
      do: 'report',
      why: `the leaked key A is still the current one; ${why}`,
      remedy: `${remedy}; to deactivate the leaked key anyway: ${deactivateCommand(request('create'), 'A')}`,
    });
  });
});

test('a key whose version cannot be decrypted does not become current again: blocked, with the version', () => {
  const { ledger } = stateOf([key('O', 95), key('A', 5)], { ...previous('O', 95), ...current('A', 5) });
  const [restored] = ledger.issued.filter(({ subject }) => subject === 'O');
  expect(noRestoreStep(FAILURE, { do: 'restore', key: restored }, request('rollback'), ledger)).toEqual({
    do: 'report',
    why:
      `O cannot become current again: its value of secret alice (version v0, with the key O) cannot be decrypted: ${FAILURE};`
      + ' the KMS key of the secret is aws/secretsmanager, and this version can have an earlier one',
    remedy: `enable the KMS key of that version or cancel its deletion, and allow the function kms:Decrypt on it (to find it: ${versionKmsKeysCommand(request('rollback'))})`,
  });
});

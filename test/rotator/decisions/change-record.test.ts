/** Why a key changed, by the step that changes it, and whether that is late. */
import { ChangeReason, KeyChange } from '../../../src/contract/log-records';
import { changeRecord, removalRecord } from '../../../src/rotator/decisions/change-record';
import { Step } from '../../../src/rotator/domain/step';
import { UserState } from '../../../src/rotator/domain/user-state';
import { ago, current, fact, inactive, key, previous, stateOf } from '../decide';
import { manualRequest, request } from '../support';

const state = stateOf([key('B', 20), key('A', 110)], { ...previous('A', 110), ...current('B', 20) });
const [B, A] = state.keys;
/** Of a run that failed. */
const {
  facts: [REPLACES],
  claims: [CLAIM],
} = stateOf([], { v2: [fact('claim', 'run', 1), fact('key', 'N', 1), fact('replaces', 'B', 1)] }).ledger;

const changed = (change: KeyChange, keyId: string, step: Step, of: UserState = state, event = request('create')) =>
  changeRecord(change, keyId, step, event, of);

const ISSUE: Extract<Step, { do: 'issue' }> = { do: 'issue', adopt: [] };
const REPLACE_LEAKED: Step = { ...ISSUE, replace: { leaked: 'B' } };
const PUBLISH: Step = { do: 'publish', key: A.issued!, replaces: REPLACES };

test.each<[string, KeyChange, string, Step, ChangeReason]>([
  ['a new key replaces the current one', 'created', 'N', ISSUE, 'schedule'],
  ['no consumer can read the current one', 'created', 'N', { ...ISSUE, early: 'why' }, 'undecryptable'],
  ['the current one leaked', 'created', 'N', REPLACE_LEAKED, 'leaked'],
  ['the leaked one is deactivated', 'deactivated', 'B', REPLACE_LEAKED, 'leaked'],
  ['an inactive one is deleted for its slot', 'deleted', 'A', { ...ISSUE, frees: A }, 'leaked'],
  ['the new one does not work', 'deleted', 'N', { ...ISSUE, frees: A }, 'failed-run'],
  ['the key of a failed run replaces a leaked one', 'deactivated', 'B', PUBLISH, 'leaked'],
  ['the key of a failed run does not work', 'deleted', 'A', PUBLISH, 'failed-run'],
  ['a roll-back', 'activated', 'A', { do: 'restore', key: A.issued!, reject: B }, 'roll-back'],
  ['a roll-back deletes the key of a failed run', 'deleted', 'N', { do: 'restore', key: A.issued! }, 'failed-run'],
  ['a leaked key', 'deactivated', 'A', { do: 'deactivate', key: A, reason: 'leaked' }, 'leaked'],
  ['the switch period is over', 'deactivated', 'A', { do: 'deactivate', key: A, reason: 'period-over' }, 'schedule'],
  ['the recovery period is over', 'deleted', 'A', { do: 'delete', key: A }, 'schedule'],
  ['a run failed', 'deleted', 'N', { do: 'discard', claim: CLAIM }, 'failed-run'],
])('%s: %s', (_why, change, keyId, step, reason) => {
  expect(changed(change, keyId, step)).toMatchObject({
    record: 'change',
    message: `${keyId} is ${change}: ${reason}`,
    username: 'alice',
    accessKeyId: keyId,
    change,
    reason,
    invokedBy: 'check',
    action: 'create',
  });
});

test('a new key that replaces none is the first one, or there was no current key', () => {
  const withoutCurrent = stateOf([key('A', 110)], { v2: ['AWSCURRENT'], ...previous('A', 110) });
  expect(changed('created', 'N', ISSUE, stateOf([], {}))).toMatchObject({ reason: 'first-key' });
  expect(changed('created', 'N', ISSUE, withoutCurrent)).toMatchObject({ reason: 'no-current-key' });
});

test('the request of a person has no schedule', () => {
  const order = manualRequest('create');
  expect(changed('created', 'N', ISSUE, state, order)).toMatchObject({ reason: 'request', invokedBy: 'person' });
});

test('the removal of the user has the reason alone: no check was announced', () => {
  expect(removalRecord('deleted', 'A', 'alice')).toEqual({
    record: 'change',
    message: 'A is deleted: removal',
    username: 'alice',
    accessKeyId: 'A',
    change: 'deleted',
    reason: 'removal',
    invokedBy: 'deploy',
  });
});

describe('how late a change is', () => {
  /** Of key A, with key B beside it. */
  const late = (change: KeyChange, step: Step, of?: UserState) => {
    const { ageDays, announcedAt, lateDays } = changed(change, 'A', step, of);
    return { ageDays, announcedAt, lateDays };
  };
  const deactivate: Step = { do: 'deactivate', key: A, reason: 'period-over' };
  const remove: Step = { do: 'delete', key: A };

  test('is counted from the time that was announced for its own key', () => {
    expect(late('deactivated', deactivate)).toEqual({ ageDays: 110, announcedAt: ago(6).toISOString(), lateDays: 6 });
  });

  test('also of a key that had become current again before it was replaced', () => {
    const versions = { ...previous('A', 110, fact('current-since', 'A', 60)), ...current('B', 20) };
    expect(late('deactivated', deactivate, stateOf(state.keys, versions))).toMatchObject({ lateDays: 6 });
  });

  test('is the days since the end of the recovery period for a deletion', () => {
    const versions = { ...previous('A', 130, fact('inactive', 'A', 17)), ...current('B', 40) };
    const over = stateOf([key('B', 40), inactive('A', 130)], versions);
    expect(late('deleted', remove, over)).toMatchObject({ lateDays: 3 });
  });

  test('is unknown of a step that was not announced, and of a key that IAM does not list', () => {
    const unknown = { announcedAt: undefined, lateDays: undefined };
    expect(late('deleted', remove)).toEqual({ ageDays: 110, ...unknown });
    expect(late('deleted', remove, { ...state, keys: [B] })).toEqual({ ageDays: undefined, ...unknown });
  });
});

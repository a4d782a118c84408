/** What fits beside the staging labels that a secret has: 20 in all. */
import { canRecord, hasRoomFor, isCrowded, labelLimitStep } from '../../../src/rotator/decisions/label-limit';
import { deactivateCommand, removeLabelsCommand } from '../../../src/rotator/domain/commands';
import { readLedger } from '../../../src/rotator/domain/ledger';
import { fact } from '../decide';
import { request } from '../support';

const UUID = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed';
const names = (count: number) => Array.from({ length: count }, (_, index) => `team-${index}`);
/** With this many labels of others, and this many void ones. */
const withLabels = (others: number, invalid = 0) =>
  readLedger({
    v1: names(others),
    [UUID]: Array.from({ length: invalid }, (_, index) => fact('reminded', `A${index}`, 1)),
  });

test('labels of all versions count, and one that two reads found on two versions counts once', () => {
  expect(hasRoomFor(1, withLabels(19))).toBe(true);
  expect(hasRoomFor(1, withLabels(20))).toBe(false);
  expect(hasRoomFor(3, withLabels(10, 7))).toBe(true);
  expect(hasRoomFor(3, withLabels(10, 8))).toBe(false);
  expect(hasRoomFor(18, { versions: { v1: ['a', 'b'], v2: ['b'] } })).toBe(true);
});

test('a record fits if its label has room, moves, or only removes others', () => {
  const add = { label: fact('edited', 'A', 0), version: 'v1' };
  const canAdd = (step: Omit<Parameters<typeof canRecord>[0], 'do' | 'remove'>, labels: number) =>
    canRecord({ do: 'record', remove: [], ...step }, withLabels(labels));

  expect([19, 20].map((labels) => canAdd({ add }, labels))).toEqual([true, false]);
  expect([19, 20].map((labels) => canAdd({ add: { ...add, from: 'v0' } }, labels))).toEqual([true, true]);
  expect([19, 20].map((labels) => canAdd({}, labels))).toEqual([true, true]);
});

test('void labels crowd a secret once a leak and its replacement do not fit beside them', () => {
  expect(isCrowded(withLabels(15, 1))).toBe(false);
  expect(isCrowded(withLabels(16, 1))).toBe(true);
  expect(isCrowded(withLabels(20))).toBe(false); // none of them is void
});

test('a new key needs three, and a person removes what is in its way', () => {
  const asked = request('create');
  expect(labelLimitStep(asked, withLabels(17))).toBeUndefined();
  expect(labelLimitStep(asked, withLabels(18))).toEqual({
    do: 'report',
    why: 'the secret alice has 18 staging labels, and a new key needs 3 of the 20 that a secret can have',
    remedy: `remove labels that this rotation did not write (${removeLabelsCommand(asked)})`,
  });
});

test('for a leaked key, the report says so, and how to deactivate it without a successor', () => {
  const asked = request('create');
  expect(labelLimitStep(asked, withLabels(20), 'A')).toEqual({
    do: 'report',
    why: 'the leaked key A is still the current one; the secret alice has 20 staging labels, and a new key needs 3 of the 20 that a secret can have',
    remedy: `remove labels that this rotation did not write (${removeLabelsCommand(asked)}); to deactivate the leaked key anyway: ${deactivateCommand(asked, 'A')}`,
  });
});

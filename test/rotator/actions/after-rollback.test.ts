/** The checks after a roll-back, until the next key: the current key can be due long before the slot for it is free. */
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { WindowSettings } from '../../../src/contract/change-window';
import { rotate } from '../../../src/rotator/actions/rotate';
import { RotationTrigger } from '../../../src/schedule/rotation-trigger';
import { ModelAws } from '../../fake-aws/fake-aws';
import { checkTimesOf, firings, manualRequest, request } from '../support';

jest.mock('../../../src/rotator/aws/log'); // what is logged is tested end to end

/** Half a year of checks: the second key is published on day 90, and rolled back a week after the first is inactive. */
async function rolledBack(window?: WindowSettings) {
  const trigger = RotationTrigger.eventBridgeRules();
  const checkTimes = { ...checkTimesOf(trigger)!, window };
  const aws = new ModelAws();
  const from = aws.now.getTime();
  await rotate(request('create'), aws.tools());
  const first = aws.currentKey();
  const overdue: number[] = [];
  const past: unknown[] = [];
  for (const { at, action } of firings(trigger, DEFAULT_AGES, 190)) {
    aws.now = new Date(from + at);
    const isRolledBack = aws.history.some(({ what, keyId }) => what === 'activated' && keyId === first);
    if (!isRolledBack && at > 112 * DAY) await rotate(manualRequest('rollback', { checkTimes }), aws.tools());
    const sentBefore = aws.sent.length;
    const check = request(action, DEFAULT_AGES, true, { checkTimes });
    const { measurements } = await rotate(check, aws.tools());
    const { status } = await rotate(manualRequest('status', { checkTimes }), aws.tools());
    overdue.push(measurements!.OverdueDays!, status!.overdueDays);
    const dates = aws.sent
      .slice(sentBefore)
      .flatMap(({ details: { replacedAt, deactivatedAt, deletedAt } }) => [replacedAt, deactivatedAt, deletedAt]);
    past.push(...dates.filter((date) => date !== undefined && new Date(date) < aws.now));
  }
  const published = aws.history.filter(({ what }) => what === 'published').map((event) => event.at);
  const deletions = aws.sent.filter(({ attributes }) => attributes.event === 'deleted');
  return { published, overdue, past, replacedAt: deletions[0].details.replacedAt };
}

describe.each([
  ['without a change window', undefined],
  ['with one', { weekDays: [2] }],
])('a key that is rolled back, %s', (_, window) => {
  const life = rolledBack(window);

  test('is retired, and a new key follows', async () => {
    expect((await life).published).toHaveLength(4); // two keys, the roll-back, the new key
  });

  test('makes no step late: neither while its slot is not free, nor from its deletion to the next check', async () => {
    expect(Math.max(...(await life).overdue)).toBe(0);
  });

  test('has a notification of its deletion with the time of the check that issues the new key', async () => {
    const { replacedAt, published, past } = await life;
    expect(new Date(replacedAt!)).toEqual(published.at(-1));
    expect(past).toEqual([]);
  });
});

/**
 * The keys of a user through three rotations on the in-memory AWS of the tests: when each key was created, deactivated
 * and deleted, and the notifications.
 */
import { KeyLife, keyLifePicture, Notified } from './key-life-picture';
import { RotationTrigger } from '../../src';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { Action } from '../../src/contract/events';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../../test/fake-aws/fake-aws';
import { checkTimesOf, firings, request } from '../../test/rotator/support';

const DAYS = 300;

export async function keyLife(): Promise<{
  readonly keys: readonly KeyLife[];
  readonly notified: readonly Notified[];
}> {
  const aws = new ModelAws();
  const from = aws.now.getTime();
  const dayOf = (at: Date) => Math.floor((at.getTime() - from) / DAY);
  const notified: Notified[] = [];
  const trigger = RotationTrigger.eventBridgeRules();
  const check = (action: Action) => request(action, DEFAULT_AGES, true, { checkTimes: checkTimesOf(trigger) });
  await rotate(check('create'), aws.tools()); // the deploy
  for (const { at, action } of firings(trigger, DEFAULT_AGES, DAYS)) {
    aws.now = new Date(from + at + 7_000);
    const before = aws.sent.length;
    await rotate(check(action), aws.tools());
    notified.push(
      ...aws.sent.slice(before).map(({ attributes: { event }, subject }) => ({ day: dayOf(aws.now), event, subject })),
    );
  }
  const dayWhen = (what: string, key?: string): number | undefined =>
    aws.history.filter((event) => event.what === what && event.keyId === key).map(({ at }) => dayOf(at))[0];
  const issued = aws.history.filter(({ what }) => what === 'created').map(({ keyId }) => keyId);
  const keys = issued.map((keyId, index): KeyLife => ({
    from: dayWhen('created', keyId)!,
    replaced: dayWhen('created', issued[index + 1]),
    deactivated: dayWhen('deactivated', keyId),
    deleted: dayWhen('deleted', keyId),
  }));
  return { keys, notified };
}

export async function keyLifeDrawn(): Promise<string> {
  const { keys, notified } = await keyLife();
  return keyLifePicture(keys, notified, DAYS);
}

import { Stack, Token } from 'aws-cdk-lib';
import { RotatedUser } from './rotated-user';
import { CheckTimes } from '../contract/check-times';
import { ACTIONS, RotationEvent } from '../contract/events';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { shortHash } from '../private/hash';
import { addResourceDependency } from '../private/resource-dependency';
import { CheckScheduler } from '../schedule/check-scheduler';
import { RotationTrigger } from '../schedule/rotation-trigger';

/**
 * Creates the three scheduled checks of a user.
 *
 * They depend on the first key, so CloudFormation creates them after it and deletes them before it: no check runs while
 * a user is being adopted or removed. They are never retained.
 *
 * @param label - the user name, or the `id` of the entry
 * @param times - undefined if they depend on the deploy
 */
export function scheduleChecks(
  user: RotatedUser,
  label: string,
  trigger: RotationTrigger,
  times: CheckTimes | undefined,
  scheduler: CheckScheduler,
): void {
  const { userName } = user;
  for (const action of ACTIONS) {
    const event = { action, username: userName, ifDue: true } satisfies RotationEvent;
    const check = scheduler.schedule(user, `${action[0].toUpperCase()}${action.slice(1)}`, {
      name: `${namePrefix(label)}${action}`,
      description: `Checks whether to ${action} an access key of IAM user ${userName}`,
      expression: trigger._scheduleExpression(times, action, user.agesInDays),
      timeZone: times?.window?.timeZone,
      input: user.resolvedAtSynth ? JSON.stringify(event) : Stack.of(user).toJsonString(event),
    });
    addResourceDependency(check, user.firstKey);
    fixLogicalId(check);
  }
}

/** The first 22 characters of the label, and a hash of the whole label: the name of a rule has up to 64 characters. */
function namePrefix(label: string): string {
  const readable = Token.isUnresolved(label) ? '' : `${label.replace(/[^\w.-]/g, '_').slice(0, 22)}-`;
  return `${readable}${shortHash(label)}-`;
}

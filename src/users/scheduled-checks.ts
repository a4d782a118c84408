import { Stack, Token } from 'aws-cdk-lib';
import { RotatedUser } from './rotated-user';
import { ACTIONS, RotationEvent } from '../contract/events';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { shortHash, stableHash } from '../private/hash';
import { CheckScheduler } from '../schedule/check-scheduler';
import { RotationTrigger } from '../schedule/rotation-trigger';

/**
 * The three checks of a user. They are created after its first key and deleted before it: no check may meet a user that
 * is only just adopted, or half removed. They are never retained.
 *
 * @param label - the user's name, or its `id`
 */
export function scheduleChecks(
  user: RotatedUser,
  label: string,
  trigger: RotationTrigger,
  scheduler: CheckScheduler,
): void {
  const { userName, schedule } = user;
  const hash = stableHash(label);
  for (const action of ACTIONS) {
    const event = { action, username: userName, ifDue: true, ages: schedule._ages } satisfies RotationEvent;
    const check = scheduler.schedule(user, `${action[0].toUpperCase()}${action.slice(1)}`, {
      name: `${namePrefix(label)}${action}`,
      description: `Asks whether it is time to ${action} an access key of IAM user ${userName}`,
      expression: trigger._scheduleExpression(hash, action, schedule),
      input: user.resolvedAtSynth ? JSON.stringify(event) : Stack.of(user).toJsonString(event),
    });
    check.addDependency(user.firstKey);
    fixLogicalId(check);
  }
}

/** The label as far as a name has room for it, and the hash of all of it. */
function namePrefix(label: string): string {
  const readable = Token.isUnresolved(label) ? '' : `${label.replace(/[^\w.-]/g, '_').slice(0, 28)}-`;
  return `${readable}${shortHash(label)}-`;
}

/** A change window binds the steps that checks take when a key is due. */
import { closedReason } from '../../contract/change-window';
import { Action } from '../../contract/events';
import { announced } from '../domain/announced';
import { Step, waiting } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

/**
 * What a check does in place of a step that is due, while the window is closed; undefined if it takes the step. A
 * deploy and a person decide when they act.
 */
export function closedStep(action: Action, request: RotationRequest, { now }: UserState): Step | undefined {
  const window = request.checkTimes?.window;
  if (!window || !request.ifDue || request.duringDeploy) return undefined;
  const reason = closedReason(window, now.getTime());
  if (reason === undefined) return undefined;
  return waiting(`a step is due, and ${reason}`, announced(action, now, request, now));
}

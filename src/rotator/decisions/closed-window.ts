/** A change window binds the steps that scheduled checks take at the end of a period. */
import { closedReason } from '../../contract/change-window';
import { announced } from '../domain/announced';
import { Step, waiting } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';

/**
 * What a check does in place of a step while the window is closed; undefined if it takes the step.
 *
 * A deploy and a person decide when they act, and what repairs must not wait: a key that leaked, that is missing, or
 * that cannot be decrypted.
 */
export function closedWindowStep(step: Step, request: RotationRequest, { current, now }: UserState): Step | undefined {
  const window = request.checkTimes?.window;
  if (!window || !request.ifDue || request.duringDeploy || !isPlanned(step) || !current) return undefined;
  const reason = closedReason(window, now.getTime());
  if (reason === undefined) return undefined;
  const until = announced(actionOf(step), now, request, now);
  return waiting(`a step is due, and ${reason}`, until);
}

type PlannedStep = Extract<Step, { do: 'issue' | 'deactivate' | 'postpone' | 'delete' }>;

function isPlanned(step: Step): step is PlannedStep {
  switch (step.do) {
    case 'issue':
      return step.early === undefined && step.frees === undefined && step.replace === undefined;
    case 'deactivate':
      return step.reason === 'period-over';
    case 'postpone':
    case 'delete':
      return true;
    default:
      return false;
  }
}

function actionOf({ do: step }: PlannedStep): 'create' | 'deactivate' | 'delete' {
  if (step === 'issue') return 'create';
  return step === 'delete' ? 'delete' : 'deactivate';
}

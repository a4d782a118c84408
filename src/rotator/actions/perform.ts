/** Performs one step. */
import { acquireClaim } from './claim';
import { discard } from './discard';
import { issue, Issued } from './issue';
import { versionInstead } from './kept-fields';
import {
  announceCreated,
  announceDeletion,
  announceFact,
  announceInvalidLabels,
  announceUnmanagedKey,
  announceDeactivation,
  announceReminder,
  announceReplacement,
} from './notify';
import { decryptionOf, Round } from './ports';
import { restore } from './restore';
import { resumeReplacement } from './resume-replacement';
import { IssueReverted } from './revert-issue';
import { takeOver } from './take-over';
import { Outcome } from '../../contract/outcome';
import { isKmsFailure, isVersionLimit } from '../aws/call';
import { noIssueStep, noRestoreStep } from '../decisions/decryption';
import { withDeactivation } from '../decisions/leak';
import { versionLimitStep } from '../decisions/version-limit';
import { Failure } from '../domain/failure';
import { describeUse } from '../domain/last-use';
import { CLAIM_LIFETIME, Fact, labelOf, newestVersionOf, VersionLabel } from '../domain/ledger';
import { locked as lockedStep, Step } from '../domain/step';
import { addMs } from '../domain/time';
import { AccessKey, UserState } from '../domain/user-state';
import { postponedMessage, whyPostponed } from '../messages/old-key-messages';
import { blockedMessage, describePause } from '../messages/problem-messages';
import { adoptedMessage } from '../messages/unmanaged-key-messages';

/** The step changed the state, and the next step can be decided. */
interface Continue {
  /** Whether the notification of the step was sent. */
  readonly sent: boolean;
  readonly orphanedKeysDeleted?: number;
}

const CONTINUE: Continue = { sent: true };

export async function perform(step: Step, round: Round): Promise<Outcome | Continue> {
  const { request, state, accessKeys, ledger, notifications } = round;
  const { username, action } = request;
  const outcomeOf = (outcome: Outcome['outcome'], message: string, accessKeyId?: string, until?: Date): Outcome => ({
    username,
    action,
    outcome,
    message,
    accessKeyId,
    until: until?.toISOString(),
  });
  const locked = () => perform(lockedStep('another run was first', addMs(state.now, CLAIM_LIFETIME)), round);
  const created = async (issued: Issued, issueStep: Omit<Extract<Step, { do: 'issue' }>, 'do'>) => {
    const { replace } = issueStep;
    if (replace || issued.freed) await announceReplacement(issued, issueStep, round);
    else await announceCreated(issued, issueStep, round);
    const { subject } = issued.key;
    const freed = issued.freed ? `, ${issued.freed.keyId} is deleted` : '';
    const off =
      replace && replace.leaked !== issued.freed?.keyId ? `, the leaked key ${replace.leaked} is inactive` : '';
    return outcomeOf('created', `new key ${subject} is current${off}${freed}`, subject);
  };
  const usedLast = (keyId: string) => describeUse(state.lastUse?.get(keyId));

  switch (step.do) {
    case 'issue': {
      const issued = await issue(step, round).catch((error: unknown): Step => {
        // Without a current key, a deploy can be waiting, and has to fail.
        if (!state.ledger.current) throw error;
        if (isKmsFailure(error)) return noIssueStep(error.message, step, request, state.ledger);
        const full =
          error instanceof IssueReverted ? error.versionLimit : isVersionLimit(error) ? error.message : undefined;
        if (full === undefined) throw error;
        return versionLimitStep(full, request, step.replace?.leaked);
      });
      if (issued === 'locked') return locked();
      if (issued === 'removed') return CONTINUE;
      if (issued === 'not-needed') {
        return outcomeOf('not-due', 'the current value could not be decrypted, and can be now');
      }
      if ('do' in issued) return perform(issued, round);
      return created(issued, step);
    }
    case 'publish':
      return created(await resumeReplacement(step, round), { adopt: [], replace: { leaked: step.replaces.subject } });
    case 'restore': {
      const { key, reject } = step;
      const decryption = await decryptionOf(newestVersionOf(key, state.ledger), round);
      if (decryption !== 'possible') {
        return perform(noRestoreStep(decryption.failure, step, request, state.ledger), round);
      }
      const rejection = reject && rejectionOf(reject, state);
      if (!(await restore(key, rejection, round))) return locked();
      const message = `${key.subject} is current again`;
      if (!rejection) return outcomeOf('rolled-back', message, key.subject);
      await announceFact(rejection, { ...round, state: { ...state, ledger: { ...state.ledger, current: key } } });
      const retired = `${rejection.subject} is deactivated after the switch period and deleted after the recovery period`;
      return outcomeOf('rolled-back', `${message}; ${retired}`, key.subject);
    }
    case 'replace-value':
      await ledger.publish(await versionInstead(step.version, round), state.ledger.currentVersion!);
      return outcomeOf('rolled-back', 'the value of another principal is replaced; a check issues a new key');
    case 'adopt': {
      const adopted = step.adopt.map((keyId) => labelOf('adopted', keyId, state.now));
      if (!(await acquireClaim(username, state.ledger, { adopted: step.adopt }, adopted, round))) return locked();
      await notifications.send(adoptedMessage(request, step.adopt, state.now));
      return CONTINUE;
    }
    case 'take-over':
      await takeOver(step, round);
      return CONTINUE;
    case 'record':
      if (step.add) await ledger.addLabel(step.add.label, step.add.version, sourceOf(step.add));
      for (const label of step.remove) await ledger.removeLabel(label);
      return CONTINUE;
    case 'deactivate': {
      const { keyId } = step.key;
      await accessKeys.deactivate(keyId);
      if (step.unrecorded) return CONTINUE;
      await announceDeactivation(step.key, round);
      const message =
        step.reason === 'leaked'
          ? `the leaked key ${keyId} is inactive now`
          : `the previous key ${keyId} is inactive now, ${usedLast(keyId)}`;
      return outcomeOf('deactivated', message, keyId);
    }
    case 'record-inactive': {
      const { keyId } = step.key;
      await announceDeactivation(step.key, round, step.replaces);
      const why = step.replaces
        ? `was used after its deactivation, ${usedLast(keyId)}: its recovery period starts again`
        : 'was found inactive: its recovery period starts now';
      return outcomeOf('deactivated', `the previous key ${keyId} ${why}`, keyId);
    }
    case 'delete': {
      const { keyId } = step.key;
      await accessKeys.delete(keyId);
      await announceDeletion(keyId, round);
      return outcomeOf('deleted', `the previous key ${keyId} is deleted`, keyId);
    }
    case 'postpone': {
      const { keyId } = step.key;
      await notifications.send(postponedMessage(request, step, state.lastUse?.get(keyId)));
      return outcomeOf('postponed', `${whyPostponed(step)}, ${usedLast(keyId)}`, keyId, step.until);
    }
    case 'notify-created':
      return { sent: await announceCreated({ key: step.key, labels: [step.claim] }, { adopt: [] }, round) };
    case 'notify':
      return { sent: await announceFact(step.fact, round) };
    case 'notify-deleted':
      return { sent: await announceDeletion(step.fact.subject, round) };
    case 'remind': {
      // The run ends here: a new read of the ledger may not show the label yet, and would send the reminder twice.
      const also = (await announceReminder(step, round)) ? '; a reminder was sent' : '';
      const { keyId } = step.key;
      return outcomeOf(
        'not-due',
        `the ${step.before} of the previous key ${keyId} is not due yet${also}`,
        keyId,
        step.at,
      );
    }
    case 'notify-unmanaged':
      return { sent: await announceUnmanagedKey(step, round) };
    case 'remove-invalid':
      return { sent: await announceInvalidLabels(step, round) };
    case 'discard':
      return { sent: true, orphanedKeysDeleted: await discard(step.claim, round) };
    case 'nothing': {
      const { outcome, why, until } = withDeactivation(step, request, state);
      return outcomeOf(outcome, why, undefined, until);
    }
    case 'await-next-attempt':
      throw new Failure(`${username}: ${describePause(step)}. Nothing was done`, 'RecentFailure');
    case 'report': {
      const { why, remedy } = withDeactivation(step, request, state);
      await notifications.send(blockedMessage(request, why, remedy));
      return outcomeOf('blocked', `${why}; ${remedy}`);
    }
    case 'get-last-used':
    case 'decrypt-current':
      throw new Error(`${username}: no decision after the step "${step.do}". This is a bug: please report it`);
  }
}

/** The version that a label moves from. */
function sourceOf({ label, from }: { readonly label: string; readonly from?: string }): VersionLabel | undefined {
  return from === undefined ? undefined : { label, version: from };
}

function rejectionOf({ keyId }: AccessKey, { ledger, now }: UserState): Fact {
  return {
    kind: 'rejected',
    subject: keyId,
    at: now,
    notified: false,
    label: labelOf('rejected', keyId, now, false),
    version: ledger.current!.version,
  };
}

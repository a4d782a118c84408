/** Messages about a rotation that is blocked, and about a check that failed. */
import { Message, messageOf } from './message';
import { Cause } from '../../contract/metrics';
import { deactivateCommand } from '../domain/commands';
import { causeOf, Failed, Failure } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';
import { VersionLabel } from '../domain/ledger';
import { Step } from '../domain/step';
import { formatTime } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

export function blockedMessage(request: RotationRequest, reason: string, remedy: string): Message {
  return messageOf(
    request,
    'blocked',
    undefined,
    'access key cannot be rotated',
    { reason, remedy },
    {
      what: `The rotation of IAM user ${request.username} is blocked: ${reason}.`,
      todo: remedy,
      more: [
        // What the run changed before, such as a leaked key that it deactivated, is in the reason.
        `Checks are repeated on schedule, and the rotation continues when the problem is fixed.${isRepeated(request) ? '' : ` The event "${request.action}" is not: send it again then.`}`,
      ],
    },
  );
}

function isRepeated({ ifDue, duringDeploy }: Pick<RotationRequest, 'ifDue' | 'duringDeploy'>): boolean {
  return ifDue || duringDeploy === true;
}

/**
 * A "revoke" that has not deactivated its key for certain: it is locked, or failed. `blocked`, because a person may not
 * want to wait.
 *
 * @param reason - has the command that deactivates the key
 */
export function notRevokedMessage(request: RotationRequest, reason: string): Message {
  const { username, accessKeyId } = request;
  const remedy = `deactivate the key, if it is still active: ${deactivateCommand(request, accessKeyId!)}`;
  return messageOf(
    request,
    'blocked',
    accessKeyId,
    'a leaked access key is not revoked yet',
    { reason, remedy },
    {
      what: [
        `The access key ${accessKeyId} of IAM user ${username} leaked, and its revocation is not complete:`,
        `  ${reason}`,
      ],
      todo: [
        'deactivate the key with the command above, if it is still active.',
        'If the secret holds it, the programs that use it fail until a new key replaces it.',
      ],
      more: [
        'A later check continues if the leak is on record. If you do not know whether it is, send "revoke" again.',
      ],
    },
  );
}

/** `blocked`, because a person has to act: another principal may write into the secret. */
export function invalidLabelsMessage(request: RotationRequest, labels: readonly VersionLabel[]): Message {
  const names = labels
    .map(({ label, version }) => `${foreignText(label)} on version ${foreignText(version)}`)
    .join(', ');
  const reason = `staging labels of secret ${request.secret} are void, because this rotation cannot have written them: ${names}`;
  const find = 'Find in CloudTrail who called UpdateSecretVersionStage for this secret';
  const remedy = request.existingSecret
    ? `${find}, and remove the permission: the rotation did not create the secret, so no resource policy of the rotation denies this call.`
    : `${find}, and deploy the stack with "cdk deploy --revert-drift": the resource policy of the secret denies this call to all but the rotation.`;
  return messageOf(
    request,
    'blocked',
    undefined,
    'forged labels of the secret are void',
    { reason, remedy },
    {
      what: `Another principal wrote records into the secret of IAM user ${request.username}: ${reason}.`,
      todo: remedy,
      more: ['The labels are removed. They had no effect: the rotation continues.'],
    },
  );
}

/** For a check that comes too soon after a failed attempt. */
export function describePause({ failedAt, until }: Extract<Step, { do: 'await-next-attempt' }>): string {
  return `the attempt of ${formatTime(failedAt)} failed, and what it left is removed; a check from ${formatTime(until)} on starts another one`;
}

const CHECKED = {
  create: 'whether a new key is due',
  deactivate: 'whether the deactivation of the previous key is due',
  delete: 'whether the deletion of the previous key is due',
} as const;

const REMEDIES: Readonly<Partial<Record<Cause, string>>> = {
  AccessDenied:
    'Restore the permissions of the rotation: "cdk deploy --revert-drift" does this, a deploy without the option does not.'
    + ' Check also for a service control policy or a permissions boundary that denies the call.',
  VerificationFailed:
    'Nothing, unless a later check sends this message again. Then check whether AWS reports a problem, and whether the new key'
    + ' is prevented from calling STS.',
  CleanupFailed: 'Nothing: the unfinished key was not published, and a later check deletes it.',
};

/** For a scheduled check. @returns undefined for a transient failure, which needs no action */
export function failedMessage(request: RotationRequest, { error, mayHavePublished }: Failed): Message | undefined {
  if (error instanceof Failure && error.transient) return undefined;
  const reason = (error as Error).message;
  const remedy = REMEDIES[causeOf(error)] ?? 'See the reason above, and the section "Failed checks" of the runbook.';
  return messageOf(
    request,
    'failed',
    undefined,
    'a check of the access key failed',
    { reason, remedy },
    {
      what: [
        `A check of IAM user ${request.username}, ${CHECKED[request.action as keyof typeof CHECKED]}, failed:`,
        `  ${reason}`,
      ],
      todo: remedy,
      more: [
        `The check is repeated at its next scheduled time, or within minutes if it changed nothing.${mayHavePublished ? '' : ' The key in the secret has not changed.'}`,
      ],
    },
  );
}

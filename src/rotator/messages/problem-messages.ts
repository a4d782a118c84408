/** What people read of a rotation that is blocked or failed. */
import { Message, messageOf } from './message';
import { Cause } from '../../contract/metrics';
import { causeOf, Failure } from '../domain/failure';
import { RotationRequest } from '../domain/user-state';

export function blockedMessage(request: RotationRequest, reason: string, remedy: string): Message {
  return messageOf(request, 'blocked', undefined, 'access key cannot be rotated', { reason, remedy }, [
    `The rotation of IAM user ${request.username} is blocked: ${reason}.`,
    'What to do:',
    `  ${remedy}`,
    'Nothing was changed. The check is repeated on schedule, and rotation goes on by itself once this is mended.',
  ]);
}

const CHECKED = {
  create: 'whether it is time for a new key',
  deactivate: 'whether it is time to deactivate the previous key',
  delete: 'whether it is time to delete the previous key',
} as const;

const REMEDIES: Readonly<Partial<Record<Cause, string>>> = {
  AccessDenied:
    'Undo what somebody changed in the permissions of the rotation, which a plain deploy does not ("cdk deploy --revert-drift" does);'
    + ' look for a service control policy or a permissions boundary.',
  VerificationFailed:
    'Nothing, unless this message comes again tomorrow. Then see whether AWS has trouble, or something keeps the new key from calling STS.',
  CleanupFailed: 'Nothing: nobody has the unfinished key, and a later check deletes it.',
};

/** Nothing for a failure that mostly passes by itself: whoever is told of each of these stops reading. */
export function failedMessage(request: RotationRequest, error: Error): Message | undefined {
  if ((error instanceof Failure && error.transient) || !(request.action in CHECKED)) return undefined;
  const reason = error.message;
  const remedy = REMEDIES[causeOf(error)] ?? 'See the reason above; the runbook has a section for it (failed checks).';
  return messageOf(request, 'failed', undefined, 'the check of the access key failed', { reason, remedy }, [
    `A check of IAM user ${request.username}, ${CHECKED[request.action as keyof typeof CHECKED]}, failed:`,
    `  ${reason}`,
    `What to do: ${remedy}`,
    'It is tried again within minutes, and if that fails as well, at the next check on schedule. The key in the secret is as it was.',
  ]);
}

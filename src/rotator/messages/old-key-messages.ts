/** Messages about a key that is retired, revoked, or made current again by a roll-back. */
import { howToFetch, howToRollBack, Message, messageOf, onDay, whatNext, whoUses } from './message';
import { announced, announcedDeletion, announcedRetirement, nextCheckAfter } from '../domain/announced';
import { activateCommand, revokeSessionsCommand } from '../domain/commands';
import { describeUse } from '../domain/last-use';
import { IssuedKey } from '../domain/ledger';
import { lastSessionOf } from '../domain/sessions';
import { addDays, addMs, formatDay, formatTime } from '../domain/time';
import { AccessKey, RotationRequest, LastUseStatus } from '../domain/user-state';

export interface DeactivationDetails {
  /** A line each about the last use of the old key and of the current key, as far as it is known. */
  readonly uses: readonly string[];
  /** Undefined for a user that was adopted with two keys, until its first key is issued. */
  readonly current: string | undefined;
  readonly canRollBack: boolean;
}

export interface ReminderDetails extends DeactivationDetails {
  readonly before: 'deactivation' | 'deletion';
  readonly at: Date;
}

const FIRST_KEY_FOLLOWS =
  'The rotation issues its first key when this key is deleted: IAM allows at most two access keys per user.';

/** With a limit, a key that was deactivated on schedule is too old to come back: see rollback.ts. */
function hasLimit({ limitDays }: RotationRequest): boolean {
  return limitDays !== undefined;
}

export function reminderMessage(request: RotationRequest, keyId: string, details: ReminderDetails): Message {
  const { before, at, uses, current, canRollBack } = details;
  const deletedAt = before === 'deletion' ? at : announcedDeletion(at, request);
  const key = `The previous access key ${keyId} of IAM user ${request.username}`;
  const fields = { currentAccessKeyId: current, previousAccessKeyIds: [keyId], deletedAt: deletedAt.toISOString() };
  if (before === 'deletion') {
    return messageOf(request, 'reminder', keyId, `old access key will be deleted ${onDay(at, request)}`, fields, {
      what: [
        `${key} is inactive and will be deleted ${onDay(at, request)} (UTC). A deleted key cannot be restored.`,
        ...uses,
      ],
      todo: 'nothing, if no program needs this key.',
      more: canRollBack && !hasLimit(request) ? howToRollBack(request) : [],
    });
  }
  const withDeactivation = { ...fields, deactivatedAt: at.toISOString() };
  return messageOf(request, 'reminder', keyId, `old access key stops working ${onDay(at, request)}`, withDeactivation, {
    what: [`${key} stops working ${onDay(at, request)} (UTC).`, 'Some programs may still use it.', ...uses],
    todo: current
      ? `switch to the current key, ${current}, before ${formatDay(at)}. Until then, both keys work.`
      : `stop using the key before ${formatDay(at)}.`,
    more: [
      ...(current ? howToFetch(request) : [FIRST_KEY_FOLLOWS]),
      ...whoUses(request, keyId),
      whatNext(request, [at, `${keyId} is deactivated`], [deletedAt, `${keyId} is deleted`]),
    ],
  });
}

interface Postponement {
  readonly key: Pick<AccessKey, 'keyId'>;
  readonly until: Date;
  /** The current key, if no consumer has used it yet. */
  readonly unused?: Pick<AccessKey, 'keyId'>;
}

export function whyPostponed({ key, unused }: Postponement): string {
  return unused
    ? `the current key ${unused.keyId} was not used yet, so the previous key ${key.keyId} stays active`
    : `the previous key ${key.keyId} is still in use`;
}

export function postponedMessage(
  request: RotationRequest,
  { key: { keyId }, until, unused }: Postponement,
  use: LastUseStatus | undefined,
): Message {
  const latest = `${onDay(until, request)}${request.checkTimes ? ' at the latest' : ''}`;
  const by = request.checkTimes ? `by ${formatDay(until)}` : latest; // a subject is short
  const headline = `${unused ? 'new access key is not used, old one' : 'old access key is in use,'} stops working ${by}`;
  return messageOf(
    request,
    'postponed',
    keyId,
    headline,
    { deactivatedAt: until.toISOString() },
    {
      what: [
        `The deactivation of the previous access key ${keyId} of IAM user ${request.username} is due, but was postponed,`,
        unused
          ? `because no consumer has used the current key ${unused.keyId} yet. The old key was ${describeUse(use)}.`
          : `because the key is still in use: it was ${describeUse(use)}.`,
      ],
      todo: [
        `switch every program that uses it to the current key${unused ? `, ${unused.keyId}` : ''}.`,
        `The old key is deactivated as soon as a check finds that it is not in use and that the current key was used. Otherwise, it is deactivated ${latest} (UTC).`,
      ],
      more: [...howToFetch(request), ...whoUses(request, keyId)],
    },
  );
}

/** With fixed rates, the time of the next check is unknown. The check of this minute can be the one that sends this. */
function nextDeactivation(now: Date, request: RotationRequest): string {
  if (!request.checkTimes) return 'The next check';
  return `The next check, ${onDay(nextCheckAfter('deactivate', addMs(now, 60_000), request), request)},`;
}

export function deactivatedMessage(
  request: RotationRequest,
  keyId: string,
  since: Date,
  details: DeactivationDetails,
  now: Date,
): Message {
  const { uses, current, canRollBack } = details;
  const deletedAt = announcedDeletion(since, request);
  const headline = `old access key is inactive, will be deleted ${onDay(deletedAt, request)}`;
  const fields = { currentAccessKeyId: current, deletedAt: deletedAt.toISOString() };
  return messageOf(request, 'deactivated', keyId, headline, fields, {
    what: [
      `The previous access key ${keyId} of IAM user ${request.username} has been inactive since ${formatTime(since)}.`,
      'AWS rejects requests that are signed with it.',
      ...uses,
    ],
    todo: current ? `switch every program that still uses it to the current key, ${current}.` : 'stop using the key.',
    more: [
      ...(current ? howToFetch(request, { except: `${keyId}, which is inactive` }) : [FIRST_KEY_FOLLOWS]),
      ...whoUses(request, keyId),
      ...(canRollBack && !hasLimit(request) ? howToRollBack(request) : []),
      `An administrator can also activate the old key for a short time. ${nextDeactivation(now, request)} can deactivate it again:`,
      `  ${activateCommand(request, keyId)}`,
      whatNext(request, [deletedAt, `${keyId} is deleted, and cannot be restored`]),
    ],
  });
}

export function deletedMessage(
  request: RotationRequest,
  keyId: string,
  current: Pick<IssuedKey, 'subject' | 'at'> | undefined,
  now: Date,
): Message {
  // After a roll-back, the current key can be due since before: it waited for the slot of the deleted key.
  const replacedAt = current && announced('create', addDays(current.at, request.ages.create), request, now);
  const details = { currentAccessKeyId: current?.subject, replacedAt: replacedAt?.toISOString() };
  return messageOf(request, 'deleted', keyId, 'old access key was deleted', details, {
    what: `The previous access key ${keyId} of IAM user ${request.username} was deleted.`,
    todo: 'nothing.',
    more: [replacedAt !== undefined && whatNext(request, [replacedAt, `${current!.subject} is replaced by a new key`])],
  });
}

/**
 * Includes the policy that denies requests of existing sessions: those can stay valid for 36 hours after the key is
 * deactivated.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export function leakedMessage(
  request: RotationRequest,
  keyId: string,
  since: Date,
  event: 'deactivated' | 'deleted' = 'deactivated',
): Message {
  const isDeleted = event === 'deleted';
  const before = lastSessionOf(since);
  const deletedAt = announcedDeletion(since, request);
  const details = { reason: 'leaked', ...(!isDeleted && { deletedAt: deletedAt.toISOString() }) };
  const headline = `leaked access key is ${isDeleted ? 'deleted' : 'inactive'}`;
  return messageOf(request, event, keyId, headline, details, {
    what: [
      `The access key ${keyId} of IAM user ${request.username} was reported as leaked.`,
      isDeleted ? 'It is deleted.' : `It has been inactive since ${formatTime(since)}.`,
    ],
    todo: 'switch every program that used it to the current key. Then end its sessions, and check what it was used for.',
    more: [
      ...howToFetch(request, { except: `${keyId}, which leaked` }),
      [
        'Sessions that were created with the key (GetSessionToken, GetFederationToken) are valid until they expire.',
        'To end them within a few minutes:',
      ],
      `  ${revokeSessionsCommand(request, before)}`,
      [
        `This policy denies requests of sessions of the user that were created before ${formatTime(before)}: AWS can accept the key`,
        'for some minutes after its deactivation. Programs that created sessions with the new key before that time create them again after it.',
        'It does not affect requests that are signed with an access key of the user. You can delete it after 36 hours.',
        'It does not end sessions of roles that were assumed with the key: revoke the sessions of these roles.',
      ],
      ...whoUses(request, keyId),
      !isDeleted && whatNext(request, [deletedAt, `${keyId} is deleted, and cannot be restored`]),
    ],
  });
}

export function rolledBackMessage(
  request: RotationRequest,
  rejected: string,
  since: Date,
  current: string | undefined,
): Message {
  const [deactivatedAt, deletedAt] = announcedRetirement(since, request);
  const details = {
    currentAccessKeyId: current,
    previousAccessKeyIds: [rejected],
    deactivatedAt: deactivatedAt.toISOString(),
    deletedAt: deletedAt.toISOString(),
  };
  return messageOf(request, 'rolled-back', current, 'rolled back to the previous access key', details, {
    what: `The previous access key ${current} of IAM user ${request.username} has been current again since ${formatTime(since)}.`,
    todo: `switch every program that uses ${rejected} back before ${formatDay(deactivatedAt)} (UTC). Until then, both keys work.`,
    more: [
      ...howToFetch(request),
      ...whoUses(request, rejected),
      `Rotation continues when ${rejected} is deleted.`,
      whatNext(
        request,
        [deactivatedAt, `${rejected} is deactivated`],
        [deletedAt, `${rejected} is deleted, and a new key is issued if one is due`],
      ),
    ],
  });
}

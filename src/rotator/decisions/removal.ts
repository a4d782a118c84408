/** What a removal of the user from the rotation means for its keys and for its other runs. */
import { adoptedBy, OWNER_TAG, RUN_MINUTES } from '../../contract/settings';
import { capitalized } from '../domain/capitalized';
import { removeLabelsCommand, tagCommand } from '../domain/commands';
import { Claim, isOwnedBy, Ledger } from '../domain/ledger';
import { blocked, Ending, removed } from '../domain/step';
import { addMs, CLOCK_SKEW } from '../domain/time';
import { RotationRequest } from '../domain/user-state';

/**
 * For how many milliseconds Lambda can deliver a request late.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const MAX_EVENT_AGE = 6 * 3_600_000;

/**
 * No step is possible after a removal was recorded, whichever event arrives, and however late. A secret that existed
 * before can be taken over again: its record of a removal that is over counts while a late request can arrive.
 *
 * A removal ends with the function, or with a list that does not name the user. If a check still comes after the last
 * late request, the record is of another principal, or the removal failed: people are notified.
 *
 * @param now - undefined if IAM returned no time, because the user does not exist
 */
export function removedStep(
  request: Pick<RotationRequest, 'action' | 'secret' | 'region' | 'existingSecret' | 'duringDeploy'>,
  ledger: Ledger,
  now: Date | undefined,
): Ending | undefined {
  if (!ledger.removed) return undefined;
  const { action, existingSecret, duringDeploy } = request;
  const isReusable = existingSecret !== undefined && ledger.owners.length === 0;
  const until = addMs(ledger.removed.at, MAX_EVENT_AGE);
  const isOver = now !== undefined && now >= until;
  if (isReusable && isOver) return undefined;
  const record = `CloudFormation removed this user from the rotation, as the staging label ${ledger.removed.label} records`;
  const remedy = `if the secret belongs to a rotation again, ${isReusable ? `deploy after ${until.toISOString()}, or ` : ''}remove the label: ${removeLabelsCommand(request, [ledger.removed])}`;
  if (action === 'revoke') return blocked(`${record}, so no new key replaces it`, remedy);
  if (isOver && !duringDeploy) return blocked(`${record}, but the rotation still has the user`, remedy);
  return removed(`${record}, so nothing was changed. ${capitalized(remedy)}`);
}

/**
 * Whether the user was removed since a run decided its step. The removal of a user whose secret stays ends without a
 * record: then the secret does not name the rotation any more.
 */
export function isRemoved(
  { existingSecret, rotation }: Pick<RotationRequest, 'existingSecret' | 'rotation'>,
  ledger: Ledger,
): boolean {
  return ledger.removed !== undefined || (existingSecret !== undefined && !isOwnedBy(rotation, ledger));
}

/**
 * Whether a request to remove a user contradicts what the user's tag records since the deploy: who created the user. A
 * request alone must not delete keys that the rotation did not issue. Without a tag of this rotation nothing is
 * contradicted, and only keys that the rotation issued are deleted.
 *
 * @param tag - the value of the owner tag; undefined without one
 * @returns what came and what is recorded; undefined if they agree
 */
export function contradictedBy(
  tag: string | undefined,
  {
    username,
    region,
    adopted,
    rotation,
  }: Pick<RotationRequest, 'username' | 'region' | 'adopted'> & { rotation: string },
): string | undefined {
  const [recorded, other] = adopted ? [adoptedBy(rotation), rotation] : [rotation, adoptedBy(rotation)];
  if (tag !== other) return undefined;
  const [came, found] = adopted ? ['an adopted', 'created'] : ['a created', 'adopted'];
  return (
    `${username}: the request is to remove ${came} user, but the tag ${OWNER_TAG} of the user records that the rotation ${found} it, and nothing was changed.`
    + ` If the request is right, correct the tag and try again: ${tagCommand({ username, region }, recorded)}`
  );
}

/**
 * Whether a request says that the rotation created a secret, and the secret records that it existed before. Its keys
 * and its value are those of its owner.
 *
 * @returns what came and what is recorded; undefined if they agree
 */
export function secretContradictedBy(
  { owners }: Pick<Ledger, 'owners'>,
  {
    username,
    secret,
    region,
    existingSecret,
  }: Pick<RotationRequest, 'username' | 'secret' | 'region'> & { existingSecret: boolean },
): string | undefined {
  if (existingSecret || owners.length === 0) return undefined;
  return (
    `${username}: the request is to remove a user whose secret the rotation created, but the staging label ${owners[0].label} of the secret ${secret}`
    + ' records that it existed before, and nothing was changed. Deploy the resource with the template of the rotation;'
    + ` or, if another principal wrote the label, remove it: ${removeLabelsCommand({ secret, region }, owners)}`
  );
}

/**
 * The claims of runs that may still make calls: Lambda ends a run after its timeout. A claim that is dated in the
 * future is not that of a run.
 */
export function activeRuns({ claims }: Ledger, now: Date): readonly Claim[] {
  return claims.filter(({ at }) => {
    const age = now.getTime() - at.getTime();
    return age >= -CLOCK_SKEW && age <= RUN_MINUTES * 60_000 + CLOCK_SKEW;
  });
}

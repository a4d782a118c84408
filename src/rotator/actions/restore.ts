import { abandonClaim, acquireClaim, claimValue } from './claim';
import { versionToPublish } from './kept-fields';
import { readState, requireTime, Round } from './ports';
import { log } from '../aws/log';
import { invokerOf } from '../decisions/change-record';
import { isRemoved } from '../decisions/removal';
import { claimLabel, IssuedKey, VersionLabel, recordsOf } from '../domain/ledger';
import { UserState } from '../domain/user-state';

/** @returns whether the key is current now; if not, another run changed the state that the decision was based on */
export async function restore(target: IssuedKey, rejection: VersionLabel | undefined, round: Round): Promise<boolean> {
  const { request, state: before, ledger, runId, clock } = round;
  requireTime(request.username, `make ${target.subject} current again`, clock);
  const label = claimLabel('restore', before.now, runId);
  const version = await acquireClaim(request.username, before.ledger, claimValue(label, runId), [label], round);
  if (version === undefined) return false;
  const claim = { label, version };
  let restored: boolean;
  try {
    const state = await readState(round);
    restored = isUnchanged(target, before, state, claim) && !isRemoved(request, state.ledger);
    if (restored) await reactivateAndPublish(target, rejection, { ...round, state });
  } catch (error) {
    await abandonClaim(claim, ledger, before.ledger).catch(() =>
      log('WARN', request, {
        record: 'failure',
        username: request.username,
        action: request.action,
        invokedBy: invokerOf(request),
        message: 'the claim could not be removed; a later check removes it',
      }),
    );
    throw error;
  }
  await (restored ? ledger.removeLabel(claim) : abandonClaim(claim, ledger, before.ledger));
  return restored;
}

async function reactivateAndPublish(
  target: IssuedKey,
  rejection: VersionLabel | undefined,
  round: Round,
): Promise<void> {
  const { state, accessKeys, ledger, verify } = round;
  const { version, credential } = await versionToPublish(target, round);
  const wasActive = state.keys.find(({ keyId }) => keyId === target.subject)!.active;
  if (!wasActive) await accessKeys.activate(target.subject);
  try {
    await verify(credential);
  } catch (error) {
    if (!wasActive) await accessKeys.deactivate(target.subject);
    throw error;
  }
  // Recorded first: a run that fails in between leaves a fact about the current key, which the next check removes.
  if (rejection) await ledger.addLabel(rejection.label, rejection.version);
  await ledger.publish(version, state.ledger.currentVersion!);
}

/** Whether keys and AWSCURRENT are the same, no other run has started, and no leak was recorded. */
function isUnchanged(target: IssuedKey, before: UserState, after: UserState, claim: VersionLabel): boolean {
  const status = ({ keys }: UserState) =>
    keys
      .map((key) => `${key.keyId}:${key.active}`)
      .sort()
      .join();
  return (
    status(before) === status(after)
    && after.ledger.unreadable.length === 0
    && after.ledger.contradictory.length === 0
    && after.ledger.currentVersion === before.ledger.currentVersion
    && after.ledger.claims.every(
      ({ version }) => version === claim.version || before.ledger.claims.some((old) => old.version === version),
    )
    && !recordsOf(after.ledger, target.subject).facts.leaked
  );
}

import { abandonClaim, acquireClaim } from './claim';
import { readState, requireTime, Round } from './ports';
import { log } from '../aws/log';
import { claimLabel, IssuedKey, VersionLabel, recordsOf } from '../domain/ledger';
import { UserState } from '../domain/user-state';

/** @returns whether it is current now; if not, another run changed what the decision was made from */
export async function restore(target: IssuedKey, rejection: VersionLabel | undefined, round: Round): Promise<boolean> {
  const { request, state: seen, ledger, runId, clock } = round;
  requireTime(request.username, `make ${target.subject} current again`, clock);
  const label = claimLabel('restore', seen.now, runId);
  const version = await acquireClaim(ledger, request.username, seen.ledger, { claim: runId }, [label]);
  if (version === undefined) return false;
  const claim = { label, version };
  let restored: boolean;
  try {
    const state = await readState(round);
    restored = isUnchanged(target, seen, state, claim);
    if (restored) await reactivateAndPublish(target, rejection, { ...round, state });
  } catch (error) {
    await abandonClaim(claim, ledger, seen.ledger.failed).catch(() =>
      log('WARN', { username: request.username, message: 'a claim is left to a later check' }),
    );
    throw error;
  }
  await (restored ? ledger.removeLabel(claim) : abandonClaim(claim, ledger, seen.ledger.failed));
  return restored;
}

async function reactivateAndPublish(
  target: IssuedKey,
  rejection: VersionLabel | undefined,
  round: Round,
): Promise<void> {
  const { state, accessKeys, ledger, verify } = round;
  const credential = await ledger.credential(target.version, target.subject, target.at);
  const wasActive = state.keys.find(({ keyId }) => keyId === target.subject)!.active;
  if (!wasActive) await accessKeys.activate(target.subject);
  try {
    await verify(credential);
  } catch (error) {
    if (!wasActive) await accessKeys.deactivate(target.subject);
    throw error;
  }
  // First on record: a run that fails in between leaves a fact about the current key, which the next check removes.
  if (rejection) await ledger.addLabel(rejection.label, rejection.version);
  await ledger.publish(target.version, state.ledger.currentVersion!);
}

/** Whether the keys are the same, no other run has started, and the target was not reported as leaked since. */
function isUnchanged(target: IssuedKey, before: UserState, after: UserState, claim: VersionLabel): boolean {
  const status = ({ keys }: UserState) =>
    keys
      .map((key) => `${key.keyId}:${key.active}`)
      .sort()
      .join();
  return (
    status(before) === status(after)
    && after.ledger.unreadable.length === 0
    && after.ledger.currentVersion === before.ledger.currentVersion
    && after.ledger.claims.every(
      ({ version }) => version === claim.version || before.ledger.claims.some((old) => old.version === version),
    )
    && !recordsOf(after.ledger, target.subject).facts.leaked
  );
}

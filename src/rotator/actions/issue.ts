import { abandonClaim, acquireClaim, tokenFor } from './claim';
import { requireTime, Round } from './ports';
import { AwsCallFailed } from '../aws/call';
import { Credential } from '../aws/credential';
import { secretValue } from '../aws/secrets-manager';
import { causeOf, Failure } from '../domain/failure';
import { CLAIM_LIFETIME, claimLabel, IssuedKey, labelOf, VersionLabel } from '../domain/ledger';

export interface Issued extends Pick<IssuedKey, 'subject' | 'at'> {
  /** To be removed once the message is sent. */
  readonly claim: VersionLabel;
}

/** @returns nothing where another run was faster */
export async function issue(adopt: readonly string[], round: Round): Promise<Issued | undefined> {
  const { request, state, accessKeys, ledger, verify, runId, clock } = round;
  const { username, fields } = request;
  const seen = state.ledger;
  const claim = claimLabel('claim', state.now, runId);
  requireTime(username, 'issue a key', clock);

  const adopted = adopt.map((keyId) => labelOf('adopted', keyId, state.now));
  const claimVersion = await acquireClaim(ledger, username, seen, { claim: runId }, [claim, ...adopted]);
  if (claimVersion === undefined) return undefined;

  let credential: Credential;
  try {
    credential = await accessKeys.create();
  } catch (error) {
    // Only a refusal means that there is no key. After a lost answer the claim stays, and a later check looks for it.
    if (error instanceof AwsCallFailed && error.rejected) {
      await abandonClaim({ label: claim, version: claimVersion }, ledger, seen.failed);
    }
    throw error;
  }

  let version: string;
  try {
    // The claim's label moves along: from here on, it says that this key is not announced yet.
    version = await ledger.put(
      tokenFor(username, 'key', { ...seen.versions, [claimVersion]: [claim] }),
      secretValue(credential, fields),
      [labelOf('key', credential.keyId, credential.createdAt), claim],
    );
    await verify(await ledger.credential(version, credential.keyId, credential.createdAt));
  } catch (error) {
    throw await revertIssue(credential, claim, round, error as Error);
  }
  try {
    // The very first version of a secret is AWSCURRENT whatever its labels, and that was our claim.
    await ledger.publish(version, seen.currentVersion ?? claimVersion);
  } catch (error) {
    // It may have taken effect with its answer lost, and a read may be stale: nothing is deleted here.
    throw new Error(
      `${(error as Error).message}; whether the new key ${credential.keyId} is current, a check tells in ${CLAIM_LIFETIME / 60_000} minutes`,
    );
  }
  return { subject: credential.keyId, at: credential.createdAt, claim: { label: claim, version } };
}

/** The attempt came to nothing, and nothing of it is left: it may be repeated at once. */
export class IssueReverted extends Failure {
  readonly name = 'TakenBack';
}

/** Deletes a key that was not published. Reads again first: a call may have taken effect with its answer lost. */
async function revertIssue(
  credential: Credential,
  claim: string,
  { accessKeys, ledger }: Round,
  error: Error,
): Promise<Error> {
  const { keyId } = credential;
  const [reason, stack] = [redact(error.message, credential), redact(error.stack ?? '', credential)];
  try {
    if (!(await accessKeys.delete(keyId))) throw new Error(`IAM does not know ${keyId} yet`);
    const found = await ledger.read();
    for (const mark of found.issued.filter((key) => key.subject === keyId)) await ledger.removeLabel(mark);
    for (const mark of found.claims.filter(({ label }) => label === claim)) {
      await abandonClaim(mark, ledger, found.failed);
    }
    return new IssueReverted(
      `${reason}; the new key ${keyId} was deleted again, the next check starts over`,
      causeOf(error),
      stack,
    );
  } catch (failed) {
    return new Failure(
      `${reason}; taking the new key ${keyId} back failed as well, a later check does it: ${redact((failed as Error).message, credential)}`,
      'CleanupFailed',
    );
  }
}

/**
 * AWS does not repeat a secret in its errors; should it ever, the error would carry it into the logs. A stack begins
 * with the message.
 */
function redact(text: string, credential: Credential): string {
  return text.replaceAll(credential.reveal(), '***');
}

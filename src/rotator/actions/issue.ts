import { abandonClaim, acquireClaim, tokenFor } from './claim';
import { decryptionOf, requireTime, Round } from './ports';
import { AwsCallFailed } from '../aws/call';
import { Credential } from '../aws/credential';
import { secretValue } from '../aws/secrets-manager';
import { causeOf, Failure } from '../domain/failure';
import { CLAIM_LIFETIME, claimLabel, IssuedKey, labelOf, VersionLabel } from '../domain/ledger';
import { Step } from '../domain/step';

export interface Issued extends Pick<IssuedKey, 'subject' | 'at'> {
  /** To be removed once the notification is sent. */
  readonly claim: VersionLabel;
}

/** @returns undefined if another run was first */
export async function issue(
  { adopt, early }: Pick<Extract<Step, { do: 'issue' }>, 'adopt' | 'early'>,
  round: Round,
): Promise<Issued | 'not-needed' | undefined> {
  const { request, state, accessKeys, ledger, verify, runId, clock } = round;
  const { username, fields } = request;
  const seen = state.ledger;
  const claim = claimLabel('claim', state.now, runId);
  requireTime(username, 'issue a key', clock);

  const adopted = adopt.map((keyId) => labelOf('adopted', keyId, state.now));
  const claimVersion = await acquireClaim(ledger, username, seen, { claim: runId }, [claim, ...adopted]);
  if (claimVersion === undefined) return undefined;

  try {
    // A KMS key that stores values and does not decrypt them is found before an access key exists.
    await ledger.requireReadable(claimVersion);
    // The policy of a new KMS key reaches every server after some seconds. Nothing is replaced because of that.
    if (early && (await decryptionOf(seen.currentVersion!, round)) === 'possible') {
      await abandonClaim({ label: claim, version: claimVersion }, ledger, seen);
      return 'not-needed';
    }
  } catch (error) {
    await abandonClaim({ label: claim, version: claimVersion }, ledger, seen);
    throw error;
  }

  let credential: Credential;
  try {
    credential = await accessKeys.create();
  } catch (error) {
    // Only a rejected call created no key. After a lost answer the claim stays, and a later check looks for the key.
    if (error instanceof AwsCallFailed && error.rejected) {
      await abandonClaim({ label: claim, version: claimVersion }, ledger, seen);
    }
    throw error;
  }

  let version: string;
  try {
    // The label of the claim moves to this version. Until it is removed, this key is not announced.
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
    // The first version of a secret always gets AWSCURRENT. For a first key, that is the version of the claim.
    await ledger.publish(version, seen.currentVersion ?? claimVersion);
  } catch (error) {
    // The call may have taken effect although its answer was lost, and a read may be stale. So nothing is deleted here.
    throw new Error(
      `${(error as Error).message}; a check after ${CLAIM_LIFETIME / 60_000} minutes determines whether the new key ${credential.keyId} is current`,
    );
  }
  return { subject: credential.keyId, at: credential.createdAt, claim: { label: claim, version } };
}

/** The attempt failed, and everything that it created is deleted: it may be repeated at once. */
export class IssueReverted extends Failure {
  readonly name = 'IssueReverted';
}

/** Deletes an unpublished key, then reads the ledger again: a call may have taken effect with its answer lost. */
async function revertIssue(
  credential: Credential,
  claim: string,
  { accessKeys, ledger }: Round,
  error: Error,
): Promise<Error> {
  const { keyId } = credential;
  const [reason, stack] = [redact(error.message, credential), redact(error.stack ?? '', credential)];
  try {
    if (!(await accessKeys.delete(keyId))) throw new Error(`DeleteAccessKey did not find ${keyId} yet`);
    const found = await ledger.read();
    for (const key of found.issued.filter(({ subject }) => subject === keyId)) await ledger.removeLabel(key);
    for (const own of found.claims.filter(({ label }) => label === claim)) {
      await abandonClaim(own, ledger, found);
    }
    return new IssueReverted(
      `${reason}; the new key ${keyId} was deleted, and the next check issues another one`,
      causeOf(error),
      stack,
    );
  } catch (failed) {
    return new Failure(
      `${reason}; the cleanup of the new key ${keyId} failed as well, and a later check repeats it: ${redact((failed as Error).message, credential)}`,
      'CleanupFailed',
    );
  }
}

/**
 * AWS does not repeat a secret access key in its errors. If it did, the error would write it to the logs. A stack trace
 * starts with the message, so both are redacted.
 */
function redact(text: string, credential: Credential): string {
  return text.replaceAll(credential.reveal(), '***');
}

import { abandonClaim } from './claim';
import { Round } from './ports';
import { Cause } from '../../contract/metrics';
import { isVersionLimit } from '../aws/call';
import { Credential } from '../domain/credential';
import { causeOf, Failure } from '../domain/failure';

/** The attempt failed, and everything that it created is deleted: it may be repeated at once. */
export class IssueReverted extends Failure {
  readonly name = 'IssueReverted';

  /** @param versionLimit - the answer of Secrets Manager, if it accepted no more versions */
  constructor(
    message: string,
    cause: Cause,
    stack?: string,
    readonly versionLimit?: string,
  ) {
    super(message, cause, stack);
  }
}

/** Deletes an unpublished key, then reads the ledger again: a call may have taken effect with its answer lost. */
export async function revertIssue(
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
      isVersionLimit(error) ? reason : undefined,
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

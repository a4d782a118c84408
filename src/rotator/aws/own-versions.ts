/** Secrets Manager is eventually consistent: right after a put, other calls may not find the version. */
import { AwsCallFailed } from './call';
import { Clock, TIME_RESERVE } from './clock';
import { LedgerStore } from './secrets-manager';

/**
 * Milliseconds between the attempts of one call, 15 s in total. Terraform repeats the same read for the same reason.
 *
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/secretsmanager/secret_version.go
 */
const PAUSES = [1_000, 2_000, 4_000, 8_000];

/**
 * Repeats a call that does not find a version of this run. A version that a read showed is not new: if it is not found,
 * another principal deleted it, or the secret.
 */
export function withOwnVersions(ledger: LedgerStore, { sleep, remainingTime }: Clock): LedgerStore {
  const own = new Set<string>();
  const retrying = async <T>(isOwn: boolean, call: () => Promise<T>): Promise<T> => {
    for (const pause of isOwn ? PAUSES : []) {
      try {
        return await call();
      } catch (error) {
        if (!isNotFound(error) || remainingTime() < TIME_RESERVE + pause) throw error;
        await sleep(pause);
      }
    }
    return call();
  };
  return {
    // Without a version in the call, it is the secret that is not found.
    read: () => retrying(own.size > 0, () => ledger.read()),
    put: async (token, value, labels) => {
      // With the same token and value, a second put changes nothing.
      const version = await retrying(own.size > 0, () => ledger.put(token, value, labels));
      own.add(version);
      return version;
    },
    value: (version) => retrying(own.has(version), () => ledger.value(version)),
    publish: (version, expectedCurrent) =>
      retrying(own.has(version) || own.has(expectedCurrent), () => ledger.publish(version, expectedCurrent)),
    addLabel: (label, version, from) =>
      retrying(own.has(version) || (from !== undefined && own.has(from.version)), () =>
        ledger.addLabel(label, version, from),
      ),
    removeLabel: (label) => retrying(own.has(label.version), () => ledger.removeLabel(label)),
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof AwsCallFailed && error.code === 'ResourceNotFoundException';
}

import { Stack } from 'aws-cdk-lib';
import type { RotatedUser } from './rotated-user';

interface ReplicaRegion {
  /** An object if it is a token that deployment resolves. */
  readonly region: string | object;
  readonly kmsKeyId?: unknown;
}

/**
 * The Regions in which Secrets Manager encrypts the secret with the AWS managed key, although it has a KMS key of its
 * own. Complete only after the aspects of the app: `addReplicaRegion()` and aspects can add replicas.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
export function regionsWithoutKmsKey({ secretResource }: RotatedUser): string[] {
  if (secretResource?.kmsKeyId === undefined) return [];
  const replicas: readonly ReplicaRegion[] = Stack.of(secretResource).resolve(secretResource.replicaRegions) ?? [];
  return replicas
    .filter(({ kmsKeyId }) => kmsKeyId === undefined)
    .map(({ region }) => (typeof region === 'string' ? region : 'a Region that is a token'));
}

/** STS: whether a new key works. */
import { answerOf } from './call';
import { Clock, TIME_RESERVE } from './clock';
import { GetCallerIdentityCommand, STSClient } from './sdk';
import { Credential } from '../domain/credential';
import { Failure } from '../domain/failure';

/** Returns the ARN of the user that the key belongs to; throws while the key does not work. */
export type CallerIdentity = (credential: Credential) => Promise<string>;

/**
 * GetCallerIdentity needs no permission and cannot be denied, so its result depends on the key only.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function stsCallerIdentity(config: ConstructorParameters<typeof STSClient>[0]): CallerIdentity {
  return async (credential) => {
    const sts = new STSClient({
      ...config,
      credentials: { accessKeyId: credential.keyId, secretAccessKey: credential.reveal() },
    });
    try {
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? '';
    } finally {
      sts.destroy();
    }
  };
}

/** Milliseconds. A new key usually works after 10 to 15 s (aws/aws-sdk-js#559); this is four times as long. */
const PROPAGATION_TIMEOUT = 60_000;

/**
 * A server of STS can accept a key that another one, or another service, still rejects (boto/botocore#3600,
 * hashicorp/vault#8413). Each call has a connection of its own, so it can reach another server.
 */
const ACCEPTANCES = 3;
/** Milliseconds. No whole seconds, so that the local AWS of the tests shortens it (test/local-aws/python/hurry.cjs). */
const ACCEPTANCE_PAUSE = 2_500;

/** Returns once STS accepted the key several times in a row, some seconds apart. */
export async function waitUntilUsable(
  username: string,
  credential: Credential,
  callerIdentity: CallerIdentity,
  { sleep, remainingTime }: Clock,
): Promise<void> {
  let [waited, accepted, backoff] = [0, 0, 1_000];
  for (;;) {
    let reason: string | undefined;
    try {
      const arn = await callerIdentity(credential);
      if (!arn.endsWith(`/${username}`)) reason = answerOf(`it belongs to ${arn}`);
    } catch (error) {
      reason = answerOf(`${(error as Error).name}: ${(error as Error).message}`);
    }
    accepted = reason === undefined ? accepted + 1 : 0;
    if (accepted === ACCEPTANCES) return;
    const pause = accepted > 0 ? ACCEPTANCE_PAUSE : backoff;
    if ((accepted === 0 && waited >= PROPAGATION_TIMEOUT) || remainingTime() < TIME_RESERVE + pause) {
      throw new Failure(
        `${username}: the key ${credential.keyId} did not work after ${waited / 1000} s: ${reason ?? `STS accepted it ${accepted} of ${ACCEPTANCES} times`}`,
        'VerificationFailed',
      );
    }
    if (accepted === 0) backoff = Math.min(backoff * 2, 8_000);
    await sleep(pause);
    waited += pause;
  }
}

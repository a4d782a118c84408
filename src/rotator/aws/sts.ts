/** STS: whether a new key works. */
import { Clock } from './clock';
import { Credential } from './credential';
import { GetCallerIdentityCommand, STSClient } from './sdk';
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

/** Milliseconds for the rest of the run, including retries of the SDK. */
const TIME_RESERVE = 45_000;

export async function waitUntilUsable(
  username: string,
  credential: Credential,
  callerIdentity: CallerIdentity,
  { sleep, remainingTime }: Clock,
): Promise<void> {
  let waited = 0;
  for (let pause = 1_000; ; pause = Math.min(pause * 2, 8_000)) {
    let reason: string;
    try {
      const arn = await callerIdentity(credential);
      if (arn.endsWith(`/${username}`)) return;
      reason = `it belongs to ${arn}`;
    } catch (error) {
      reason = `${(error as Error).name}: ${(error as Error).message}`;
    }
    if (waited >= PROPAGATION_TIMEOUT || remainingTime() < TIME_RESERVE + pause) {
      throw new Failure(
        `${username}: the key ${credential.keyId} did not work after ${waited / 1000} s: ${reason}`,
        'VerificationFailed',
      );
    }
    await sleep(pause);
    waited += pause;
  }
}

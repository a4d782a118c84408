/** STS: does a new key work? */
import { Clock } from './clock';
import { Credential } from './credential';
import { GetCallerIdentityCommand, STSClient } from './sdk';
import { Failure } from '../domain/failure';

/** Returns the ARN of whom the key belongs to; fails while the key is not known everywhere. */
export type CallerIdentity = (credential: Credential) => Promise<string>;

/** GetCallerIdentity needs no permission and cannot be denied, so it tells of the key and of nothing else. */
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

/** A new key can fail for 10 to 15 s, until IAM has spread it (aws/aws-sdk-js#559): at most four times that. */
const PROPAGATION_TIMEOUT = 60_000;

/** What is left to do after it, even if the SDK has to repeat some of the calls. */
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

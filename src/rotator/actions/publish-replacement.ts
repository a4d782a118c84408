/**
 * The second half of the replacement of a leaked key: the new key works, and is published after the leaked key is
 * inactive. In the other order, a thief could read the new key with the leaked one.
 *
 * In between, AWSCURRENT holds an inactive key. So this is the one thing that a later event resumes.
 */
import { Round } from './ports';
import { unlessNotFound } from '../aws/call';

/**
 * Milliseconds. IAM is eventually consistent: for some seconds, a service can still accept the inactive key. AWS
 * publishes no bound; a new key works after 3 to 15 s.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
 */
const DEACTIVATION_PAUSE = 10_000;

export async function publishReplacement(
  version: string,
  leaked: string,
  { state, accessKeys, ledger, clock }: Round,
): Promise<void> {
  if (state.keys.some(({ keyId, active }) => keyId === leaked && active)) {
    await unlessNotFound(() => accessKeys.deactivate(leaked));
    await clock.sleep(DEACTIVATION_PAUSE);
  }
  try {
    await ledger.publish(version, state.ledger.currentVersion!);
  } catch (error) {
    // Two runs can publish the same key.
    if ((await ledger.read()).currentVersion !== version) throw error;
  }
}

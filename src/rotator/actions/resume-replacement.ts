import { Issued } from './issue';
import { versionToPublish } from './kept-fields';
import { Round } from './ports';
import { publishReplacement } from './publish-replacement';
import { revertIssue } from './revert-issue';
import { canBeActive } from '../decisions/failed-runs';
import { Step } from '../domain/step';

/** Publishes the key that a failed run issued to replace a leaked key. The key is verified again. */
export async function resumeReplacement(
  { key, replaces }: Extract<Step, { do: 'publish' }>,
  round: Round,
): Promise<Issued> {
  const { state, verify } = round;
  const claims = state.ledger.claims.filter(({ version }) => version === key.version);
  const labels = [...claims, replaces];
  const { version, credential } = await versionToPublish(key, round);
  try {
    await verify(credential);
  } catch (error) {
    // The run that issued the key can still be active, and have published it.
    if (claims.some((claim) => canBeActive(claim, state))) throw error;
    throw await revertIssue(credential, labels[0].label, round, error as Error);
  }
  await publishReplacement(version, replaces.subject, round);
  return { key, labels };
}

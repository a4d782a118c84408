import { Round } from './ports';
import { restore } from './restore';
import { causeOf, Failure } from '../domain/failure';
import { Step } from '../domain/step';
import { userState } from '../domain/user-state';

/**
 * No key could be issued. If the leaked key does not work any more, the previous key becomes current, so that the user
 * has one that works.
 *
 * @throws always: the attempt failed
 */
export async function fallBack(
  { replace }: Pick<Extract<Step, { do: 'issue' }>, 'replace'>,
  error: Error,
  round: Round,
): Promise<never> {
  if (!replace?.fallback) throw error;
  const ledger = await round.ledger.read();
  const { keys, now } = await round.accessKeys.list();
  const state = userState(keys, ledger, now);
  const leakedWorks = state.keys.some(({ keyId, active }) => keyId === replace.leaked && active);
  const isReplaced = state.ledger.current?.subject !== replace.leaked; // by another run
  if (leakedWorks || isReplaced) throw error;
  const { subject } = replace.fallback;
  // The claim of the failed attempt can still be there, and each label is on one version only.
  const runId = `f${round.runId}`;
  if (!(await restore(replace.fallback, undefined, { ...round, state, runId }))) throw error;
  throw new Failure(`${error.message}; the previous key ${subject} is current again`, causeOf(error), error.stack);
}

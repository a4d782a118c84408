/** Tries the assumptions one after the other, and removes what each has created before the next one. */
import type { Assumption } from './assumption';
import { textOf } from './assumption';
import { Account, Interrupted, Workspace } from './workspace';

export type Verdict = 'as-assumed' | 'differs' | 'failed' | 'not-tried';

export interface Result {
  readonly id: string;
  readonly statement: string;
  readonly source: string;
  readonly expected: string;
  readonly verdict: Verdict;
  /** What AWS answered; the error of a failed observation; why an assumption was not tried. */
  readonly observed: string;
  /** What could not be removed. */
  readonly left: readonly string[];
}

export interface ObserveOptions {
  readonly long?: boolean;
  readonly signal?: AbortSignal;
  /** Before an assumption is tried. */
  readonly onStart?: (assumption: Assumption) => void;
}

export async function observe(
  assumptions: readonly Assumption[],
  account: Account,
  options: ObserveOptions = {},
): Promise<Result[]> {
  const { signal = new AbortController().signal, onStart } = options;
  const results: Result[] = [];
  for (const assumption of assumptions) {
    const reason = signal.aborted ? 'the run was interrupted' : whyNotTried(assumption, account, options);
    if (reason) {
      results.push({ ...described(assumption), verdict: 'not-tried', observed: reason, left: [] });
      continue;
    }
    onStart?.(assumption);
    results.push(await observeOne(assumption, new Workspace(account, signal)));
  }
  return results;
}

async function observeOne(assumption: Assumption, workspace: Workspace): Promise<Result> {
  let verdict: Verdict;
  let observed: string;
  try {
    const given = await assumption.observe(workspace);
    verdict = assumption.expected.accepts(given) ? 'as-assumed' : 'differs';
    observed = textOf(given ?? 'nothing');
  } catch (error) {
    const { name, message } = error as Error;
    verdict = error instanceof Interrupted ? 'not-tried' : 'failed';
    observed = error instanceof Interrupted ? message : `${name}: ${message}`;
  }
  const left = (await workspace.remove()).map((text) => workspace.redacted(text));
  return { ...described(assumption), verdict, observed: workspace.redacted(observed), left };
}

function whyNotTried(
  { onlyAws, long }: Assumption,
  { clientConfig }: Account,
  options: ObserveOptions,
): string | undefined {
  if (onlyAws && clientConfig.endpoint) return onlyAws;
  return long && !options.long ? `it takes ${long}: use --long` : undefined;
}

function described({ id, statement, source, expected }: Assumption) {
  return { id, statement, source, expected: expected.text };
}

/** Whether each assumption that was tried holds, and nothing is left in the account. */
export function isAsAssumed(results: readonly Result[]): boolean {
  return results.every(({ verdict, left }) => ['as-assumed', 'not-tried'].includes(verdict) && left.length === 0);
}

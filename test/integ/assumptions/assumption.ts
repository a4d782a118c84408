/** An assumption about AWS: the statement, the calls that show whether it holds, and what AWS has to answer. */
import { isDeepStrictEqual } from 'node:util';
import type { Settled, Workspace } from './workspace';

export interface Assumption {
  /** For `--only`. */
  readonly id: string;
  /** What the library relies on, as a sentence. */
  readonly statement: string;
  /** Where the library says so or relies on it: a section of a page, or a file. */
  readonly source: string;
  readonly expected: Expectation;
  /** Makes the calls, and returns what AWS answered: never a secret. The workspace creates all that it needs. */
  readonly observe: (workspace: Workspace) => Promise<unknown>;
  /** Why an emulator shows nothing. */
  readonly onlyAws?: string;
  /** How long it takes, where that is hours. It is tried with `--long` only. */
  readonly long?: string;
}

export interface Expectation {
  readonly text: string;
  readonly accepts: (observed: unknown) => boolean;
}

export function exactly(value: unknown): Expectation {
  return { text: textOf(value), accepts: (observed) => isDeepStrictEqual(observed, value) };
}

/** An answer that was waited for, see `Workspace.settled`. How long it took is printed, and does not matter. */
export function eventually(value: unknown): Expectation {
  return {
    text: textOf(value),
    accepts: (observed) => isDeepStrictEqual((observed as Settled<unknown> | undefined)?.answer, value),
  };
}

/** A number of seconds. */
export function within(seconds: number): Expectation {
  return { text: `within ${seconds} s`, accepts: (observed) => typeof observed === 'number' && observed <= seconds };
}

export function matching(text: string, accepts: Expectation['accepts']): Expectation {
  return { text, accepts };
}

export function textOf(value: unknown): string {
  if (typeof value === 'number') return `${value} s`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

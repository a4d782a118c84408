/**
 * How much of the search runs. The full search takes hours and is part of `npm run test:full`, which a workflow runs
 * each week. Otherwise a sample runs, another one each time, and prints its seed. Single faults are never sampled, but
 * those of a report of AWS.
 */
import * as fc from 'fast-check';

const FULL = process.env.TEST_SCOPE === 'full';

/** To repeat a failed run, set `SEARCH_SEED` to the seed that it printed. */
const SEED = Number(process.env.SEARCH_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A sample has one in this many cases. */
const ONE_OF = 60;

/** And one in this many random runs. */
const ONE_RUN_OF = 10;

/**
 * @param rarer - how many times fewer, for cases with far more histories than others; 1/4 is four times more
 * @param oneOfFull - one in this many also in the full search, where all of them would take hours
 * @returns the cases of a search that run, in their order
 */
export function sampled<T>(cases: readonly T[], rarer = 1, oneOfFull = 1): T[] {
  const count = Math.ceil(cases.length / (FULL ? oneOfFull : ONE_OF * rarer));
  if (count === cases.length) return [...cases];
  return fc.sample(fc.subarray([...cases], { minLength: count, maxLength: count }), { seed: SEED, numRuns: 1 })[0];
}

/**
 * @param series - another number for each property, so that they do not draw the same values from one seed
 * @returns parameters for fast-check
 */
export function randomRuns(full: number, series = 0): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: FULL ? full : Math.ceil(full / ONE_RUN_OF), seed: SEED + series };
}

/** @returns the minimum number of histories, given that of the full search. Some cases have far more than others. */
export function atLeast(full: number): number {
  return FULL ? full : full / ONE_OF / 10;
}

export const BUDGET = FULL ? 'the full search' : `a sample; SEARCH_SEED=${SEED} repeats it, TEST_SCOPE=full runs all`;

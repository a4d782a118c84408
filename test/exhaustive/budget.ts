/**
 * How much of the search runs. All of it takes minutes and belongs to `npm run test:full`. Otherwise a sample runs,
 * another one each time, and prints its seed. Single faults are never sampled.
 */
import * as fc from 'fast-check';

const FULL = ['rest', 'full'].includes(process.env.TEST_SCOPE ?? '');

/** Set `SEARCH_SEED` to what a failed run printed to repeat it. */
const SEED = Number(process.env.SEARCH_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A sample has one of so many cases or random runs. */
const ONE_OF = 10;

/** @returns the cases of a search that run, in their order */
export function sampled<T>(cases: readonly T[]): T[] {
  if (FULL) return [...cases];
  const count = Math.ceil(cases.length / ONE_OF);
  return fc.sample(fc.subarray([...cases], { minLength: count, maxLength: count }), { seed: SEED, numRuns: 1 })[0];
}

/**
 * @param series - tells properties apart that would draw the same from the same seed
 * @returns parameters for fast-check
 */
export function randomRuns(full: number, series = 0): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: FULL ? full : Math.ceil(full / ONE_OF), seed: SEED + series };
}

/** @returns the least number of histories, given that of the full search. Some cases have far more than others */
export function atLeast(full: number): number {
  return FULL ? full : full / ONE_OF / 10;
}

export const BUDGET = FULL
  ? 'the full search'
  : `a sample, one of ${ONE_OF}; SEARCH_SEED=${SEED} repeats it, TEST_SCOPE=full runs all`;

/**
 * A small part of what `npm run simulate` plays: other histories in every run, and the seed is in the report of a
 * failure.
 */
import * as fc from 'fast-check';
import { histories } from './history';
import { playWithoutViolation } from './support';
import { randomRuns } from '../exhaustive/budget';

test('whatever disturbs a year of checks, every invariant holds after every call, and some quiet months later nothing is left of it', async () => {
  await fc.assert(fc.asyncProperty(histories(365, { maxDelay: 60 }), playWithoutViolation), {
    ...randomRuns(60),
    endOnFailure: true,
  });
});

test('whatever disturbs three years of checks, the same', async () => {
  await fc.assert(fc.asyncProperty(histories(3 * 365, { maxDelay: 150 }), playWithoutViolation), {
    ...randomRuns(10),
    endOnFailure: true,
  });
});

/**
 * A small part of `npm run simulate`. Each run plays other histories; the report of a failure has the seed.
 */
import * as fc from 'fast-check';
import { histories } from './history';
import { playWithoutViolation } from './support';
import { randomRuns } from '../exhaustive/budget';

test('in a disturbed year, every invariant holds after every call, and the rotation recovers in some undisturbed months', async () => {
  await fc.assert(fc.asyncProperty(histories(365, { max: 60 }), playWithoutViolation), {
    ...randomRuns(60),
    endOnFailure: true,
  });
});

test('the same holds for three disturbed years', async () => {
  await fc.assert(fc.asyncProperty(histories(3 * 365, { max: 150 }), playWithoutViolation), {
    ...randomRuns(10),
    endOnFailure: true,
  });
});

import { MINUTES_PER_DAY } from '../contract/check-times';

/** The length of the shortest month: a longer interval does not fit into each month. */
export const MAX_INTERVAL_DAYS = 28;

/** The allowed check intervals, in minutes: they divide the day evenly, or are whole days. */
export const CHECK_INTERVALS: readonly number[] = [
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * 60),
  ...Array.from({ length: MAX_INTERVAL_DAYS }, (_, index) => (index + 1) * MINUTES_PER_DAY),
];

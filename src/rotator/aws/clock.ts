import { Context } from 'aws-lambda';

/** The time of a run. Keys and records have the time of IAM instead: see iam.ts. */
export interface Clock {
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds until Lambda ends this run. */
  readonly remainingTime: () => number;
}

/**
 * Milliseconds that a wait leaves for the rest of the run, including retries of the SDK: without them, a new key could
 * be neither published nor deleted.
 */
export const TIME_RESERVE = 45_000;

/**
 * In milliseconds: 15 s until Secrets Manager finds the new version, 75 s until STS accepted the key several times, and
 * 45 s for fourteen calls, each of which the SDK may repeat. A later check cleans up after a run that Lambda's timeout
 * ends, but such a run need not start.
 */
export const ISSUE_TIME_NEEDED = 135_000;

export function lambdaClock(context: Pick<Context, 'getRemainingTimeInMillis'>): Clock {
  return {
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remainingTime: () => context.getRemainingTimeInMillis(),
  };
}

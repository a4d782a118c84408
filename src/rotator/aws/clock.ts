import { Context } from 'aws-lambda';

/** The time of a run. Keys and records have the time of IAM instead: see iam.ts. */
export interface Clock {
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds until Lambda ends this run. */
  readonly remainingTime: () => number;
}

export function lambdaClock(context: Pick<Context, 'getRemainingTimeInMillis'>): Clock {
  return {
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remainingTime: () => context.getRemainingTimeInMillis(),
  };
}

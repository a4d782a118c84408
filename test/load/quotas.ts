/** What AWS takes of an account, a second at a time. */
import { CallName } from '../fake-aws/calls';

export type Service = 'iam' | 'secrets-read' | 'secrets-write' | 'sts' | 'events' | 'sns';

export const SERVICES_OF: Readonly<Record<Exclude<CallName, 'Sleep'>, readonly Service[]>> = {
  ListAccessKeys: ['iam'],
  CreateAccessKey: ['iam'],
  UpdateAccessKey: ['iam'],
  DeleteAccessKey: ['iam'],
  GetAccessKeyLastUsed: ['iam'],
  DescribeSecret: ['secrets-read'],
  GetSecretValue: ['secrets-read'],
  PutSecretValue: ['secrets-write'],
  UpdateSecretVersionStage: ['secrets-write'],
  GetCallerIdentity: ['sts'],
  Publish: ['events', 'sns'], // the model takes an announcement as one call
};

export interface Quota {
  readonly perSecond: number;
  /** So many at once, after a while without any. */
  readonly burst: number;
}

/**
 * Our budget for IAM. AWS says that IAM throttles an account by token buckets, and not how large they are
 * (https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/), and that they cannot
 * be raised (https://repost.aws/knowledge-center/iam-sts-throttling-error). People meet it at some five to ten calls a
 * second for long.
 */
export const IAM_BUDGET: Quota = { perSecond: 5, burst: 50 };

/**
 * By default, not adjustable (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html):
 * DescribeSecret and GetSecretValue together, PutSecretValue and UpdateSecretVersionStage together. The smallest of SNS
 * and EventBridge are above what they are asked here; STS counts by the account of the key, and says no figure.
 */
export const PUBLISHED: Partial<Record<Service, Quota>> = {
  'secrets-read': { perSecond: 10_000, burst: 10_000 },
  'secrets-write': { perSecond: 50, burst: 50 },
};

export class TokenBucket {
  private tokens: number;
  private filledAt = 0;

  constructor(private readonly quota: Quota) {
    this.tokens = quota.burst;
  }

  /** @param now - in ms */
  public take(now: number): boolean {
    this.tokens = Math.min(this.quota.burst, this.tokens + ((now - this.filledAt) / 1000) * this.quota.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/** Counts calls by the second. */
export class Meter {
  public total = 0;
  private readonly bySecond = new Map<number, number>();

  public count(now: number): void {
    const second = Math.floor(now / 1000);
    this.bySecond.set(second, (this.bySecond.get(second) ?? 0) + 1);
    this.total++;
  }

  /** The most in so many whole seconds in a row. */
  public peak(seconds: number = 1): number {
    const sorted = [...this.bySecond].sort(([a], [b]) => a - b);
    let [most, sum, first] = [0, 0, 0];
    for (const [second, calls] of sorted) {
      sum += calls;
      while (sorted[first][0] <= second - seconds) sum -= sorted[first++][1];
      most = Math.max(most, sum);
    }
    return most;
  }
}

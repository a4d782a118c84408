/** The request rates that AWS allows an account. */
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
  ListUserTags: ['iam'],
  TagUser: ['iam'],
  UntagUser: ['iam'],
  EditFields: [],
  GetCallerIdentity: ['sts'],
  Publish: ['events', 'sns'], // the in-memory AWS has one call for both
};

export interface Quota {
  readonly perSecond: number;
  /** Requests allowed at once after a pause. */
  readonly burst: number;
}

/**
 * The budget for IAM calls. IAM throttles an account by token buckets, whose size AWS does not publish
 * (https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/). They cannot be raised
 * (https://repost.aws/knowledge-center/iam-sts-throttling-error). Users report throttling at five to ten calls per
 * second over a long time.
 */
export const IAM_BUDGET: Quota = { perSecond: 5, burst: 50 };

/**
 * Quotas that cannot be adjusted (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html):
 * DescribeSecret and GetSecretValue together, PutSecretValue and UpdateSecretVersionStage together. The smallest quotas
 * of SNS and EventBridge are above the rates here. STS throttles the account of the key, at a rate that AWS does not
 * publish.
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

  /** @param now - in milliseconds */
  public take(now: number): boolean {
    this.tokens = Math.min(this.quota.burst, this.tokens + ((now - this.filledAt) / 1000) * this.quota.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/** Counts calls per second. */
export class Meter {
  public total = 0;
  private readonly bySecond = new Map<number, number>();

  public count(now: number): void {
    const second = Math.floor(now / 1000);
    this.bySecond.set(second, (this.bySecond.get(second) ?? 0) + 1);
    this.total++;
  }

  /** The maximum of calls in a number of consecutive seconds. */
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

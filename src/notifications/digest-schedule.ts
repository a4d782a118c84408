import { Lazy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DigestFrequency } from './digest-frequency';
import { MINUTES_PER_DAY } from '../contract/check-times';
import { DigestEvent, USERS_PER_DIGEST } from '../contract/events';
import { CheckScheduler } from '../schedule/check-scheduler';

/**
 * Lambda's two retries of a failed part must end before the next part starts: three runs of 5 minutes, and 1 and 2
 * minutes between them. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 */
const PART_INTERVAL_MINUTES = 20;

/** What each frequency needs: the days of the `cron()` expression, and the beginning of the description. */
const FREQUENCIES: Readonly<Record<DigestFrequency, { readonly days: string; readonly starts: string }>> = {
  [DigestFrequency.DAILY]: { days: '* * ?', starts: 'Starts the daily digest' },
  [DigestFrequency.WEEKLY]: { days: '? * MON', starts: 'Starts the weekly digest' },
  // The function reads the state each day, and decides whether to send it.
  [DigestFrequency.WHEN_NEEDED]: { days: '* * ?', starts: 'Starts the digest, which is sent when needed' },
};

/**
 * Starts the digest: the state of all users, and the subscriptions that are no longer active. The time of day
 * comes from a hash of the construct path. If there are more users than one run can check, the digest has several
 * parts, each with its own rule or schedule and its own message.
 */
export class DigestSchedule {
  private parts = 0;

  constructor(
    private readonly scope: Construct,
    private readonly scheduler: CheckScheduler,
    private readonly frequency: DigestFrequency,
  ) {}

  /** Call it each time the number of users grows. */
  public ensureParts(users: number): void {
    while (this.parts * USERS_PER_DIGEST < Math.max(1, users)) this.schedule(++this.parts);
  }

  private schedule(part: number): void {
    const suffix = part === 1 ? '' : `${part}`;
    const { days, starts } = FREQUENCIES[this.frequency];
    const minute =
      (parseInt(this.scope.node.addr.slice(-8), 16) + (part - 1) * PART_INTERVAL_MINUTES) % MINUTES_PER_DAY;
    this.scheduler.schedule(this.scope, `Digest${suffix}`, {
      name: `digest${suffix}`,
      description: `${starts}: the state of all users, and subscriptions that are no longer active`,
      expression: `cron(${minute % 60} ${Math.floor(minute / 60)} ${days} *)`,
      input: Lazy.string({ produce: () => this.input(part) }),
    });
  }

  /** The number of parts is complete only when all users are added. */
  private input(part: number): string {
    const { parts, frequency } = this;
    const event: DigestEvent = {
      action: 'digest',
      ...(frequency !== DigestFrequency.DAILY && { frequency }),
      ...(parts > 1 && { part, parts }),
    };
    return JSON.stringify(event);
  }
}

import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DigestEvent, USERS_PER_DIGEST } from '../contract/events';
import { CheckScheduler } from '../schedule/check-scheduler';

/** A rule takes so many characters of constant input, and a schedule more. */
const INPUT_LIMIT = 8192;

/** Longer than any ARN or address that a token stands for. */
const MAX_ENDPOINT_LENGTH = 256;

const MINUTES_PER_DAY = 24 * 60;

/**
 * So that no two parts are at work at once, nor Lambda's two repeats of one: three runs of five minutes, and three
 * minutes between them.
 */
const MINUTES_APART = 20;

/** Who is to be told, known once all users are. */
export interface Subscribers {
  readonly count: number;
  readonly endpoints: readonly string[];
}

/**
 * Asks once a day how all users stand and whether the messages still arrive, at a time of day that comes from the path.
 * More users than one run can look at are asked about in parts, each of which is a message of its own.
 */
export class DigestSchedule {
  private parts = 0;

  constructor(
    private readonly scope: Construct,
    private readonly scheduler: CheckScheduler,
    private readonly subscribers: Subscribers,
  ) {}

  /** To be called whenever there are more. */
  public ensureParts(users: number): void {
    while (this.parts * USERS_PER_DIGEST < Math.max(1, users)) this.schedule(++this.parts);
  }

  private schedule(part: number): void {
    const suffix = part === 1 ? '' : `${part}`;
    const minute = (parseInt(this.scope.node.addr.slice(-8), 16) + (part - 1) * MINUTES_APART) % MINUTES_PER_DAY;
    this.scheduler.schedule(this.scope, `Digest${suffix}`, {
      name: `digest${suffix}`,
      description: 'Asks for the daily digest: how all users stand, and whether messages still arrive',
      expression: `cron(${minute % 60} ${Math.floor(minute / 60)} * * ? *)`,
      input: Lazy.string({ produce: () => this.input(part) }),
    });
  }

  private input(part: number): string {
    const {
      parts,
      subscribers: { count, endpoints },
    } = this;
    const short = { action: 'digest', subscriptions: count, ...(parts > 1 && { part, parts }) } satisfies DigestEvent;
    const tokens = endpoints.filter((endpoint) => Token.isUnresolved(endpoint)).length;
    const long = { ...short, recipients: endpoints } satisfies DigestEvent;
    const fits = JSON.stringify(long).length + tokens * MAX_ENDPOINT_LENGTH <= INPUT_LIMIT;
    if (!fits || part > 1) return JSON.stringify(short); // the first part looks for lost recipients
    return tokens === 0 ? JSON.stringify(long) : Stack.of(this.scope).toJsonString(long);
  }
}

/**
 * An account with thousands of users in virtual time. Each user has the in-memory AWS of the other tests, and all users
 * share the quotas of the account. The retries of the SDK are simulated here, and the concurrency, queue and retries of
 * Lambda in lambda-service.ts.
 */
import { Meter, PUBLISHED, Quota, Service, SERVICES_OF, TokenBucket } from './quotas';
import { VirtualTime } from './virtual-time';
import { stableHash } from '../../src/private/hash';
import { Ports } from '../../src/rotator/actions/ports';
import { Answers, Call, CallName, rejection, portsFrom } from '../fake-aws/calls';
import { ModelAws } from '../fake-aws/fake-aws';

/** Duration of a call in milliseconds (assumed). IAM has one endpoint for all Regions, so its calls take longer. */
const LATENCY: Readonly<Record<Service, number>> = {
  iam: 100,
  'secrets-read': 20,
  'secrets-write': 40,
  sts: 50,
  events: 20,
  sns: 30,
};

/** As in rotator.lambda.ts. The SDK does not retry CreateAccessKey; if it is throttled, aws/call.ts retries it. */
const ATTEMPTS: Partial<Record<CallName, number>> = { CreateAccessKey: 7, GetCallerIdentity: 1, Publish: 2 };
const MAX_ATTEMPTS = 5;

/**
 * The pause of the SDK after a throttled call, in milliseconds: doubled for each attempt, times a random number
 * (`THROTTLING_RETRY_DELAY_BASE`).
 */
const RETRY_BASE = 500;

export interface AccountOptions {
  readonly time: VirtualTime;
  /** Undefined: IAM does not throttle. */
  readonly iam?: Quota;
}

export class Account {
  public readonly meters = new Map<Service, Meter>();
  public throttled = 0;
  private readonly buckets = new Map<Service, TokenBucket>();
  private runs = 0;

  constructor(private readonly options: AccountOptions) {
    const quotas: Partial<Record<Service, Quota>> = { ...PUBLISHED, ...(options.iam && { iam: options.iam }) };
    for (const [service, quota] of Object.entries(quotas)) this.buckets.set(service as Service, new TokenBucket(quota));
  }

  public meter(service: Service): Meter {
    const meter = this.meters.get(service) ?? new Meter();
    this.meters.set(service, meter);
    return meter;
  }

  /** The ports of one run for one user. */
  public toolsFor(user: ModelAws): Ports {
    const { time } = this.options;
    return portsFrom((call) => this.execute(call, user), {
      runId: `run ${++this.runs}`,
      polls: true,
      clock: () => time.now,
    });
  }

  private async execute<N extends CallName>(call: Extract<Call, { name: N }>, user: ModelAws): Promise<Answers[N]> {
    const { time } = this.options;
    if (call.name === 'Sleep') {
      await time.sleep((call as Extract<Call, { name: 'Sleep' }>).ms);
      return undefined as Answers[N];
    }
    for (const service of SERVICES_OF[call.name as Exclude<CallName, 'Sleep'>]) await this.pass(call.name, service);
    user.now = new Date(time.now);
    return user.attempt(call) as Answers[N];
  }

  private async pass(call: CallName, service: Service): Promise<void> {
    const { time } = this.options;
    for (let attempt = 1; ; attempt++) {
      await time.sleep(LATENCY[service]);
      this.meter(service).count(time.now);
      if (this.buckets.get(service)?.take(time.now) ?? true) return;
      this.throttled++;
      if (attempt >= (ATTEMPTS[call] ?? MAX_ATTEMPTS)) throw rejection(call, 'Throttling');
      await time.sleep(Math.random() * 2 ** (attempt - 1) * RETRY_BASE);
    }
  }
}

/** Makes random pauses the same in every run of the tests. */
export function mockRandom(): void {
  let draws = 0;
  jest.spyOn(Math, 'random').mockImplementation(() => stableHash(`${++draws}`) / 2 ** 32);
}

/** The state of a user in the days and months after a history, when no call fails any more. */
import { history, Trace } from './engine/explore';
import { CHECKS, DEPLOY, Rotate, RotationEvent, run } from './events';
import { Start } from './starts';
import { DAY } from '../../src/contract/ages';
import { CLAIM_LIFETIME } from '../../src/rotator/domain/ledger';
import { ModelAws } from '../fake-aws/fake-aws';
import { checkCall, checkFetchable, checkNotified, checkSettled, InvariantViolation } from '../fake-aws/invariants';

const HOUR = 3_600_000;
/** The hours of a day at which the three rules invoke the function. */
const HOURS = [1, 9, 17];
/** One for waiting times, one for steps whose checks come in another order in a day, and one more. */
const DAYS = 3;
/** The days of one rotation period, and of both periods of the previous key. */
const CYCLE = [14, 28, 42, 56, 70, 84, 91, 105, 119];

export class Recovery {
  /** The number of different ends of histories. */
  public size = 0;
  private readonly known = new Map<string, Promise<string>>();
  private readonly cycles = new Map<string, Promise<string>>();

  constructor(
    private readonly start: Start,
    private readonly engine?: Rotate,
  ) {}

  /** @returns the keys that the user has in the end, in words that are the same for equal ends */
  public async of({ aws, trace }: { readonly aws: ModelAws; readonly trace?: Trace }): Promise<string> {
    const { requests } = this.start;
    const after = aws.clone();
    after.afterEachCall = (before) => checkCall(before, after, requests);
    // At the next full hour, so that histories that differ by minutes reach the same state.
    const begin = Math.ceil((aws.now.getTime() + CLAIM_LIFETIME) / HOUR) * HOUR;
    try {
      return await this.from(after, begin, 0);
    } catch (error) {
      throw error instanceof InvariantViolation
        ? new InvariantViolation(`${this.start.name}: ${error.message}\n${history(trace)}`)
        : error;
    }
  }

  /** From one check to the next. States that are equal at a check have the same end. */
  private from(aws: ModelAws, begin: number, index: number): Promise<string> {
    aws.now = new Date(begin + Math.floor(index / CHECKS.length) * DAY + HOURS[index % CHECKS.length] * HOUR);
    const key = `${index} ${aws.fingerprint()}`;
    const known = this.known.get(key) ?? this.live(aws, begin, index);
    this.known.set(key, known);
    return known;
  }

  private async live(aws: ModelAws, begin: number, index: number): Promise<string> {
    if (index === 0) this.size++;
    // Only a deploy takes a secret over, and one that failed is repeated.
    if (index === 0 && this.start.settings.existingSecret) await this.check(aws, DEPLOY);
    if (index < DAYS * CHECKS.length) {
      await this.check(aws, CHECKS[index % CHECKS.length]);
      return this.from(aws, begin, index + 1);
    }
    checkSettled(aws, [...this.start.unmanaged]);
    checkFetchable(aws);
    checkNotified(aws);
    const end = this.inWords(aws);
    const shape = shapeOf(aws);
    const cycle = this.cycles.get(shape) ?? this.cycle(aws, begin);
    this.cycles.set(shape, cycle);
    return `${end}; then ${await cycle}`;
  }

  private async cycle(aws: ModelAws, begin: number): Promise<string> {
    const before = aws.history.length;
    for (const day of CYCLE) {
      for (const [index, check] of CHECKS.entries()) {
        aws.now = new Date(begin + day * DAY + HOURS[index] * HOUR);
        await this.check(aws, check);
      }
    }
    checkSettled(aws, [...this.start.unmanaged]);
    checkFetchable(aws);
    return aws.history.slice(before).some(({ what }) => what === 'published') ? 'rotates' : 'does not rotate';
  }

  private async check(aws: ModelAws, check: RotationEvent): Promise<void> {
    try {
      await run(check, aws, this.start.settings, aws.tools(), this.engine);
    } catch (error) {
      throw error instanceof InvariantViolation
        ? error
        : new InvariantViolation(`"${check.name}" fails without a fault: ${(error as Error).message}`);
    }
  }

  private inWords(aws: ModelAws): string {
    const current = aws.currentKey();
    const keys = [...aws.keys.values()].map(({ keyId, active }) => {
      const owner = this.start.unmanaged.includes(keyId)
        ? 'unmanaged'
        : aws.trail.keys.get(keyId)!.createdBy === 'person'
          ? 'adopted'
          : 'issued';
      return `${keyId === current ? 'current' : owner} ${active ? 'active' : 'inactive'}`;
    });
    return keys.sort().join(', ') || 'no key';
  }
}

/** The records without minutes and hours: over months, these make no difference. */
function shapeOf(aws: ModelAws): string {
  const keys = [...aws.keys.values()].map(({ keyId, active, createdAt }) => [
    keyId,
    active,
    createdAt.toISOString().slice(0, 10),
  ]);
  const labels = Object.values(aws.secret.describe(0)).map((on) =>
    on.map((label) => label.replace(/T\d{6}Z/, '')).sort(),
  );
  return JSON.stringify([keys, labels]);
}

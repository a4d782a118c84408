/** Lambda, as far as events that nobody waits for are concerned. */
import { VirtualTime } from './virtual-time';

/**
 * "Two more times, with a one-minute wait between the first two attempts, and two minutes between the second and
 * third."
 */
const REPEATS_AFTER = [60_000, 120_000];

/**
 * Without a free place, "the retry interval increases exponentially from 1 second after the first attempt to a maximum
 * of 5 minutes".
 */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 300_000];

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export class LambdaService {
  public errors = 0;
  public deadLetters = 0;
  private running = 0;

  /** @param places - concurrent executions: 1,000 in most accounts, 10 in new ones */
  constructor(
    private readonly time: VirtualTime,
    private readonly places: number,
  ) {}

  public async invoke(run: () => Promise<unknown>): Promise<void> {
    for (const pause of [...REPEATS_AFTER, undefined]) {
      await this.place();
      try {
        return void (await run());
      } catch {
        this.errors++;
      } finally {
        this.running--;
      }
      if (pause === undefined) this.deadLetters++;
      else await this.time.sleep(pause);
    }
  }

  private async place(): Promise<void> {
    for (let pause = FIRST_PAUSE; this.running >= this.places; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      await this.time.sleep(pause);
    }
    this.running++;
  }
}

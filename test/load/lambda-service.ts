/** Lambda, with asynchronous invocations. */
import { VirtualTime } from './virtual-time';

/**
 * "Two more times, with a one-minute wait between the first two attempts, and two minutes between the second and
 * third."
 */
const RETRY_PAUSES = [60_000, 120_000];

/**
 * At the maximum concurrency, "the retry interval increases exponentially from 1 second after the first attempt to a
 * maximum of 5 minutes".
 */
const [FIRST_PAUSE, LONGEST_PAUSE] = [1_000, 300_000];

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export class LambdaService {
  public errors = 0;
  public deadLetters = 0;
  private running = 0;

  /** @param concurrency - maximum of concurrent executions: 1,000 in most accounts, 10 in new ones */
  constructor(
    private readonly time: VirtualTime,
    private readonly concurrency: number,
  ) {}

  public async invoke(run: () => Promise<unknown>): Promise<void> {
    for (const pause of [...RETRY_PAUSES, undefined]) {
      await this.waitForExecution();
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

  private async waitForExecution(): Promise<void> {
    for (let pause = FIRST_PAUSE; this.running >= this.concurrency; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      await this.time.sleep(pause);
    }
    this.running++;
  }
}

/** A run of the rotator that stops at each AWS call until it gets an answer. */
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { CallAws, Call, READS, portsFrom, RunPorts } from '../../fake-aws/calls';

export interface Answer {
  readonly value?: unknown;
  readonly error?: AwsCallFailed;
  /** The time of the model at the answer. */
  readonly at: number;
}

/** A run to be explored. */
export interface Program {
  readonly name: string;
  readonly polls: boolean;
  /** Whether the run keeps the outcome of a rotation, and then reads the state again: it is more than two runs. */
  readonly keepsOutcome?: boolean;
  /** @param callAws - for what is not a call of the rotation */
  readonly run: (tools: RunPorts, callAws: CallAws) => Promise<unknown>;
}

export interface End {
  readonly outcome?: unknown;
  readonly error?: Error;
}

/** The answer to one of the calls that wait, by its index among them. */
export interface Answered {
  readonly slot: number;
  readonly answer: Answer;
  /** How many calls waited at that time. */
  readonly waiting: number;
}

/** A run without timers has settled its own promises after one turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface PendingCall {
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class Repeat {
  /** A run from its start to the point after these answers. */
  public static async of(program: Program, startedAt: number, path: readonly Answered[]): Promise<Repeat> {
    const repeat = new Repeat(program, startedAt);
    for (const { slot, answer, waiting } of path) {
      for (let tick = 0; repeat.waiting.length < waiting; tick++) {
        if (tick > 1_000) throw new Error('a repeated run makes fewer calls than before');
        await undefined;
      }
      repeat.answer(slot, answer);
    }
    await turn();
    return repeat;
  }

  public end?: End;
  private waiting: PendingCall[] = [];
  private now: number;

  private constructor(program: Program, startedAt: number) {
    this.now = startedAt;
    const callAws: CallAws = (call) => new Promise((resolve, reject) => this.waiting.push({ call, resolve, reject }));
    const tools = portsFrom(callAws, { runId: program.name, polls: program.polls, clock: () => this.now });
    program.run(tools, callAws).then(
      (outcome) => (this.end = { outcome }),
      (error: Error) => (this.end = { error }),
    );
  }

  public async give({ slot, answer }: Answered): Promise<void> {
    this.answer(slot, answer);
    await turn();
  }

  public open(): Call[] {
    const open = this.waiting.map(({ call }) => call);
    const write = this.end && open.find(({ name }) => !READS.includes(name));
    if (write) throw new Error(`a run ended and did not wait for its ${write.name}`);
    return this.end ? [] : open;
  }

  private answer(slot: number, answer: Answer): void {
    const [pending] = this.waiting.splice(slot, 1);
    this.now = answer.at;
    if (answer.error) pending.reject(answer.error);
    else pending.resolve(answer.value as never);
  }
}

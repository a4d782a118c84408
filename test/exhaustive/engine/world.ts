/**
 * States of the model, each kept once, with the result of every call that was made in it: a search reuses most of them.
 */
import { Answer } from './repeat';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { Call } from '../../fake-aws/calls';
import { Fault, ModelAws } from '../../fake-aws/fake-aws';
import { identity } from '../../fake-aws/identity';
import { checkCall, checkLeakReported, CallerRequests } from '../../fake-aws/invariants';

export interface Move {
  readonly to: World;
  readonly answer: Answer;
}

export class Worlds {
  private readonly known = new Map<string, World>();

  public of(aws: ModelAws): World {
    const key = aws.fingerprint();
    const world = this.known.get(key) ?? new World(aws, this.known.size, this);
    this.known.set(key, world);
    return world;
  }
}

export class World {
  private readonly moves = new Map<string, Move>();

  constructor(
    public readonly aws: ModelAws,
    public readonly id: number,
    private readonly worlds: Worlds,
  ) {}

  /** @throws InvariantViolation if the call breaks an invariant */
  public move(call: Call, fault: Fault | undefined, behind: number, requests: CallerRequests): Move {
    const key = `${identity(call, JSON.stringify)}${fault ?? ''}${behind}`;
    const known = this.moves.get(key);
    if (known) {
      // The one invariant that depends on the events.
      checkLeakReported(this.aws, known.to.aws, requests);
      return known;
    }
    const after = this.aws.clone();
    const answer = attempt(call, fault, behind, after);
    checkCall(this.aws, after, requests);
    const move = { to: this.worlds.of(after), answer };
    this.moves.set(key, move);
    return move;
  }

  public later(ms: number): World {
    const after = this.aws.clone();
    after.now = new Date(after.now.getTime() + ms);
    return this.worlds.of(after);
  }
}

function attempt(call: Call, fault: Fault | undefined, behind: number, aws: ModelAws): Answer {
  try {
    return { value: aws.attempt(call, fault, behind), at: aws.now.getTime() };
  } catch (error) {
    if (error instanceof AwsCallFailed) return { error, at: aws.now.getTime() };
    throw error;
  }
}

/** Why an event failed: for the metrics, and for whether people have to be notified. Pure. */
import { Cause, Measurements } from '../../contract/metrics';

/** These mostly end by themselves, before a person could do anything about them. If they do not, the alarms notify. */
const TRANSIENT: readonly Cause[] = ['Throttled', 'NetworkError', 'InsufficientTime'];

/** An error with a known cause. Any other error is unexpected. */
export class Failure extends Error {
  readonly transient: boolean;

  /** @param stack - that of the error which this one stands for */
  constructor(
    message: string,
    readonly cause: Cause,
    stack?: string,
  ) {
    super(message);
    this.transient = TRANSIENT.includes(cause);
    if (stack !== undefined) this.stack = stack;
  }
}

export function causeOf(error: unknown): Cause {
  return error instanceof Failure ? error.cause : 'Other';
}

/** A failure as a value, with what was measured before it: a user whose checks fail for days is overdue. */
export class Failed {
  constructor(
    readonly error: unknown,
    readonly measurements?: Measurements,
  ) {}
}

export class BadRequest extends Failure {
  readonly name = 'BadRequest';

  constructor(message: string) {
    super(message, 'BadRequest');
  }
}

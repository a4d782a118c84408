/** Why an event failed: the cause for the metrics, and whether people are notified. */
import { Cause, Measurements } from '../../contract/metrics';

/** Causes that usually pass before a person can act. If they last, an alarm is raised. */
const TRANSIENT: readonly Cause[] = ['Throttled', 'NetworkError', 'InsufficientTime'];

/** An error with a known cause. Every other error is unexpected. */
export class Failure extends Error {
  readonly transient: boolean;

  /** @param stack - the stack trace of the error that this one replaces */
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

/** The user is being removed from the rotation, or was removed: nothing is to be done. */
export class UserRemoved extends Failure {
  readonly name = 'UserRemoved';

  constructor(message: string) {
    super(message, 'NotFound');
  }
}

/** Only a person can restore it. */
export class SecretScheduledForDeletion extends Failure {
  constructor(message: string) {
    super(message, 'NotFound');
  }
}

export function causeOf(error: unknown): Cause {
  return error instanceof Failure ? error.cause : 'Other';
}

/** A failure as a value. */
export class Failed {
  /**
   * @param measurements - those before it: they show that the user is overdue
   * @param mayHavePublished - whether AWSCURRENT was to be moved: the call can have an effect although it failed
   */
  constructor(
    readonly error: unknown,
    readonly measurements?: Measurements,
    readonly mayHavePublished = false,
  ) {}
}

export class BadRequest extends Failure {
  readonly name = 'BadRequest';

  constructor(message: string) {
    super(message, 'BadRequest');
  }
}

/** Why an event failed: for the metrics, and for whether anybody has to be told. Pure. */
import { Cause } from '../../contract/metrics';
import { AwsCallFailed } from '../aws/call';

/** An error that knows what kind of failure it is. */
export class Failure extends Error {
  constructor(message: string, readonly failure: Cause) {
    super(message);
  }
}

const THROTTLED = ['Throttling', 'ThrottlingException', 'ThrottledException', 'TooManyRequestsException', 'RequestLimitExceeded'];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException'];
const MISSING = ['NoSuchEntity', 'NoSuchEntityException', 'ResourceNotFoundException', 'NotFoundException'];

export function causeOf(error: unknown): Cause {
  if (error instanceof Failure) return error.failure;
  if (error instanceof BadRequest) return 'BadRequest';
  if (!(error instanceof AwsCallFailed)) return 'Other';
  if (THROTTLED.includes(error.code)) return 'Throttled';
  if (DENIED.includes(error.code)) return 'Denied';
  if (MISSING.includes(error.code)) return 'Missing';
  return error.rejected ? 'Other' : 'Unreachable';
}

/** Whether it mostly passes by itself, before anybody could do anything about it. If it does not, the alarms tell. */
export function passes(cause: Cause): boolean {
  return cause === 'Throttled' || cause === 'Unreachable' || cause === 'OutOfTime';
}

export class BadRequest extends Error {
  readonly name = 'BadRequest';
}

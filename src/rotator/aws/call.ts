import { Clock } from './clock';
import { Cause } from '../../contract/metrics';
import { Failure } from '../domain/failure';

/**
 * One failed AWS call as one readable error. Only the name and the message of the SDK's error are kept: the rest holds
 * requests and responses, and with them secrets.
 */
export class AwsCallFailed extends Failure {
  readonly name = 'AwsCallFailed';

  constructor(
    readonly call: string,
    readonly username: string,
    /** AWS's own code, such as AccessDenied. */
    readonly code: string,
    /** AWS said no. Otherwise the call may have taken effect with its answer lost. */
    readonly rejected: boolean,
    reason: string,
  ) {
    super(`${username}: ${call} failed with ${code}: ${reason}`, causeOf(code, rejected));
  }
}

const THROTTLED = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException'];
const MISSING = ['NoSuchEntity', 'NoSuchEntityException', 'ResourceNotFoundException', 'NotFoundException'];

function causeOf(code: string, rejected: boolean): Cause {
  if (THROTTLED.includes(code)) return 'Throttled';
  if (DENIED.includes(code)) return 'AccessDenied';
  if (MISSING.includes(code)) return 'NotFound';
  return rejected ? 'Other' : 'NetworkError';
}

/** Somebody else wrote another value under the same token: the lock of the ledger. */
export function isTokenConflict(error: unknown): boolean {
  return error instanceof AwsCallFailed && error.code === 'ResourceExistsException';
}

/** Nothing where AWS does not find it: another run was faster, or the first try took effect and its answer was lost. */
export async function unlessNotFound<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AwsCallFailed && error.cause === 'NotFound') return undefined;
    throw error;
  }
}

/** @param hint - by AWS's code, what the reason is likely to be here, and what to do */
export async function awsCall<T>(
  call: string,
  username: string,
  send: () => Promise<T>,
  hint?: (code: string) => string | undefined,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const { name, message, $metadata } = error as {
      name?: string;
      message?: string;
      $metadata?: { httpStatusCode?: number };
    };
    const status = $metadata?.httpStatusCode ?? 0;
    const code = name ?? 'Error';
    const help = hint?.(code);
    const reason = `${message ?? String(error)}${help ? ` (${help})` : ''}`;
    throw new AwsCallFailed(call, username, code, status >= 400 && status < 500, reason);
  }
}

/** As the SDK does it: five attempts, and pauses of half a second, doubled each time, with full jitter. */
const [MIN_BACKOFF, MAX_BACKOFF] = [500, 4_000];

/** Repeats what AWS refused because of too many calls. */
export async function retryIfThrottled<T>(attempt: () => Promise<T>, sleep: Clock['sleep']): Promise<T> {
  for (let pause = MIN_BACKOFF; ; pause *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (pause > MAX_BACKOFF || !(error instanceof AwsCallFailed && error.rejected && error.cause === 'Throttled')) {
        throw error;
      }
      await sleep(Math.random() * pause);
    }
  }
}

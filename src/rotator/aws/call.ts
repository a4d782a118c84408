import { Clock } from './clock';
import { Cause } from '../../contract/metrics';
import { Failure } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';

/**
 * A failed AWS call. It has only the name and the message of the SDK's error: the rest of that error holds requests and
 * responses, and they hold secrets.
 */
export class AwsCallFailed extends Failure {
  readonly name = 'AwsCallFailed';

  constructor(
    readonly call: string,
    readonly username: string,
    /** The error code of AWS, such as AccessDenied. */
    readonly code: string,
    /** AWS rejected the call (HTTP 4xx). Otherwise it may have taken effect and its response was lost. */
    readonly rejected: boolean,
    reason: string,
  ) {
    super(`${username}: ${call} failed with ${code}: ${reason}`, causeOf(code, rejected, reason));
  }
}

/** The last two are of SNS, for the KMS key of a topic: its query protocol has the first, the SDK the second. */
const THROTTLED = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'KMSThrottling',
  'KMSThrottlingException',
];

/** Codes for a failure of KMS, whose message has the answer of KMS, such as "Rate exceeded". */
const KMS_CODE = /^(KMS|DecryptionFailure|EncryptionFailure)/;

function isThrottledByKms(code: string, reason: string): boolean {
  return KMS_CODE.test(code) && /throttl|rate exceeded|exceeded the rate/i.test(reason);
}

/**
 * IAM was changing the same user for another caller, and rejected the call.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
 */
const CONCURRENT = [
  'ConcurrentModification',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'EntityTemporarilyUnmodifiableException',
];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException'];
const MISSING = ['NoSuchEntity', 'NoSuchEntityException', 'ResourceNotFoundException', 'NotFoundException'];

/**
 * A secret that is scheduled for deletion. For up to two minutes after a deletion without a recovery window, also one
 * that was created again with the same name (hashicorp/terraform-provider-aws#5583).
 */
function isDeletedSecret(code: string, reason: string): boolean {
  return code === 'InvalidRequestException' && /delet/i.test(reason);
}

function causeOf(code: string, rejected: boolean, reason: string): Cause {
  if (THROTTLED.includes(code) || isThrottledByKms(code, reason)) return 'Throttled';
  if (DENIED.includes(code)) return 'AccessDenied';
  if (MISSING.includes(code) || isDeletedSecret(code, reason)) return 'NotFound';
  return rejected ? 'Other' : 'NetworkError';
}

/** AWS rejected the call because of other calls at that moment: it had no effect, and can be repeated. */
export function isThrottled(error: unknown): boolean {
  return error instanceof AwsCallFailed && error.rejected && error.cause === 'Throttled';
}

/** The same, because of a call of another caller for the same user. The SDK does not repeat it. */
export function isConcurrentChange(error: unknown): boolean {
  return error instanceof AwsCallFailed && error.rejected && CONCURRENT.includes(error.code);
}

/** Another value was written with the same ClientRequestToken: another run holds the lock of the ledger. */
export function isTokenConflict(error: unknown): boolean {
  return error instanceof AwsCallFailed && error.code === 'ResourceExistsException';
}

/**
 * The service could not use the KMS key of its data. For a denied KMS call, Secrets Manager answers
 * AccessDeniedException with "Access to KMS is not allowed". Names in a message have no colon and no blank, so they
 * cannot match.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
 */
export function isKmsFailure(error: unknown): error is AwsCallFailed {
  return (
    error instanceof AwsCallFailed
    && error.rejected
    && error.cause !== 'Throttled'
    && isKmsAnswer(error.code, error.message)
  );
}

export function isKmsAnswer(code: string, message: string): boolean {
  return KMS_CODE.test(code) || /\bkms:|\baccess to KMS\b|\bKMS key\b/i.test(message);
}

/**
 * Secrets Manager accepts no more versions of the secret for now. Whether there is room for the labels of a version is
 * decided before: see label-limit.ts.
 */
export function isVersionLimit(error: unknown): error is AwsCallFailed {
  return (
    error instanceof AwsCallFailed && error.code === 'LimitExceededException' && error.call.endsWith('PutSecretValue')
  );
}

/** @returns undefined for NotFound: another run was faster, or the response of an earlier attempt was lost */
export async function unlessNotFound<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AwsCallFailed && MISSING.includes(error.code)) return undefined;
    throw error;
  }
}

/** An answer of AWS can quote a name that another principal chose. A denial names a principal and an ARN or two. */
const MAX_ANSWER_LENGTH = 1_000;

/** Text of AWS, for an error. */
export function answerOf(text: string): string {
  return foreignText(text, MAX_ANSWER_LENGTH);
}

/** @param hint - by error code and message, the likely reason and the fix */
export async function awsCall<T>(
  call: string,
  username: string,
  send: () => Promise<T>,
  hint?: (code: string, message: string) => string | undefined,
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
    const answer = answerOf(message ?? String(error));
    const advice = hint?.(code, answer);
    const reason = `${answer}${advice ? ` (${advice})` : ''}`;
    throw new AwsCallFailed(call, username, code, status >= 400 && status < 500, reason);
  }
}

/** Milliseconds. Attempts with a pause that doubles and full jitter, as the SDK does. */
const MIN_BACKOFF = 500;

/**
 * Repeats a failed call.
 *
 * @param canRepeat - whether the call had no effect, or its effect can come twice
 * @param attempts - five by default, as of the SDK
 */
export async function retryIf<T>(
  canRepeat: (error: unknown) => boolean,
  attempt: () => Promise<T>,
  sleep: Clock['sleep'],
  attempts = 5,
): Promise<T> {
  for (let [left, pause] = [attempts, MIN_BACKOFF]; ; pause *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (--left === 0 || !canRepeat(error)) throw error;
      await sleep(Math.random() * pause);
    }
  }
}

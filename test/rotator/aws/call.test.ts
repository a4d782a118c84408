/** The cause of a failed AWS call, by the error code. */
import { AwsCallFailed, isKmsFailure, unlessNotFound } from '../../../src/rotator/aws/call';
import { BadRequest, Failure } from '../../../src/rotator/domain/failure';

const rejected = (code: string) => new AwsCallFailed('iam ListAccessKeys', 'alice', code, true, 'no');

describe('the cause of a failed call', () => {
  test.each([
    ['Throttling', 'Throttled'],
    ['ThrottlingException', 'Throttled'],
    ['ThrottledException', 'Throttled'],
    ['TooManyRequestsException', 'Throttled'],
    ['RequestLimitExceeded', 'Throttled'],
    ['RequestThrottled', 'Throttled'],
    ['RequestThrottledException', 'Throttled'],
    ['SlowDown', 'Throttled'],
    ['KMSThrottling', 'Throttled'],
    ['KMSThrottlingException', 'Throttled'],
    ['KMSDisabledException', 'Other'],
    ['AccessDenied', 'AccessDenied'],
    ['AccessDeniedException', 'AccessDenied'],
    ['AuthorizationError', 'AccessDenied'],
    ['AuthorizationErrorException', 'AccessDenied'],
    ['NoSuchEntity', 'NotFound'],
    ['NoSuchEntityException', 'NotFound'],
    ['ResourceNotFoundException', 'NotFound'],
    ['NotFoundException', 'NotFound'],
    ['LimitExceeded', 'Other'],
    ['ValidationException', 'Other'],
  ])('of %s is %s', (code, cause) => expect(rejected(code).cause).toBe(cause));

  test.each([
    "You can't perform this operation on the secret because it was marked for deletion.",
    "You can't perform this operation on the secret because it was deleted.",
    'a secret with this name is already scheduled for deletion',
  ])('of a secret that is being deleted is NotFound: %s', (message) => {
    const failed = new AwsCallFailed(
      'secretsmanager PutSecretValue',
      'alice',
      'InvalidRequestException',
      true,
      message,
    );
    expect(failed.cause).toBe('NotFound');
  });

  test.each([
    'Rate exceeded',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    'ThrottlingException (Service: AWSKMS; Status Code: 400; Error Code: ThrottlingException)',
  ])('of Secrets Manager that KMS throttles is Throttled, and its value is not undecryptable: %s', (message) => {
    for (const code of ['DecryptionFailure', 'EncryptionFailure', 'KMSInternalException']) {
      const failed = new AwsCallFailed('secretsmanager GetSecretValue', 'alice', code, true, message);
      expect(failed.cause).toBe('Throttled');
      expect(failed.transient).toBe(true);
      expect(isKmsFailure(failed)).toBe(false);
    }
  });

  test('of another invalid request is Other', () => {
    expect(rejected('InvalidRequestException').cause).toBe('Other');
  });

  test('of an error that is no rejection is NetworkError, except for throttling', () => {
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'TimeoutError', false, 'no response').cause).toBe(
      'NetworkError',
    );
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'ServiceFailure', false, '500').cause).toBe('NetworkError');
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'Throttling', false, '503').cause).toBe('Throttled');
  });
});

describe('a KMS key that cannot be used', () => {
  const failure = (code: string, message: string, isRejected = true) =>
    isKmsFailure(new AwsCallFailed('secretsmanager GetSecretValue', 'kms-key', code, isRejected, message));
  test.each<[string, string, boolean?]>([
    ['AccessDeniedException', 'Access to KMS is not allowed'],
    ['AccessDeniedException', 'User: x is not authorized to perform: kms:Decrypt on this resource'],
    ['DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key."],
    ['DecryptionFailureException', 'no'],
    ['EncryptionFailure', 'no'],
    ['KMSInvalidStateException', 'no'],
    ['InvalidRequestException', 'arn:aws:kms:eu-west-1:111122223333:key/1 is pending deletion.'],
    ['ValidationException', 'The KMS key is disabled'],
    ['KMSThrottlingException', 'no', false],
    [
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS. The KMS key is arn:aws:kms:x',
      false,
    ],
  ])('%s: %s', (code, message, found = true) => expect(failure(code, message)).toBe(found));

  test('is not another denial, whatever the names in it', () => {
    const message =
      'User: arn:aws:sts::111122223333:assumed-role/kms/KMS is not authorized to perform: secretsmanager:GetSecretValue'
      + ' on resource: arn:aws:secretsmanager:eu-west-1:111122223333:secret:KMS-key/access-to-kms-AbCdEf';
    expect(failure('AccessDeniedException', message)).toBe(false);
  });

  test('is not an answer that did not arrive', () => {
    expect(failure('TimeoutError', 'Access to KMS is not allowed', false)).toBe(false);
    expect(isKmsFailure(new Error('Access to KMS is not allowed'))).toBe(false);
  });
});

test('unlessNotFound returns undefined for NotFound and throws every other error', async () => {
  const attempt = (error: Error) => unlessNotFound(() => Promise.reject(error));
  for (const code of ['NoSuchEntityException', 'ResourceNotFoundException']) {
    expect(await attempt(rejected(code))).toBeUndefined();
  }
  // A secret that is scheduled for deletion exists and can be restored.
  for (const error of [
    rejected('AccessDenied'),
    new AwsCallFailed('secretsmanager PutSecretValue', 'alice', 'InvalidRequestException', true, 'marked for deletion'),
    new Failure('scheduled for deletion', 'NotFound'),
    new BadRequest('reason'),
  ]) {
    await expect(attempt(error)).rejects.toBe(error);
  }
  expect(await unlessNotFound(async () => 'found')).toBe('found');
});

/** What a failed AWS call says of itself, by AWS's own code. */
import { AwsCallFailed, unlessNotFound } from '../../../src/rotator/aws/call';
import { BadRequest, Failure } from '../../../src/rotator/domain/failure';

const refused = (code: string) => new AwsCallFailed('iam ListAccessKeys', 'alice', code, true, 'no');

describe('the cause of a failed call', () => {
  test.each([
    ['Throttling', 'Throttled'],
    ['ThrottlingException', 'Throttled'],
    ['ThrottledException', 'Throttled'],
    ['TooManyRequestsException', 'Throttled'],
    ['RequestLimitExceeded', 'Throttled'],
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
  ])("is by AWS's own code: %s is %s", (code, cause) => expect(refused(code).cause).toBe(cause));

  test('without an answer, AWS could not be reached; a code counts all the same', () => {
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'TimeoutError', false, 'no answer').cause).toBe(
      'NetworkError',
    );
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'ServiceFailure', false, '500').cause).toBe('NetworkError');
    expect(new AwsCallFailed('iam ListAccessKeys', 'alice', 'Throttling', false, '503').cause).toBe('Throttled');
  });
});

test('what AWS does not find is no failure where nothing is an answer; all else is', async () => {
  const reads = (error: Error) => unlessNotFound(() => Promise.reject(error));
  for (const code of ['NoSuchEntityException', 'ResourceNotFoundException']) {
    expect(await reads(refused(code))).toBeUndefined();
  }
  // A secret that is scheduled for deletion is there, and can be restored.
  for (const error of [
    refused('AccessDenied'),
    new Failure('scheduled for deletion', 'NotFound'),
    new BadRequest('why'),
  ]) {
    await expect(reads(error)).rejects.toBe(error);
  }
  expect(await unlessNotFound(async () => 'found')).toBe('found');
});

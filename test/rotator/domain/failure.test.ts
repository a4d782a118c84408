import { CAUSES } from '../../../src/contract/metrics';
import { TakenBack } from '../../../src/rotator/actions/issue';
import { requireTime } from '../../../src/rotator/actions/tools';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { BadRequest, causeOf, Failure, passes } from '../../../src/rotator/domain/failure';

const refused = (code: string) => new AwsCallFailed('iam ListAccessKeys', 'alice', code, true, 'no');

describe('the cause of a failure', () => {
  test.each([
    ['Throttling', 'Throttled'], ['ThrottlingException', 'Throttled'], ['ThrottledException', 'Throttled'],
    ['TooManyRequestsException', 'Throttled'], ['RequestLimitExceeded', 'Throttled'],
    ['AccessDenied', 'Denied'], ['AccessDeniedException', 'Denied'], ['AuthorizationError', 'Denied'], ['AuthorizationErrorException', 'Denied'],
    ['NoSuchEntity', 'Missing'], ['NoSuchEntityException', 'Missing'], ['ResourceNotFoundException', 'Missing'], ['NotFoundException', 'Missing'],
    ['LimitExceeded', 'Other'], ['ValidationException', 'Other'],
  ])('is by AWS\'s own code: %s is %s', (code, cause) => expect(causeOf(refused(code))).toBe(cause));

  test('without an answer, AWS could not be reached; a code counts all the same', () => {
    expect(causeOf(new AwsCallFailed('iam ListAccessKeys', 'alice', 'TimeoutError', false, 'no answer'))).toBe('Unreachable');
    expect(causeOf(new AwsCallFailed('iam ListAccessKeys', 'alice', 'ServiceFailure', false, '500'))).toBe('Unreachable');
    expect(causeOf(new AwsCallFailed('iam ListAccessKeys', 'alice', 'Throttling', false, '503'))).toBe('Throttled');
  });

  test('is what an error says of itself', () => {
    expect(causeOf(new Failure('why', 'NotVerified'))).toBe('NotVerified');
    expect(causeOf(new TakenBack('why', 'Denied'))).toBe('Denied');
    expect(() => requireTime('alice', 'issue a key', () => 119_999)).toThrow(expect.objectContaining({ failure: 'OutOfTime' }));
  });

  test('is the request where that makes no sense, and nothing in particular otherwise', () => {
    expect(causeOf(new BadRequest('why'))).toBe('BadRequest');
    expect(causeOf(new Error('why'))).toBe('Other');
    expect(causeOf('why')).toBe('Other');
    expect(causeOf(undefined)).toBe('Other');
  });
});

test('a failure is an error with its message', () => {
  expect(new Failure('why', 'Other')).toMatchObject({ message: 'why', failure: 'Other' });
  expect(new Failure('why', 'Other')).toBeInstanceOf(Error);
});

test('these mostly pass by themselves', () => {
  expect(CAUSES.filter(passes)).toEqual(['Throttled', 'Unreachable', 'OutOfTime']);
});

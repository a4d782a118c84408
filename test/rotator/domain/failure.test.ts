import { CAUSES } from '../../../src/contract/metrics';
import { requireTime } from '../../../src/rotator/actions/ports';
import { IssueReverted } from '../../../src/rotator/actions/revert-issue';
import {
  BadRequest,
  causeOf,
  Failure,
  SecretScheduledForDeletion,
  UserRemoved,
} from '../../../src/rotator/domain/failure';

describe('the cause of an error', () => {
  test('is that of the failure', () => {
    expect(causeOf(new Failure('reason', 'VerificationFailed'))).toBe('VerificationFailed');
    expect(causeOf(new IssueReverted('reason', 'AccessDenied'))).toBe('AccessDenied');
    expect(() =>
      requireTime('alice', 'issue a key', { sleep: async () => undefined, remainingTime: () => 134_999 }),
    ).toThrow(expect.objectContaining({ cause: 'InsufficientTime' }));
  });

  test('is BadRequest for an invalid request, and Other for an unexpected error', () => {
    expect(causeOf(new BadRequest('reason'))).toBe('BadRequest');
    expect(causeOf(new Error('reason'))).toBe('Other');
    expect(causeOf('reason')).toBe('Other');
    expect(causeOf(undefined)).toBe('Other');
  });
});

test('a failure is an error with its message', () => {
  expect(new Failure('reason', 'Other')).toMatchObject({ message: 'reason', cause: 'Other', transient: false });
  expect(new Failure('reason', 'Other')).toBeInstanceOf(Error);
});

test('these causes are transient', () => {
  expect(CAUSES.filter((cause) => new Failure('reason', cause).transient)).toEqual([
    'Throttled',
    'NetworkError',
    'InsufficientTime',
  ]);
});

test('a failure that replaces another error has the stack trace of that one', () => {
  const { stack } = new Error('reason');
  expect(new Failure('why', 'Other', stack).stack).toBe(stack);
  expect(new Failure('why', 'Other').stack).toContain('why');
});

test('a user or a secret that is not there any more was not found, and a log names the kind of error', () => {
  expect(new UserRemoved('reason')).toMatchObject({ name: 'UserRemoved', message: 'reason', cause: 'NotFound' });
  expect(new SecretScheduledForDeletion('reason')).toMatchObject({ message: 'reason', cause: 'NotFound' });
  expect(new BadRequest('reason')).toMatchObject({ name: 'BadRequest', message: 'reason' });
});

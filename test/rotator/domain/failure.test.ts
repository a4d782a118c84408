import { CAUSES } from '../../../src/contract/metrics';
import { requireTime } from '../../../src/rotator/actions/ports';
import { IssueReverted } from '../../../src/rotator/actions/revert-issue';
import { BadRequest, causeOf, Failure } from '../../../src/rotator/domain/failure';

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

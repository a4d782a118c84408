import { CAUSES } from '../../../src/contract/metrics';
import { IssueReverted } from '../../../src/rotator/actions/issue';
import { requireTime } from '../../../src/rotator/actions/ports';
import { BadRequest, causeOf, Failure } from '../../../src/rotator/domain/failure';

describe('the cause of a failure', () => {
  test('is what an error says of itself', () => {
    expect(causeOf(new Failure('why', 'VerificationFailed'))).toBe('VerificationFailed');
    expect(causeOf(new IssueReverted('why', 'AccessDenied'))).toBe('AccessDenied');
    expect(() =>
      requireTime('alice', 'issue a key', { sleep: async () => undefined, remainingTime: () => 119_999 }),
    ).toThrow(expect.objectContaining({ cause: 'InsufficientTime' }));
  });

  test('is the request where that makes no sense, and nothing in particular otherwise', () => {
    expect(causeOf(new BadRequest('why'))).toBe('BadRequest');
    expect(causeOf(new Error('why'))).toBe('Other');
    expect(causeOf('why')).toBe('Other');
    expect(causeOf(undefined)).toBe('Other');
  });
});

test('a failure is an error with its message', () => {
  expect(new Failure('why', 'Other')).toMatchObject({ message: 'why', cause: 'Other', transient: false });
  expect(new Failure('why', 'Other')).toBeInstanceOf(Error);
});

test('these mostly end by themselves', () => {
  expect(CAUSES.filter((cause) => new Failure('why', cause).transient)).toEqual([
    'Throttled',
    'NetworkError',
    'InsufficientTime',
  ]);
});

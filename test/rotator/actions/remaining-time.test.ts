/** No step starts that the remaining time of the function may not suffice for. */
import { rotate } from '../../../src/rotator/actions/rotate';
import { waitUntilUsable } from '../../../src/rotator/aws/sts';
import { Credential } from '../../../src/rotator/domain/credential';
import { ModelAws } from '../../fake-aws/fake-aws';
import { manualRequest, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

/** This many milliseconds before Lambda ends the run. */
const endingIn = (ms: number) => ({ sleep: async () => undefined, remainingTime: () => ms });

test('with less time left than an issue can take, no key is issued, and nothing is recorded', async () => {
  const aws = new ModelAws();
  await expect(rotate(request('create'), { ...aws.tools(), clock: endingIn(134_999) })).rejects.toThrow(
    '134.999 s are left, and up to 135 s are needed to issue a key. Nothing was done',
  );
  expect(aws.keys.size).toBe(0);
  expect(aws.labels()).toEqual([]);
  await rotate(request('create'), { ...aws.tools(), clock: endingIn(135_000) });
  expect(aws.keys.size).toBe(1);
});

test('steps of a single call are performed nevertheless', async () => {
  const aws = new ModelAws();
  await rotate(request('create'), aws.tools());
  expect(await rotate(manualRequest('deactivate'), { ...aws.tools(), clock: endingIn(1_000) })).toMatchObject({
    outcome: 'not-due',
  });
});

describe('the wait for a new key', () => {
  const key = new Credential('AKIANEW', 'secret', new Date());
  const attempt = async (works: (polls: number) => boolean, remaining: number) => {
    let [polls, slept] = [0, 0];
    const callerIdentity = async () => {
      if (!works(++polls)) throw new Error('InvalidClientTokenId');
      return 'arn:aws:iam::111122223333:user/alice';
    };
    const sleep = async (ms: number) => {
      slept += ms;
    };
    const failure = await waitUntilUsable('alice', key, callerIdentity, {
      sleep,
      remainingTime: () => remaining - slept,
    }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return { polls, slept, failure };
  };

  test('a key that works at once is accepted three times, 2.5 seconds apart', async () => {
    expect(await attempt(() => true, 300_000)).toEqual({ polls: 3, slept: 5_000, failure: undefined });
  });

  test('a rejection after an acceptance starts again: another server of AWS does not have the key yet', async () => {
    const works = (polls: number) => ![1, 3, 6].includes(polls);
    expect(await attempt(works, 300_000)).toMatchObject({ polls: 9, failure: undefined });
  });

  test('a key that works after 15 seconds is verified', async () => {
    expect(await attempt((polls) => polls > 5, 300_000)).toMatchObject({ failure: undefined, slept: 28_000 });
  });

  test('a key that is accepted and rejected in turns is not verified, and the wait ends', async () => {
    const { failure, slept } = await attempt((polls) => polls % 3 !== 0, 300_000);
    expect(failure).toContain('did not work');
    expect(slept).toBeLessThanOrEqual(75_000);
  });

  test('a key that works after a minute is verified, and no wait is longer', async () => {
    expect(await attempt((polls) => polls > 10, 300_000)).toMatchObject({ failure: undefined, slept: 68_000 });
  });

  test('without the time for three acceptances, the key is not verified', async () => {
    expect((await attempt(() => true, 49_000)).failure).toBe(
      'alice: the key AKIANEW did not work after 2.5 s: STS accepted it 2 of 3 times',
    );
  });

  test('the wait ends after about a minute', async () => {
    const { failure, slept } = await attempt(() => false, 300_000);
    expect(failure).toContain('alice: the key AKIANEW did not work after');
    expect(slept).toBeGreaterThanOrEqual(60_000);
    expect(slept).toBeLessThan(70_000);
  });

  test('and earlier if the remaining time is needed to delete the key', async () => {
    const { failure, slept } = await attempt(() => false, 60_000);
    expect(failure).toContain('did not work');
    expect(slept).toBeLessThanOrEqual(15_000);
  });

  test('a key of another principal is rejected', async () => {
    const callerIdentity = async () => 'arn:aws:iam::111122223333:user/mallory';
    await expect(
      waitUntilUsable('alice', key, callerIdentity, { sleep: async () => undefined, remainingTime: () => 0 }),
    ).rejects.toThrow('it belongs to arn:aws:iam::111122223333:user/mallory');
  });
});

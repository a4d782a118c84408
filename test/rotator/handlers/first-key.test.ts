/** How long a deploy retries the first key of a user: a transient failure must not fail the deploy. */
import { RUN_MINUTES } from '../../../src/contract/settings';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { firstKey } from '../../../src/rotator/handlers/first-key';
import { ModelAws } from '../../fake-aws/fake-aws';
import { CONTEXT } from '../support';

jest.mock('../../../src/rotator/aws/log');

afterEach(() => jest.restoreAllMocks());

/** The first `times` attempts to list the keys of the user fail with `code`. */
async function attempts(code: string, times: number, created = true, message = 'no') {
  const aws = new ModelAws();
  const [end, pauses] = [aws.now.getTime() + RUN_MINUTES * 60_000, [] as number[]];
  const remainingTime = () => end - aws.now.getTime();
  let calls = 0;
  const portsFor = () => {
    const ports = aws.tools();
    const list = async () => {
      if (++calls <= times) throw new AwsCallFailed('iam ListAccessKeys', 'alice', code, true, message);
      return ports.accessKeys.list();
    };
    const read = async () => {
      if (!created && ++calls <= times) throw new AwsCallFailed('iam ListUserTags', 'alice', code, true, message);
      return ports.ownerTag.read();
    };
    return { ...ports, accessKeys: { ...ports.accessKeys, list }, ownerTag: { ...ports.ownerTag, read }, clock };
  };
  const sleep = async (ms: number) => {
    pauses.push(ms);
    aws.now = new Date(aws.now.getTime() + ms);
  };
  const clock = { sleep, remainingTime };
  const event = {
    RequestType: 'Create',
    ResourceProperties: { Username: 'alice', Secret: 'alice', Created: `${created}`, Owner: 'R', DryRun: 'false' },
  };
  const result = await firstKey(event as never, {
    users: new Map([['alice', {}]]),
    portsFor,
    clock,
    context: CONTEXT,
  }).catch((error: Error) => error.message);
  return { result, pauses, remaining: remainingTime() };
}

test.each(['NoSuchEntityException', 'AccessDenied'])(
  '%s, until IAM has propagated a new user: attempts after 5, 10 and 15 seconds',
  async (code) => {
    expect(await attempts(code, 3)).toMatchObject({
      result: 'new key AKIA0001 is current',
      pauses: [5_000, 10_000, 15_000],
    });
  },
);

test('throttling: the next attempt after a random pause of at most a minute', async () => {
  jest.spyOn(Math, 'random').mockReturnValueOnce(0.1).mockReturnValueOnce(0.9);
  expect(await attempts('Throttling', 2)).toMatchObject({
    result: 'new key AKIA0001 is current',
    pauses: [6_000, 54_000],
  });
});

test('the last attempt begins with enough time for an issue and the response to CloudFormation', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.9);
  expect(await attempts('Throttling', 3)).toMatchObject({
    result: 'new key AKIA0001 is current',
    pauses: [54_000, 54_000, 42_000],
  });
  expect(await attempts('Throttling', 99)).toMatchObject({
    result: 'alice: iam ListAccessKeys failed with Throttling: no',
    remaining: 150_000,
  });
  expect(await attempts('NoSuchEntityException', 8)).toMatchObject({
    result: 'new key AKIA0001 is current',
    remaining: 150_000,
  });
});

const PATH_HINT =
  'The user likely has a path, which iam.User.fromUserName() does not know: import the user with iam.User.fromUserArn()';

test.each([
  ['AccessDenied', `alice: iam ListUserTags failed with AccessDenied: no. ${PATH_HINT}`],
  ['NoSuchEntityException', 'alice: iam ListUserTags failed with NoSuchEntityException: no'],
])('an adopted user, %s until the end: the failure names the likely cause', async (code, message) => {
  expect((await attempts(code, 99, false)).result).toBe(message);
});

test('a created user that is denied has no other path', async () => {
  expect((await attempts('AccessDenied', 99)).result).not.toContain('path');
});

test('any other failure fails at once', async () => {
  expect(await attempts('ValidationError', 1)).toMatchObject({
    result: 'alice: iam ListAccessKeys failed with ValidationError: no',
    pauses: [],
  });
});

test('a user that IAM was changing for another caller: the next attempt after a random pause', async () => {
  jest.spyOn(Math, 'random').mockReturnValueOnce(0.1);
  expect(await attempts('ConcurrentModificationException', 1)).toMatchObject({
    result: 'new key AKIA0001 is current',
    pauses: [6_000],
  });
});

test.each([
  ['ResourceNotFoundException', 'no'],
  ['InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion."],
])(
  'a secret that is created again after a deletion, %s for two minutes: the first key is issued',
  async (code, message) => {
    expect(await attempts(code, 7, true, message)).toMatchObject({
      result: 'new key AKIA0001 is current',
      pauses: [5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000],
    });
  },
);

/** How long a deploy retries the first key of a user: a transient failure must not fail the deploy. */
import { RUN_MINUTES } from '../../../src/contract/settings';
import { rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { ModelAws } from '../../fake-aws/fake-aws';
import { CREATED_ALICE, requestFirstKey } from '../request-first-key';
import { CONTEXT, request } from '../support';

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
    ResourceProperties: {
      Username: 'alice',
      Secret: 'alice',
      Created: `${created}`,
      Owner: CONTEXT.rotation,
      DryRun: 'false',
    },
  };
  const result = await requestFirstKey(event, {
    users: new Map([['alice', { adopted: !created }]]),
    portsFor,
    clock,
    context: CONTEXT,
    dryRun: false,
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

describe('an update with another KMS key', () => {
  /** @param propagatedAfter - failed reads of AWSCURRENT before the policy of the new KMS key is propagated */
  async function update(aws: ModelAws, propagatedAfter: number, before = 'K1') {
    const [end, pauses] = [aws.now.getTime() + RUN_MINUTES * 60_000, [] as number[]];
    const sleep = async (ms: number) => {
      aws.now = new Date(aws.now.getTime() + ms);
      if (pauses.push(ms) === propagatedAfter) aws.person.failKms({});
    };
    const clock = { sleep, remainingTime: () => end - aws.now.getTime() };
    const event = {
      RequestType: 'Update',
      PhysicalResourceId: 'alice|alice|created',
      ResourceProperties: { ...CREATED_ALICE, KmsKey: 'K2' },
      OldResourceProperties: { ...CREATED_ALICE, KmsKey: before },
    };
    const users = new Map([['alice', {}]]);
    const portsFor = () => ({ ...aws.tools(), clock });
    const invocation = { users, portsFor, clock, context: CONTEXT, dryRun: false };
    return { message: await requestFirstKey(event as never, invocation), pauses };
  }

  async function deployed(reencrypts: boolean): Promise<ModelAws> {
    const aws = new ModelAws();
    await rotate(request('create'), aws.tools());
    aws.person.changeKmsKey('K2', reencrypts);
    return aws;
  }

  test('reads AWSCURRENT until the policy of the function is propagated', async () => {
    const aws = await deployed(true);
    aws.person.failKms({ decrypt: ['K2'] });
    expect(await update(aws, 3)).toEqual({
      message: 'the current key AKIA0001 is not 90 days old',
      pauses: [5_000, 10_000, 15_000],
    });
    expect(aws.sent.map(({ attributes }) => attributes.event)).toEqual(['created']);
  });

  test('issues a key if AWSCURRENT cannot be decrypted to the end', async () => {
    const aws = await deployed(false);
    aws.person.failKms({ decrypt: ['K1'] });
    expect((await update(aws, 0)).message).toBe('new key AKIA0002 is current');
  });

  test('does not fail the deploy if no key can be stored: its roll-back would run the same check', async () => {
    const aws = await deployed(true);
    aws.person.failKms({ decrypt: ['K2'] });
    expect((await update(aws, 0)).message).toContain('no new key can be stored with the KMS key of the secret');
  });

  test('with the same KMS key, a value that cannot be decrypted does not make the deploy wait', async () => {
    const aws = await deployed(true);
    aws.person.failKms({ decrypt: ['K2'] });
    expect((await update(aws, 0, 'K2')).pauses).toEqual([]);
  });
});

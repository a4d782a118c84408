/** A first deploy of all users in user stacks: the requests of CloudFormation to the function, and their duration. */
import { Account, AccountOptions } from './account';
import { LambdaService } from './lambda-service';
import { VirtualTime } from './virtual-time';
import { FIRST_KEY_MINUTES, FirstKeyProperties, RUN_MINUTES } from '../../src/contract/settings';
import { stableHash } from '../../src/private/hash';
import { ModelAws } from '../fake-aws/fake-aws';
import { requestFirstKey } from '../rotator/request-first-key';
import { CONTEXT } from '../rotator/support';

const MINUTE = 60_000;

/** Milliseconds that CloudFormation needs for the other resources of a stack (assumed). */
const REST_OF_A_STACK = MINUTE;

/** Milliseconds until AWS accepts a new key: 10 to 15 s, according to aws/aws-sdk-js#559. */
const PROPAGATION = 15_000;

export interface DeployOptions extends Pick<AccountOptions, 'iam'> {
  readonly stacks: number;
  /** The option of `cdk deploy`: stacks that are deployed concurrently. */
  readonly concurrency: number;
  /** Concurrent executions of Lambda. */
  readonly functionConcurrency: number;
}

export interface Deploy {
  readonly account: Account;
  readonly minutes: number;
  /** The longest that CloudFormation waited for a first key, in minutes. */
  readonly longestWait: number;
  /** First keys with a failure response, or without a response in time. */
  readonly failed: readonly string[];
}

/** The users of each stack, distributed as UserStacks.fromStacks() does. */
export function distribute(users: number, stacks: number): string[][] {
  const all: string[][] = Array.from({ length: stacks }, () => []);
  for (let index = 0; index < users; index++) all[stableHash(`stack of user-${index}`) % stacks].push(`user-${index}`);
  return all;
}

/**
 * CloudFormation requests all first keys of a stack at once, which is the worst case. If a stack fails, the deploy
 * continues with the others.
 *
 * @param users - their keys and secrets: none before a first deploy; for a second deploy, the result of the first
 */
export async function deploy(
  users: ReadonlyMap<string, ModelAws>,
  { iam, stacks, concurrency, functionConcurrency }: DeployOptions,
): Promise<Deploy> {
  const begin = Math.max(...[...users.values()].map(({ now }) => now.getTime()));
  const time = new VirtualTime(begin);
  const account = new Account({ time, iam });
  const lambda = new LambdaService(time, functionConcurrency);
  const failed: string[] = [];
  let longestWait = 0;
  const settings = new Map([...users.keys()].map((name) => [name, {}]));

  const deployUser = async (username: string): Promise<void> => {
    const requestedAt = time.now;
    let failure: string | undefined = 'no response';
    await lambda.invoke(async () => {
      const endsAt = time.now + RUN_MINUTES * MINUTE;
      const clock = { sleep: (ms: number) => time.sleep(ms), remainingTime: () => endsAt - time.now };
      const portsFor = () => ({ ...account.toolsFor(users.get(username)!), clock });
      const properties: FirstKeyProperties = {
        Username: username,
        Secret: username,
        Created: 'true',
        Owner: CONTEXT.rotation,
        DryRun: 'false',
      };
      const event = { RequestType: 'Create', ResourceProperties: properties };
      // The handler responds in any case, unless Lambda ends the run.
      const error = await requestFirstKey(event, {
        users: settings,
        portsFor,
        clock,
        context: CONTEXT,
        dryRun: false,
      }).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      if (time.now <= endsAt) failure = error;
    });
    const waited = (time.now - requestedAt) / MINUTE;
    longestWait = Math.max(longestWait, waited);
    if (failure !== undefined || waited > FIRST_KEY_MINUTES) failed.push(failure ?? 'too late');
  };

  const waiting = distribute(users.size, stacks);
  const worker = async (): Promise<void> => {
    for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
      await time.sleep(REST_OF_A_STACK / 2);
      await Promise.all(stack.map(deployUser));
      await time.sleep(REST_OF_A_STACK / 2);
    }
  };
  const workers = Array.from({ length: concurrency }, worker);
  await time.run();
  await Promise.all(workers);
  return { account, minutes: (time.now - begin) / MINUTE, longestWait, failed };
}

export function newUsers(count: number): Map<string, ModelAws> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const user = new ModelAws();
      user.iam.lags = { lists: 0, sts: PROPAGATION, uses: 0 };
      return [`user-${index}`, user];
    }),
  );
}

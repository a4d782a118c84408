/** A first deploy of all users, in user stacks: what CloudFormation asks of the Lambda, and how long it takes. */
import { Account, AccountOptions } from './account';
import { LambdaService } from './lambda-service';
import { VirtualTime } from './virtual-time';
import { FIRST_KEY_MINUTES, FirstKeyProperties, RUN_MINUTES } from '../../src/contract/settings';
import { stableHash } from '../../src/private/hash';
import { firstKey } from '../../src/rotator/handlers/first-key';
import { ModelAws } from '../fake-aws/fake-aws';
import { CONTEXT } from '../rotator/support';

const MINUTE = 60_000;

/** What CloudFormation does before the first keys, and after them; assumed. */
const REST_OF_A_STACK = MINUTE;

/** A key can be refused for so long: aws/aws-sdk-js#559 says 10 to 15 s. */
const SPREADING = 15_000;

export interface DeployOptions extends Pick<AccountOptions, 'iam'> {
  readonly stacks: number;
  /** Of `cdk deploy`: so many stacks at once. */
  readonly concurrency: number;
  /** Concurrent executions of Lambda. */
  readonly places: number;
}

export interface Deploy {
  readonly account: Account;
  readonly minutes: number;
  /** The longest that CloudFormation waited for a first key, in minutes. */
  readonly longestWait: number;
  /** First keys that CloudFormation was told had failed, or of which it was told nothing in time. */
  readonly failed: readonly string[];
}

/** Which users are in which stack, as UserStacks.fromStacks() spreads them. */
export function spread(users: number, stacks: number): string[][] {
  const all: string[][] = Array.from({ length: stacks }, () => []);
  for (let index = 0; index < users; index++) all[stableHash(`stack of user-${index}`) % stacks].push(`user-${index}`);
  return all;
}

/**
 * CloudFormation asks for all first keys of a stack at once, which is the worst that it can do. A stack that fails does
 * not keep the others from being tried.
 *
 * @param users - what they have: nothing before a first deploy, and what it left before a second one
 */
export async function deploy(
  users: ReadonlyMap<string, ModelAws>,
  { iam, stacks, concurrency, places }: DeployOptions,
): Promise<Deploy> {
  const begin = Math.max(...[...users.values()].map(({ now }) => now.getTime()));
  const time = new VirtualTime(begin);
  const account = new Account({ time, iam });
  const lambda = new LambdaService(time, places);
  const failed: string[] = [];
  let longestWait = 0;
  const known = new Map([...users.keys()].map((name) => [name, {}]));

  const ask = async (username: string): Promise<void> => {
    const asked = time.now;
    let failure: string | undefined = 'no answer';
    await lambda.invoke(async () => {
      const endsAt = time.now + RUN_MINUTES * MINUTE;
      const clock = { sleep: (ms: number) => time.sleep(ms), remainingTime: () => endsAt - time.now };
      const portsFor = () => ({ ...account.toolsFor(users.get(username)!), clock });
      const properties: FirstKeyProperties = {
        Username: username,
        Secret: username,
        Created: 'true',
        Owner: 'R',
        DryRun: 'false',
      };
      const event = { RequestType: 'Create', ResourceProperties: properties } as never;
      // The handler answers, whatever comes of it, unless Lambda ends it.
      const error = await firstKey(event, { users: known, portsFor, clock, context: CONTEXT }).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      if (time.now <= endsAt) failure = error;
    });
    const waited = (time.now - asked) / MINUTE;
    longestWait = Math.max(longestWait, waited);
    if (failure !== undefined || waited > FIRST_KEY_MINUTES) failed.push(failure ?? 'too late');
  };

  const waiting = spread(users.size, stacks);
  const worker = async (): Promise<void> => {
    for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
      await time.sleep(REST_OF_A_STACK / 2);
      await Promise.all(stack.map(ask));
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
      user.iam.lags = { lists: 0, sts: SPREADING, uses: 0 };
      return [`user-${index}`, user];
    }),
  );
}

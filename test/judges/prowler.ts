/** What Prowler finds in accounts that the templates and the cycles describe. */
import { App } from 'aws-cdk-lib';
import { CYCLES, CycleName, play, SeenKey } from './cycles';
import { runTool } from './tool';
import { OWNER_TAG } from '../../src/contract/settings';
import { Deployment, Located } from '../template/deployment';
import { Naming, ORDINARY } from '../template/naming';
import { ACCOUNT } from '../template/support';

interface Identity {
  readonly name: string;
  readonly arn: string;
  readonly policies: Record<string, object | null>;
  readonly managedPolicies: { PolicyName: string; PolicyArn: string }[];
}

interface User extends Identity {
  readonly tags: { Key: string; Value: string }[];
  readonly keys: readonly (SeenKey | null)[];
  /** Of a person. */
  readonly password?: boolean;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly tags: { Key: string; Value: string }[];
  readonly policy: object | null;
  readonly lastAccessed: string | null;
}

/** Names as CloudFormation generates them, with a random part at the end. */
const GENERATED = new Naming(ORDINARY.pseudo, ({ stack, id }) => `${stack.name}-${id}-aB3cD4eF5gH6`);

/** The deployment of an app that is not synthesized yet. */
export function deployed({ app, directory }: { app: App; directory: string }): Deployment {
  app.synth();
  return Deployment.ofAssembly(directory, GENERATED);
}

/** An account at one time. */
export interface State {
  readonly now: string;
  readonly users: User[];
  readonly roles: (Identity & { readonly trust: object })[];
  readonly secrets: Secret[];
}

export interface ProwlerResult {
  readonly version: string;
  /** All checks that ran. */
  readonly checks: string[];
  /** For each state. */
  readonly failures: { readonly check: string; readonly resource: string }[][];
}

/** What changes Prowler's answers. */
export interface ProwlerOptions {
  readonly mutelist?: object;
  /** Values for its checks, in place of their defaults. */
  readonly config?: object;
}

export async function runProwler(states: readonly State[], options: ProwlerOptions = {}): Promise<ProwlerResult> {
  const input = JSON.stringify({ accountId: ACCOUNT, states, ...options });
  return JSON.parse(await runTool('prowler', 'prowler_checks.py', [], { input })) as ProwlerResult;
}

/** The users, roles and secrets of an app, with the keys of one user at one time. */
export function stateOf(
  deployment: Deployment,
  now: string,
  keys: State['users'][number]['keys'] = [null, null],
  read = now,
): State {
  const policies = deployment.ofType('AWS::IAM::Policy').map((policy) => deployment.properties(policy));
  const identity = (located: Located, list: 'Users' | 'Roles'): Identity => {
    const { Policies = [], ManagedPolicyArns = [] } = deployment.properties(located);
    const name = deployment.fill({ Ref: located.id }, located.stack) as string;
    const attached = policies.filter((policy) => policy[list]?.includes(name));
    return {
      name,
      arn: deployment.arn(located),
      policies: Object.fromEntries(
        [...Policies, ...attached].map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]),
      ),
      managedPolicies: ManagedPolicyArns.map((PolicyArn: string) => ({
        PolicyName: PolicyArn.split('/').at(-1)!,
        PolicyArn,
      })),
    };
  };
  const secretPolicies = new Map(
    deployment.ofType('AWS::SecretsManager::ResourcePolicy').map((policy) => {
      const { SecretId, ResourcePolicy } = deployment.properties(policy);
      return [SecretId as string, ResourcePolicy as object];
    }),
  );
  // A user that exists already is in no template: only its policy is.
  const adopted = policies.flatMap(({ Users = [], PolicyName, PolicyDocument }) =>
    (Users as string[])
      .filter((name) => !deployment.ofType('AWS::IAM::User').some((user) => identity(user, 'Users').name === name))
      .map((name) => ({
        name,
        arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
        policies: { [PolicyName]: PolicyDocument },
        managedPolicies: [],
        // The function writes it when it adopts the user.
        tags: [{ Key: OWNER_TAG, Value: 'us-east-1/Keys/01234567/adopted' }],
        keys,
      })),
  );
  return {
    now,
    users: [
      ...deployment
        .ofType('AWS::IAM::User')
        .map((user) => ({ ...identity(user, 'Users'), tags: deployment.properties(user).Tags ?? [], keys })),
      ...adopted,
    ],
    roles: deployment
      .ofType('AWS::IAM::Role')
      .map((role) => ({ ...identity(role, 'Roles'), trust: deployment.properties(role).AssumeRolePolicyDocument })),
    secrets: deployment.ofType('AWS::SecretsManager::Secret').map((secret) => {
      const { Name, Tags = [] } = deployment.properties(secret);
      const arn = deployment.arn(secret);
      return { name: Name, arn, tags: Tags, policy: secretPolicies.get(arn) ?? null, lastAccessed: read };
    }),
  };
}

/** For each cycle and each check that fails in it, the days, such as `91-104, 181-194`. */
export async function failingDays(
  deployment: Deployment,
  names = Object.keys(CYCLES) as CycleName[],
  options: ProwlerOptions = {},
): Promise<Record<string, Record<string, string>>> {
  const played = await Promise.all(names.map(async (name) => ({ name, sights: await play(name) })));
  const states = played.flatMap(({ sights }) =>
    sights.map(({ now, keys, lastAccessed }) => dayOf(stateOf(deployment, now, keys, lastAccessed))),
  );
  const { failures } = await runProwler(states, options);
  let index = 0;
  return Object.fromEntries(
    played.map(({ name, sights }) => {
      const days = new Map<string, Set<number>>();
      for (const { day } of sights) {
        for (const { check } of failures[index++]) days.set(check, (days.get(check) ?? new Set()).add(day));
      }
      return [name, Object.fromEntries([...days].map(([check, seen]) => [check, ranges([...seen])]))];
    }),
  );
}

/** One user and its secret, without what is the same each day: roles, and the texts of policies. */
function dayOf({ now, users: [user], secrets: [secret] }: State): State {
  const policies = Object.fromEntries(Object.keys(user.policies).map((name) => [name, null]));
  return { now, users: [{ ...user, policies }], roles: [], secrets: [secret] };
}

/** Sorted numbers as ranges: 1, 2, 3, 7 is `1-3, 7`. */
export function ranges(days: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const day of days) {
    const last = parts.at(-1);
    if (last && last[1] === day - 1) last[1] = day;
    else parts.push([day, day]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

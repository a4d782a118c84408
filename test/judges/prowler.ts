/** What Prowler finds in accounts that the templates and the cycles describe. */
import { App } from 'aws-cdk-lib';
import { CYCLES, CycleName, play, SeenKey } from './cycles';
import { inlinePolicies, isSame, managedPolicies, nameOf, Owner } from './policies';
import { runTool } from './tool';
import { OWNER_TAG } from '../../src/contract/settings';
import { Deployment } from '../template/deployment';
import { Naming, ORDINARY } from '../template/naming';
import { ACCOUNT } from '../template/support';

interface Identity {
  readonly name: string;
  readonly arn: string;
  /** The inline ones. */
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
  readonly groups: Identity[];
  /** The customer managed ones. */
  readonly policies: {
    readonly name: string;
    readonly arn: string;
    readonly attached: boolean;
    readonly document: object;
  }[];
  readonly secrets: Secret[];
}

export interface ProwlerResult {
  readonly version: string;
  /** All checks that ran. */
  readonly checks: string[];
  /** For each state. */
  readonly failures: {
    readonly check: string;
    /** Those that a policy allows, if the check names them. */
    readonly actions: string | null;
    readonly resource: string;
  }[][];
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

/** What an app has in IAM and Secrets Manager, with the keys of one user at one time. */
export function stateOf(
  deployment: Deployment,
  now: string,
  keys: State['users'][number]['keys'] = [null, null],
  read = now,
): State {
  const inline = inlinePolicies(deployment);
  const managed = managedPolicies(deployment);
  const attachedTo = (owner: Owner, managedPolicyArns: readonly string[]) => {
    const arns = managed.filter(({ owners }) => owners.some((other) => isSame(owner, other))).map(({ arn }) => arn);
    return {
      policies: Object.fromEntries(
        inline.filter((policy) => isSame(policy.owner, owner)).map(({ name, document }) => [name, document]),
      ),
      managedPolicies: [...new Set([...managedPolicyArns, ...arns])].map((PolicyArn) => ({
        PolicyName: PolicyArn.split('/').at(-1)!,
        PolicyArn,
      })),
    };
  };
  const identities = (kind: Owner['kind']) =>
    deployment.ofType(`AWS::IAM::${kind}`).map((located) => {
      const properties = deployment.properties(located);
      const name = nameOf(located, deployment);
      const { ManagedPolicyArns = [] } = properties;
      const identity = { name, arn: deployment.arn(located), ...attachedTo({ kind, name }, ManagedPolicyArns) };
      return { identity, properties };
    });
  const users = identities('User').map(({ identity, properties }) => ({
    ...identity,
    tags: properties.Tags ?? [],
    keys,
  }));
  // A user that exists already is in no template: only its policies are.
  const named = [...inline.map(({ owner }) => owner), ...managed.flatMap(({ owners }) => owners)];
  const inNoTemplate = named.filter(({ kind, name }) => kind === 'User' && !users.some((user) => user.name === name));
  const adopted = [...new Set(inNoTemplate.map(({ name }) => name))].map((name) => ({
    name,
    arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
    ...attachedTo({ kind: 'User', name }, []),
    // The function writes it when it adopts the user.
    tags: [{ Key: OWNER_TAG, Value: 'us-east-1/Keys/01234567/adopted' }],
    keys,
  }));
  const secretPolicies = new Map(
    deployment.ofType('AWS::SecretsManager::ResourcePolicy').map((policy) => {
      const { SecretId, ResourcePolicy } = deployment.properties(policy);
      return [SecretId as string, ResourcePolicy as object];
    }),
  );
  return {
    now,
    users: [...users, ...adopted],
    roles: identities('Role').map(({ identity, properties }) => ({
      ...identity,
      trust: properties.AssumeRolePolicyDocument,
    })),
    groups: identities('Group').map(({ identity }) => identity),
    policies: managed.map(({ name, arn, owners, document }) => ({ name, arn, attached: owners.length > 0, document })),
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
  return { now, users: [{ ...user, policies }], roles: [], groups: [], policies: [], secrets: [secret] };
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

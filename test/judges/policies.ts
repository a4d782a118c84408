/** The policies of users, roles and groups in templates, of each type of resource that declares one. */
import { Deployment, Located } from '../template/deployment';

const KINDS = ['User', 'Role', 'Group'] as const;

/** A user, role or group, by its name. */
export interface Owner {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
}

export interface InlinePolicy {
  readonly owner: Owner;
  readonly name: string;
  readonly document: object;
}

/** A customer managed policy. */
export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  readonly owners: readonly Owner[];
  readonly document: object;
}

export const nameOf = ({ id, stack }: Located, deployment: Deployment): string =>
  deployment.fill({ Ref: id }, stack) as string;

export const isSame = (one: Owner, other: Owner): boolean => one.kind === other.kind && one.name === other.name;

export function inlinePolicies(deployment: Deployment): InlinePolicy[] {
  const inIdentities = identities(deployment).flatMap(({ owner, properties: { Policies = [] } }) =>
    Policies.map((policy: any) => ({ owner, name: policy.PolicyName, document: policy.PolicyDocument })),
  );
  const ofSeveral = deployment.ofType('AWS::IAM::Policy').flatMap((located) => {
    const properties = deployment.properties(located);
    return listed(properties).map((owner) => ({
      owner,
      name: properties.PolicyName,
      document: properties.PolicyDocument,
    }));
  });
  const ofOne = KINDS.flatMap((kind) =>
    deployment.ofType(`AWS::IAM::${kind}Policy`).map((located) => {
      const properties = deployment.properties(located);
      const owner = { kind, name: properties[`${kind}Name`] };
      return { owner, name: properties.PolicyName, document: properties.PolicyDocument };
    }),
  );
  return [...inIdentities, ...ofSeveral, ...ofOne];
}

export function managedPolicies(deployment: Deployment): ManagedPolicy[] {
  return deployment.ofType('AWS::IAM::ManagedPolicy').map((located) => {
    const properties = deployment.properties(located);
    const arn = deployment.arn(located);
    const attaching = identities(deployment)
      .filter(({ properties: { ManagedPolicyArns = [] } }) => ManagedPolicyArns.includes(arn))
      .map(({ owner }) => owner);
    return {
      name: arn.split('/').at(-1)!,
      arn,
      owners: [...listed(properties), ...attaching],
      document: properties.PolicyDocument,
    };
  });
}

function identities(deployment: Deployment) {
  return KINDS.flatMap((kind) =>
    deployment
      .ofType(`AWS::IAM::${kind}`)
      .map((located) => ({
        owner: { kind, name: nameOf(located, deployment) },
        properties: deployment.properties(located),
      })),
  );
}

/** Those that a policy names. */
const listed = (properties: Record<string, any>): Owner[] =>
  KINDS.flatMap((kind) => (properties[`${kind}s`] ?? []).map((name: string) => ({ kind, name })));

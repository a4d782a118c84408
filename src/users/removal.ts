import { AspectPriority, Aspects, CfnResource, IAspect, RemovalPolicy } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { isRetained } from '../private/never-retained';

/**
 * Applies one removal policy to all resources of a user: a retained key is useless without its secret, and a secret
 * without its key.
 *
 * RetainExceptOnCreate and not Retain, which would also keep a secret whose first deploy rolls back: its name would be
 * in use in the next deploy.
 */
export function applyRemovalPolicy(resources: readonly CfnResource[], policy: RemovalPolicy): void {
  const destroy = policy === RemovalPolicy.DESTROY;
  for (const resource of resources) {
    resource.applyRemovalPolicy(destroy ? policy : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}

/** Applies RETAIN to resources that have no removal policy. */
class RetainLaterResources implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.cfnOptions.deletionPolicy) return;
    node.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
}

/** Retains what the app adds to a retained user: without the policy of its grants, the user could no longer work. */
export function retainLaterResources(user: IConstruct): void {
  Aspects.of(user).add(new RetainLaterResources(), { priority: AspectPriority.MUTATING });
}

/** An error if the removal policy of the app separates the resources of a user. */
export function removalProblems(resources: readonly CfnResource[], policy: RemovalPolicy): string[] {
  const typesOf = (some: CfnResource[]) => some.map(({ cfnResourceType }) => cfnResourceType).join(', ');
  const retained = resources.filter(isRetained);
  const deleted = resources.filter((resource) => !isRetained(resource));
  if (retained.length === 0 || deleted.length === 0) return [];
  const fix = policy === RemovalPolicy.DESTROY ? 'RETAIN' : 'DESTROY';
  return [
    `The app retains some resources of this user (${typesOf(retained)}) and deletes others (${typesOf(deleted)}),`
      + ' but a secret is useless without its key, and a key without its secret.'
      + ` Set "removalPolicy" of the user to ${fix}, or apply the removal policy of the app to all or none of them.`,
  ];
}

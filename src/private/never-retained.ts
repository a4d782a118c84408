import { AspectPriority, Aspects, CfnDeletionPolicy, CfnResource, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Removes a removal policy of the app, such as that of `RemovalPolicies.of(stack).retain()`. */
class NeverRetained implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return;
    const { cfnOptions } = node;
    if (isKept(cfnOptions.deletionPolicy)) cfnOptions.deletionPolicy = undefined;
    if (isKept(cfnOptions.updateReplacePolicy)) cfnOptions.updateReplacePolicy = undefined;
  }
}

const NEVER_RETAINED = new NeverRetained();

/**
 * For a resource that has no data and causes harm after it leaves the stack: it would invoke the function for users
 * that are gone, or occupy a name or a quota. A nested stack is one: what is retained in it outlives it, and all else
 * has to go. CloudFormation deletes such a resource by default. The aspect runs after those of the app.
 */
export function neverRetain(resource: CfnResource): void {
  Aspects.of(resource).add(NEVER_RETAINED, { priority: AspectPriority.READONLY });
}

/** Whether CloudFormation keeps a resource that leaves its stack. */
export function isRetained({ cfnOptions: { deletionPolicy } }: CfnResource): boolean {
  return isKept(deletionPolicy);
}

function isKept(policy: CfnDeletionPolicy | undefined): boolean {
  return policy !== undefined && policy !== CfnDeletionPolicy.DELETE;
}

import { AspectPriority, Aspects, CfnDeletionPolicy, CfnResource, IAspect, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { finalPolicy } from './final-property';

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
 * that are gone, deny writes to a secret that no rotation uses, or occupy a name or a quota. A nested stack is one:
 * what is retained in it outlives it, and all else has to go. CloudFormation deletes such a resource by default. The
 * aspect runs after those of the app. An override, or an aspect after it, is an error.
 */
export function neverRetain(resource: CfnResource): void {
  Aspects.of(resource).add(NEVER_RETAINED, { priority: AspectPriority.READONLY });
  resource.node.addValidation({ validate: () => retentionProblems(resource) });
}

/** Whether CloudFormation keeps a resource that leaves its stack. */
export function isRetained(resource: CfnResource): boolean {
  return isKept(finalPolicy(resource, 'DeletionPolicy'));
}

function retentionProblems(resource: CfnResource): string[] {
  const name = (['DeletionPolicy', 'UpdateReplacePolicy'] as const).find((one) => isKept(finalPolicy(resource, one)));
  if (name === undefined) return [];
  const policy = finalPolicy(resource, name);
  const value =
    typeof policy === 'string' && !Token.isUnresolved(policy) ? `"${policy}"` : 'another value than "Delete"';
  return [
    `${resource.node.path}: an override or a late aspect sets "${name}" to ${value}, but this resource must never be`
      + ' retained: it would act on users and secrets that have left the rotation. Remove the override, exclude the'
      + ` resource from the aspect, or give the aspect a priority below ${AspectPriority.READONLY}, so that it is corrected.`,
  ];
}

function isKept(policy: unknown): boolean {
  return policy !== undefined && policy !== null && policy !== CfnDeletionPolicy.DELETE;
}

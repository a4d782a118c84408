import { AspectPriority, Aspects, CfnElement, CfnResource, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The CDK hashes a path anew wherever its resource is referred to, in each of its passes: fifty times for each user, three quarters of them for three
 * resources, which all others refer to. This puts their logical IDs down once, when whoever may rename them has done so.
 */
class LogicalIdsOnce implements IAspect {
  public visit(node: IConstruct): void {
    if (CfnElement.isCfnElement(node)) node.overrideLogicalId(node.stack.resolve(node.logicalId));
  }
}

const ONCE = new LogicalIdsOnce();

/** After all other aspects, for those may rename too. */
export function fixLogicalId(resource: CfnResource): void {
  Aspects.of(resource).add(ONCE, { priority: AspectPriority.READONLY });
}

import { AspectPriority, Aspects, CfnResource, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The CDK hashes a path anew wherever its resource is referred to, in each of its passes: fifty times for each user.
 * This puts a logical ID down once, when other aspects, which may rename, have visited the resource.
 */
class FixLogicalId implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return;
    const id = node.stack.resolve(node.logicalId);
    try {
      node.overrideLogicalId(id);
    } catch {
      // Locked, because another stack refers to it: by Stack.exportValue(), or since an earlier synth.
    }
  }
}

const FIX_LOGICAL_ID = new FixLogicalId();

/**
 * Added per resource: once an aspect has visited a node, the CDK rejects earlier-priority aspects there, and the app
 * may still tag the parents.
 */
export function fixLogicalId(resource: CfnResource): void {
  Aspects.of(resource).add(FIX_LOGICAL_ID, { priority: AspectPriority.READONLY });
}

import { AspectPriority, Aspects, CfnResource, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Computes a logical ID once. The CDK hashes the path of a resource for each reference in each pass, about fifty times
 * per user. The aspect runs after the app's own aspects, which may override the ID.
 */
class FixLogicalId implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return;
    const id = node.stack.resolve(node.logicalId);
    try {
      node.overrideLogicalId(id);
    } catch {
      // The CDK locks the ID of a resource that another stack refers to: by Stack.exportValue(), or since an earlier
      // synth.
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

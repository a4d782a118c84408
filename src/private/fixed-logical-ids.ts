import { AspectPriority, Aspects, CfnResource, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The CDK hashes a path anew wherever its resource is referred to, in each of its passes: fifty times for each user.
 * This puts a logical ID down once, when other aspects, which may rename, have visited the resource.
 */
class LogicalIdOnce implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node)) return;
    const id = node.stack.resolve(node.logicalId);
    try {
      node.overrideLogicalId(id);
    } catch {
      // Locked, because another stack refers to it: by Stack.exportValue(), or since an earlier synth. It stays as it
      // is.
    }
  }
}

const ONCE = new LogicalIdOnce();

/**
 * By an aspect of each resource: where one has been, the CDK lets no earlier one come any more, and an app may still
 * tag the constructs above.
 */
export function fixLogicalId(resource: CfnResource): void {
  Aspects.of(resource).add(ONCE, { priority: AspectPriority.READONLY });
}

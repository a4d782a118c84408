import { AspectPriority, Aspects, CfnElement, IAspect } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The CDK hashes a path anew wherever its resource is referred to, in each of its passes: fifty times for each user. This puts
 * logical IDs down once, when whoever may rename them has done so.
 */
class LogicalIdsOnce implements IAspect {
  public visit(node: IConstruct): void {
    if (!CfnElement.isCfnElement(node)) return;
    const id = node.stack.resolve(node.logicalId);
    try {
      node.overrideLogicalId(id);
    } catch {
      // Locked, because another stack refers to it: by Stack.exportValue(), or since an earlier synth. It stays as it is.
    }
  }
}

const ONCE = new LogicalIdsOnce();

/** Of all resources in a construct. After all other aspects, for those may rename too. */
export function fixLogicalIds(scope: IConstruct): void {
  Aspects.of(scope).add(ONCE, { priority: AspectPriority.READONLY });
}

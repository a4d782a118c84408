import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The stack that the CDK deploys with this construct. Its name is known at synth. That of a nested stack is not, and a
 * nested stack that refers to the name of its own parent depends on itself.
 */
export function outermostStack(construct: IConstruct): Stack {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}

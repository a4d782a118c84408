import { Stack } from 'aws-cdk-lib';

/** How jsii marks the class of the package cdk-stacksets, which this package does not depend on. */
const JSII_TYPE = Symbol.for('jsii.rtti');
const STACK_SET_STACK = 'cdk-stacksets.StackSetStack';

/** Whether a stack is the template of a StackSet, by cdk-stacksets. */
export function isStackSetStack(stack: Stack): boolean {
  for (let type = Object.getPrototypeOf(stack); type; type = Object.getPrototypeOf(type)) {
    const marked = Object.getOwnPropertyDescriptor(type.constructor, JSII_TYPE)?.value;
    if (marked?.fqn === STACK_SET_STACK) return true;
  }
  return false;
}

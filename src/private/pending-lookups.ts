import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Whether values of the app can be dummies, because a context lookup is pending. The CDK CLI runs the app once to
 * collect the lookups, and again with their values. An app that throws in the first pass is never run again.
 *
 * A dummy can be any value: `StringParameter.valueFromLookup()` lets the app choose it. So the check is not by value.
 * The CDK keeps the lookups in a private field; without the field, values are checked in each pass.
 */
export function lookupsArePending(scope: IConstruct): boolean {
  return scope.node.root.node
    .findAll()
    .some((construct) => Stack.isStack(construct) && (construct as unknown as PendingLookups)._missingContext?.length);
}

interface PendingLookups {
  readonly _missingContext?: readonly unknown[];
}

/** A problem with values that an app can look up; undefined while they can be dummies. */
export function problemWithValues(scope: IConstruct, problem: string | undefined): string | undefined {
  return problem && lookupsArePending(scope) ? undefined : problem;
}

import { Annotations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Adds a warning that can be acknowledged in code, or by a context key of the same name. The CDK CLI has no other way:
 * `cdk acknowledge` accepts the numbers of notices only.
 *
 * @param id - without the prefix that all warnings of this library have
 * @param message - what is wrong and what to do, as sentences
 */
export function warn(scope: IConstruct, id: string, message: string): void {
  const warning = `cdk-access-key-rotation:${id}`;
  const accepted = scope.node.tryGetContext(warning);
  if (accepted && accepted !== 'false') return;
  Annotations.of(scope).addWarningV2(
    warning,
    `${message} To accept this, call Annotations.of(rotation).acknowledgeWarning('${warning}')`
      + ` or run the CDK CLI with "--context ${warning}=accepted".`,
  );
}

/** One warning for all unknown options of an object and of the values in it. */
export function warnOfUnknownOptions(scope: IConstruct, place: string, found: readonly string[]): void {
  if (found.length === 0) return;
  const message = `${place}: ${found.join(' ')} An unknown option has no effect: correct or remove it.`;
  warn(scope, 'unknownOption', message);
}

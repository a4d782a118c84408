/**
 * Which ARN of the function serves what: the alias serves CloudFormation, every other ARN serves checks and people. A
 * permission opens one of them, because Lambda evaluates policies with the ARN that the caller names.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { fieldsOf } from './fields';
import { describeValue } from './foreign-text';
import { FIRST_KEY_ALIAS, FIRST_KEY_TYPE } from '../../contract/settings';

export function isFirstKeyRequest(event: unknown): event is CloudFormationCustomResourceEvent {
  return fieldsOf(event).ResourceType === FIRST_KEY_TYPE;
}

/**
 * @param invokedArn - `invokedFunctionArn` of the context: with the version or alias that the caller named
 * @returns which ARN an event was sent to and what came; undefined if this ARN serves it
 */
export function refusedQualifier(invokedArn: string | undefined, event: unknown): string | undefined {
  const qualifier = invokedArn?.split(':')[7];
  if (qualifier === FIRST_KEY_ALIAS) {
    if (isFirstKeyRequest(event)) return undefined;
    return (
      `${describe(event)} was sent to the alias "${qualifier}" of the function, which serves only CloudFormation's requests of the type ${FIRST_KEY_TYPE}, and nothing was changed.`
      + ' Send it to the function without a qualifier'
    );
  }
  if (!isFromCloudFormation(event)) return undefined;
  const target =
    qualifier === undefined ? 'the function without a qualifier' : `the function with the qualifier "${qualifier}"`;
  return (
    `${describe(event)} was sent to ${target}, which serves no request of CloudFormation, and nothing was changed.`
    + ` The "ServiceToken" of a resource is the alias "${FIRST_KEY_ALIAS}": deploy the template of the rotation`
  );
}

/** As the CDK derives it from the path of a first key. No secret has this form, so an error and the log may have it. */
export function isLogicalId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9]{0,239}FirstKey(?:[0-9A-F]{8})?$/.test(value);
}

/** Any request of CloudFormation, also of a type that is not ours. */
function isFromCloudFormation(event: unknown): boolean {
  return ['RequestType', 'ResourceType', 'ResponseURL'].some((field) => field in fieldsOf(event));
}

/** Fields that say what an event is. Others can hold a credential, as the response URL of CloudFormation does. */
const SHOWN = ['action', 'username', 'source', 'detail-type', 'RequestType', 'ResourceType', 'LogicalResourceId'];

function describe(event: unknown): string {
  const fields = fieldsOf(event);
  const values = { ...fields, Username: fieldsOf(fields.ResourceProperties).Username };
  const shown = [...SHOWN, 'Username'].flatMap((name) => {
    const value: unknown = values[name as keyof typeof values];
    if (value === undefined) return [];
    const isKnown = value === FIRST_KEY_TYPE || (name === 'LogicalResourceId' && isLogicalId(value));
    return [`"${name}": ${isKnown ? JSON.stringify(value) : describeValue(value)}`];
  });
  return shown.length === 0 ? 'an event without a known field' : `an event with ${shown.join(', ')}`;
}

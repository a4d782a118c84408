import { Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Notification, NotificationEvent, DETAIL_TYPES, EVENT_SOURCE } from '../contract/notifications';
import { ON_EVENT_OPTIONS } from '../private/cdk-shapes';
import { checkOptions, checkShape, isObject, isSet, STRING } from '../private/shape';

/** A rule that matches the named events of one rotation, or all events if none is named. */
export function ruleForEvents(
  scope: Construct,
  id: string,
  owner: string,
  options: events.OnEventOptions | undefined,
  ...names: NotificationEvent[]
): events.Rule {
  const place = `AccessKeyRotation ${scope.node.path}, on…()`;
  checkShape(place, 'id', id, STRING);
  const { eventPattern, target, ...ruleOptions } = checkOptions(place, 'options', options, ON_EVENT_OPTIONS);
  const own: events.EventPattern = {
    source: [EVENT_SOURCE],
    // A bus can receive events of other accounts, which can have the name of this rotation.
    account: [Stack.of(scope).account],
    ...(names.length > 0 && { detailType: names.map((event) => DETAIL_TYPES[event]) }),
    detail: { rotation: [owner] } satisfies Partial<Record<keyof Notification, string[]>>,
  };
  const problem = wideningProblem(fieldsOf(own), fieldsOf(eventPattern));
  if (problem) throw new Error(`${place}: options.eventPattern.${problem}`);
  const rule = new events.Rule(scope, id, { ...ruleOptions, eventPattern: own });
  // Added second: addEventPattern() mutates the pattern of the constructor, and the caller may reuse its own pattern.
  if (eventPattern) rule.addEventPattern(eventPattern);
  rule.addTarget(target);
  return rule;
}

type PatternFields = readonly (readonly [path: string, value: unknown])[];

/**
 * The fields of a pattern that have values, such as `detail.rotation`. An alternative of `$or` has fields of the level
 * above it: EventBridge matches such a field instead of the same one outside of `$or`.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
function fieldsOf(pattern: unknown, level = ''): PatternFields {
  return Object.entries(pattern ?? {}).flatMap(([name, value]): PatternFields => {
    if (name === '$or' && Array.isArray(value)) return value.flatMap((alternative) => fieldsOf(alternative, level));
    // Both are `detail-type` in the template.
    const path = level + (level === '' && name === 'detail-type' ? 'detailType' : name);
    const isLevel = isObject(value) && !Array.isArray(value) && !Token.isUnresolved(value);
    return isLevel ? fieldsOf(value, `${path}.`) : [[path, value]];
  });
}

/** The CDK unites the lists of two patterns, so a field of both would match more events than each of them. */
function wideningProblem(own: PatternFields, given: PatternFields): string | undefined {
  const paths = own.map(([path]) => path);
  const widening = given.find(([path, value]) => isSet(value) && paths.includes(path));
  if (!widening) return undefined;
  const [path, value] = widening;
  return (
    `${path} is ${JSON.stringify(value)}, but the rule sets ${paths.join(', ')} itself, and would match the events of both lists.`
    + " Omit the field. Others restrict the rule, such as { detail: { username: ['alice'] } }."
  );
}

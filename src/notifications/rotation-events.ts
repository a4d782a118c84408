import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Notification, NotificationEvent, DETAIL_TYPES, EVENT_SOURCE } from '../contract/notifications';
import { ON_EVENT_OPTIONS } from '../private/cdk-shapes';
import { checkOptions, checkShape, STRING } from '../private/shape';

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
  const detail = { rotation: [owner] } satisfies Partial<Record<keyof Notification, string[]>>;
  const rule = new events.Rule(scope, id, {
    ...ruleOptions,
    eventPattern: {
      source: [EVENT_SOURCE],
      // A bus can receive events of other accounts, which can have the name of this rotation.
      account: [Stack.of(scope).account],
      ...(names.length > 0 && { detailType: names.map((event) => DETAIL_TYPES[event]) }),
      detail,
    },
  });
  // Added second: addEventPattern() mutates the pattern of the constructor, and the caller may reuse its own pattern.
  if (eventPattern) rule.addEventPattern(eventPattern);
  rule.addTarget(target);
  return rule;
}

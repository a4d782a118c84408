import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Notification, NotificationEvent, DETAIL_TYPES, EVENT_SOURCE } from '../contract/notifications';

/** A rule that matches the named events of one rotation, or all events if none is named. */
export function ruleForEvents(
  scope: Construct,
  id: string,
  owner: string,
  options: events.OnEventOptions,
  ...names: Exclude<NotificationEvent, 'digest'>[]
): events.Rule {
  const { eventPattern, target, ...ruleOptions } = options;
  const detail = { rotation: [owner] } satisfies Partial<Record<keyof Notification, string[]>>;
  const rule = new events.Rule(scope, id, {
    ...ruleOptions,
    eventPattern: {
      source: [EVENT_SOURCE],
      ...(names.length > 0 && { detailType: names.map((event) => DETAIL_TYPES[event]) }),
      detail,
    },
  });
  // Added second: addEventPattern() mutates the pattern of the constructor, and the caller may reuse its own pattern.
  if (eventPattern) rule.addEventPattern(eventPattern);
  rule.addTarget(target);
  return rule;
}

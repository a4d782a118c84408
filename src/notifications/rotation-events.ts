import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Notification, NotificationEvent, DETAIL_TYPES, EVENT_SOURCE } from '../contract/notifications';

/** A rule for the events of one rotation: for those named, or for all. */
export function ruleForEvents(
  scope: Construct,
  id: string,
  owner: string,
  options: events.OnEventOptions,
  ...only: Exclude<NotificationEvent, 'digest'>[]
): events.Rule {
  const { eventPattern, target, ...ruleOptions } = options;
  const detail = { rotation: [owner] } satisfies Partial<Record<keyof Notification, string[]>>;
  const rule = new events.Rule(scope, id, {
    ...ruleOptions,
    eventPattern: {
      source: [EVENT_SOURCE],
      ...(only.length > 0 && { detailType: only.map((event) => DETAIL_TYPES[event]) }),
      detail,
    },
  });
  // Second, for addEventPattern() writes into what was there first: the caller's pattern may serve for several rules.
  if (eventPattern) rule.addEventPattern(eventPattern);
  rule.addTarget(target);
  return rule;
}

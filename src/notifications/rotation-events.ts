import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Announcement, AnnouncementEvent, DETAIL_TYPES, EVENT_SOURCE } from '../contract/announcements';

/** A rule for the events of one rotation: for those named, or for all. */
export function ruleForEvents(
  scope: Construct,
  id: string,
  owner: string,
  options: events.OnEventOptions,
  ...told: Exclude<AnnouncementEvent, 'digest'>[]
): events.Rule {
  const { eventPattern, target, ...ruleOptions } = options;
  const detail = { rotation: [owner] } satisfies Partial<Record<keyof Announcement, string[]>>;
  const rule = new events.Rule(scope, id, {
    ...ruleOptions,
    eventPattern: {
      source: [EVENT_SOURCE],
      ...(told.length > 0 && { detailType: told.map((event) => DETAIL_TYPES[event]) }),
      detail,
    },
  });
  // Second, for addEventPattern() writes into what was there first: the caller's pattern may serve for several rules.
  if (eventPattern) rule.addEventPattern(eventPattern);
  rule.addTarget(target);
  return rule;
}

import { createHash } from 'crypto';
import { Names, Token } from 'aws-cdk-lib';
import { ITopic, TopicSubscriptionConfig } from 'aws-cdk-lib/aws-sns';

/** What people call an endpoint by. An ARN that is only known when it is deployed says nothing to them. */
export function nameOf({ endpoint, subscriberScope, protocol }: TopicSubscriptionConfig): string {
  if (!Token.isUnresolved(endpoint)) return endpoint;
  return subscriberScope?.node.path ?? `an endpoint (${protocol})`;
}

/** What in a subscription of the caller's own leaves no room for the filter policy that its place asks for. */
export function filterProblem(config: TopicSubscriptionConfig, attribute: string): string | undefined {
  if (config.filterPolicyWithMessageBody) {
    return `the subscription of ${nameOf(config)} filters by the body of messages, and SNS filters either by that or by attributes, as the rotation does:`
      + ' use "filterPolicy", with the attributes "event" and "accessKeyId"';
  }
  if (config.filterPolicy?.[attribute]) {
    return `the subscription of ${nameOf(config)} has a filter policy about "${attribute}", which the rotation sets here: leave that attribute out of it`;
  }
  return undefined;
}

/** Whether two subscriptions of an endpoint can be one: they differ in nothing, or in which messages they get. */
export function sameDelivery(one: TopicSubscriptionConfig, other: TopicSubscriptionConfig): boolean {
  const comparable = ({ subscriberScope, deadLetterQueue, subscriptionDependency, ...options }: TopicSubscriptionConfig) =>
    JSON.stringify({ ...options, scope: subscriberScope?.node.path, deadLetterQueue: deadLetterQueue?.node.path });
  return comparable(one) === comparable(other);
}

/**
 * From what the subscriber asks for, or from the endpoint, and never from the order of a list. What a function asks for is
 * the ID of the topic's construct, and that is the same in all rotations: so the topic's path is in it.
 */
export function constructIdOf({ subscriberScope, subscriberId, protocol, endpoint }: TopicSubscriptionConfig, key: string, topic: ITopic): string {
  if (subscriberScope && !Token.isUnresolved(subscriberId)) {
    const topicId = Names.nodeUniqueId(topic.node);
    return subscriberId === topicId ? subscriberId : `${topicId}-${subscriberId}`;
  }
  const readable = Token.isUnresolved(endpoint) ? protocol : endpoint.replace(/[^\w.@-]/g, '_').slice(0, 64);
  return `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

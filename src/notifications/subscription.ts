import { Lazy, Names, Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IConstruct } from 'constructs';
import { NotificationEvent } from '../contract/notifications';
import { shortHash } from '../private/hash';
import { neverRetain } from '../private/never-retained';
import { inOrder } from '../private/order';

/**
 * Combinations of values in a filter policy; the alternatives of an `$or` add up.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
const MAX_COMBINATIONS = 150;

/** Attributes in a filter policy: see the same page. */
const MAX_ATTRIBUTES = 5;

/** A user that notifications are about. */
export interface NotifiedUser extends IConstruct {
  readonly userName: string;
}

/** The notifications that a recipient receives: those about one user, or those of some events of all users. */
export type Audience = { readonly user: NotifiedUser } | { readonly events: readonly NotificationEvent[] };

/** The subscription of one endpoint. Its filter policy matches all notifications that the endpoint receives. */
export class FilteredSubscription {
  private readonly users = new Set<NotifiedUser>();
  private readonly events = new Set<NotificationEvent>();
  private readonly callerFilter: Record<string, any[]>;

  constructor(
    scope: Construct,
    id: string,
    topic: sns.ITopic,
    public readonly config: sns.TopicSubscriptionConfig,
  ) {
    this.callerFilter = Object.fromEntries(
      Object.entries(config.filterPolicy ?? {}).map(([name, { conditions }]) => [name, conditions]),
    );
    const subscription = new sns.Subscription(scope, id, { ...config, topic, filterPolicy: undefined });
    const resource = subscription.node.defaultChild as sns.CfnSubscription;
    // Lazy, because users can be added later. The property of the L2 is evaluated in its constructor.
    resource.filterPolicy = Lazy.any({ produce: () => this.filterPolicy });
    neverRetain(resource);
    if (config.subscriptionDependency) subscription.node.addDependency(config.subscriptionDependency);
  }

  public add(audience: Audience): void {
    if ('user' in audience) this.users.add(audience.user);
    else audience.events.forEach((event) => this.events.add(event));
  }

  /** The quotas that the filter policy exceeds. SNS would refuse it only during the deploy. */
  public problems(): string[] {
    const name = nameOf(this.config);
    const fix = 'Use different recipients for some users, or remove conditions from its own filter policy';
    const attributes = Object.keys(this.callerFilter).length + this.alternatives.length;
    const alternatives = this.users.size + this.events.size;
    const combinations = Object.values(this.callerFilter).reduce(
      (product, { length }) => product * length,
      alternatives,
    );
    const counts = [
      { count: attributes, what: 'attributes', limit: MAX_ATTRIBUTES },
      { count: combinations, what: 'combinations of values', limit: MAX_COMBINATIONS },
    ];
    return counts
      .filter(({ count, limit }) => count > limit)
      .map(
        ({ count, what, limit }) =>
          `the filter policy of ${name} has ${count} ${what}, but SNS allows up to ${limit}. ${fix}`,
      );
  }

  /** Sorted, so that the template does not depend on the order of users and recipients. */
  private get alternatives(): object[] {
    const users = inOrder(this.users);
    return [
      ...(users.length === 0 ? [] : [{ username: users.map(({ userName }) => userName) }]),
      ...(this.events.size === 0 ? [] : [{ event: [...this.events].sort() }]),
    ];
  }

  private get filterPolicy(): object {
    const { callerFilter, alternatives } = this;
    return alternatives.length === 1 ? { ...callerFilter, ...alternatives[0] } : { ...callerFilter, $or: alternatives };
  }
}

/** The name of an endpoint in messages: a token would not be readable. */
export function nameOf({ endpoint, subscriberScope, protocol }: sns.TopicSubscriptionConfig): string {
  if (!Token.isUnresolved(endpoint)) return endpoint;
  return subscriberScope?.node.path ?? `an endpoint (${protocol})`;
}

/** Why the filter policy of a caller's subscription conflicts with the filter of the rotation, or undefined. */
export function filterProblem(config: sns.TopicSubscriptionConfig, attribute: string): string | undefined {
  if (config.filterPolicyWithMessageBody) {
    return (
      `the subscription of ${nameOf(config)} filters by the body of messages, but the rotation filters by attributes, and SNS supports only one of both.`
      + ' Use "filterPolicy" with the attributes "event" and "accessKeyId"'
    );
  }
  if (config.filterPolicy?.[attribute]) {
    return `the subscription of ${nameOf(config)} has a filter policy about "${attribute}", an attribute that the rotation sets. Remove it from the filter policy`;
  }
  return undefined;
}

/** Whether one subscription can serve both: all options are equal, including the filter policy of the caller. */
export function hasSameDelivery(one: sns.TopicSubscriptionConfig, other: sns.TopicSubscriptionConfig): boolean {
  const comparable = ({
    subscriberScope,
    deadLetterQueue,
    subscriptionDependency,
    ...options
  }: sns.TopicSubscriptionConfig) =>
    JSON.stringify({ ...options, scope: subscriberScope?.node.path, deadLetterQueue: deadLetterQueue?.node.path });
  return comparable(one) === comparable(other);
}

/**
 * The ID that the subscriber requests, or one from the endpoint, so that it does not depend on the order of a list. A
 * function requests the ID of the topic construct, which is the same in all rotations, so the topic's path is added.
 */
export function constructIdOf(
  { subscriberScope, subscriberId, protocol, endpoint }: sns.TopicSubscriptionConfig,
  key: string,
  topic: sns.ITopic,
): string {
  if (subscriberScope && !Token.isUnresolved(subscriberId)) {
    const topicId = Names.nodeUniqueId(topic.node);
    return subscriberId === topicId ? subscriberId : `${topicId}-${subscriberId}`;
  }
  const readable = Token.isUnresolved(endpoint) ? protocol : endpoint.replace(/[^\w.@-]/g, '_').slice(0, 64);
  return `${readable}-${shortHash(key)}`;
}

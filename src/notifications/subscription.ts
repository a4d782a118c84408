import { Lazy, Names, Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IConstruct } from 'constructs';
import { NotificationEvent } from '../contract/notifications';
import { shortHash } from '../private/hash';
import { inOrder } from '../private/order';

/** SNS: "The total combination of values in a filter policy must not exceed 150." Alternatives of an `$or` add up. */
const MAX_COMBINATIONS = 150;

/** SNS: "A filter policy can have a maximum of five keys." */
const MAX_KEYS = 5;

/** Whom messages are about. */
export interface NotifiedUser extends IConstruct {
  readonly userName: string;
}

/** Which messages a recipient is to get: those about a user, or those of some events, whoever they are about. */
export type Audience = { readonly user: NotifiedUser } | { readonly events: readonly NotificationEvent[] };

/** One endpoint, and all that it is to get. */
export class FilteredSubscription {
  private readonly users = new Set<NotifiedUser>();
  private readonly events = new Set<NotificationEvent>();
  private readonly ownFilter: Record<string, any[]>;

  constructor(
    scope: Construct,
    id: string,
    topic: sns.ITopic,
    public readonly config: sns.TopicSubscriptionConfig,
  ) {
    this.ownFilter = Object.fromEntries(
      Object.entries(config.filterPolicy ?? {}).map(([name, { conditions }]) => [name, conditions]),
    );
    const subscription = new sns.Subscription(scope, id, { ...config, topic, filterPolicy: undefined });
    // Not by the L2's property, which is read at once: users can be added later.
    (subscription.node.defaultChild as sns.CfnSubscription).filterPolicy = Lazy.any({
      produce: () => this.filterPolicy,
    });
    if (config.subscriptionDependency) subscription.node.addDependency(config.subscriptionDependency);
  }

  public add(audience: Audience): void {
    if ('user' in audience) this.users.add(audience.user);
    else audience.events.forEach((event) => this.events.add(event));
  }

  /** What SNS would refuse, in the middle of a deploy. */
  public problems(): string[] {
    const name = nameOf(this.config);
    const fix = 'let the users have different recipients, or leave out some of its own filter policy';
    const keys = Object.keys(this.ownFilter).length + this.alternatives.length;
    const alternatives = this.users.size + this.events.size;
    const combinations = Object.values(this.ownFilter).reduce((product, { length }) => product * length, alternatives);
    const counts = [
      { count: keys, what: 'attributes', limit: MAX_KEYS },
      { count: combinations, what: 'combinations of values', limit: MAX_COMBINATIONS },
    ];
    return counts
      .filter(({ count, limit }) => count > limit)
      .map(
        ({ count, what, limit }) => `the filter policy of ${name} has ${count} ${what}, and SNS takes ${limit}: ${fix}`,
      );
  }

  /** In an order of its own, so that the order of users and recipients changes nothing in the template. */
  private get alternatives(): object[] {
    const users = inOrder(this.users);
    return [
      ...(users.length === 0 ? [] : [{ username: users.map(({ userName }) => userName) }]),
      ...(this.events.size === 0 ? [] : [{ event: [...this.events].sort() }]),
    ];
  }

  private get filterPolicy(): object {
    const { ownFilter, alternatives } = this;
    return alternatives.length === 1 ? { ...ownFilter, ...alternatives[0] } : { ...ownFilter, $or: alternatives };
  }
}

/** What people call an endpoint by. An ARN that is only known when it is deployed says nothing to them. */
export function nameOf({ endpoint, subscriberScope, protocol }: sns.TopicSubscriptionConfig): string {
  if (!Token.isUnresolved(endpoint)) return endpoint;
  return subscriberScope?.node.path ?? `an endpoint (${protocol})`;
}

/** What in a subscription of the caller's own leaves no room for the filter policy that its place asks for. */
export function filterProblem(config: sns.TopicSubscriptionConfig, attribute: string): string | undefined {
  if (config.filterPolicyWithMessageBody) {
    return (
      `the subscription of ${nameOf(config)} filters by the body of messages, and SNS filters either by that or by attributes, as the rotation does:`
      + ' use "filterPolicy", with the attributes "event" and "accessKeyId"'
    );
  }
  if (config.filterPolicy?.[attribute]) {
    return `the subscription of ${nameOf(config)} has a filter policy about "${attribute}", which the rotation sets here: leave that attribute out of it`;
  }
  return undefined;
}

/** Whether two subscriptions of an endpoint can be one: they differ in nothing, or in which messages they get. */
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
 * From what the subscriber asks for, or from the endpoint, and never from the order of a list. What a function asks for
 * is the ID of the topic's construct, and that is the same in all rotations: so the topic's path is in it.
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

import { Lazy } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { nameOf } from './subscription-config';
import { AnnouncementEvent } from '../contract/settings';
import { RotatedUser } from '../users/rotated-user';

/** SNS: "The total combination of values in a filter policy must not exceed 150." The alternatives of an `$or` add up. */
const MAX_COMBINATIONS = 150;

/** SNS: "A filter policy can have a maximum of five keys." */
const MAX_KEYS = 5;

/** Which messages a recipient is to get: those about a user, or those of some events, whoever they are about. */
export type Audience = { readonly user: RotatedUser } | { readonly events: readonly AnnouncementEvent[] };

/** One endpoint, and all that it is to get. */
export class FilteredSubscription {
  private readonly users = new Set<RotatedUser>();
  private readonly events = new Set<AnnouncementEvent>();
  private readonly own: Record<string, any[]>;

  constructor(scope: Construct, id: string, topic: sns.ITopic, public readonly config: sns.TopicSubscriptionConfig) {
    this.own = Object.fromEntries(Object.entries(config.filterPolicy ?? {}).map(([name, { conditions }]) => [name, conditions]));
    const subscription = new sns.Subscription(scope, id, { ...config, topic, filterPolicy: undefined });
    // Not by the L2's property, which is read at once: users can be added later.
    (subscription.node.defaultChild as sns.CfnSubscription).filterPolicy = Lazy.any({ produce: () => this.filterPolicy });
    if (config.subscriptionDependency) subscription.node.addDependency(config.subscriptionDependency);
  }

  public add(audience: Audience): void {
    if ('user' in audience) this.users.add(audience.user);
    else audience.events.forEach((event) => this.events.add(event));
  }

  /** What SNS would refuse, in the middle of a deploy. */
  public problems(): string[] {
    const name = nameOf(this.config);
    const wayOut = 'let the users have different recipients, or leave out some of its own filter policy';
    const keys = [...Object.keys(this.own), ...this.alternatives.flatMap(Object.keys)].length;
    const combinations = Object.values(this.own).reduce((product, { length }) => product * length, this.users.size + this.events.size);
    return [
      ...(keys <= MAX_KEYS ? [] : [`the filter policy of ${name} has ${keys} attributes, and SNS takes ${MAX_KEYS}: ${wayOut}`]),
      ...(combinations <= MAX_COMBINATIONS ? [] : [`the filter policy of ${name} has ${combinations} combinations of values, and SNS takes ${MAX_COMBINATIONS}: ${wayOut}`]),
    ];
  }

  /** In an order of its own, so that the order of users and recipients changes nothing in the template. */
  private get alternatives(): object[] {
    const users = [...this.users].sort((a, b) => a.node.id < b.node.id ? -1 : 1);
    return [
      ...(users.length === 0 ? [] : [{ username: users.map(({ userName }) => userName) }]),
      ...(this.events.size === 0 ? [] : [{ event: [...this.events].sort() }]),
    ];
  }

  private get filterPolicy(): object {
    const { own, alternatives } = this;
    return alternatives.length === 1 ? { ...own, ...alternatives[0] } : { ...own, $or: alternatives };
  }
}

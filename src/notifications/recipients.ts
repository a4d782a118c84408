import { Stack, Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DigestSchedule } from './digest-schedule';
import { Recipient } from './recipient';
import {
  Audience,
  constructIdOf,
  FilteredSubscription,
  filterProblem,
  nameOf,
  NotifiedUser,
  hasSameDelivery,
} from './subscription';
import { NotificationAttributes, NotificationEvent } from '../contract/notifications';
import { RotationFunction } from '../function/rotation-function';
import { CheckScheduler } from '../schedule/check-scheduler';

/** SNS: "By default, you can have up to 200 filter policies per topic." A synth cannot count the 10,000 per account. */
const MAX_FILTER_POLICIES = 200;

const SAME_OBJECT = 'If its endpoint is a recipient already, pass the same object here and there';
const ONE_PLACE =
  'make it a recipient instead of calling topic.addSubscription(), and give each rotation a topic of its own';

interface Bound {
  readonly config: sns.TopicSubscriptionConfig;
  /** What SNS tells subscriptions apart by, the same in every synth. */
  readonly key: string;
}

/**
 * Who is subscribed to the topic. SNS takes an endpoint once for each topic, and refuses it with another filter policy:
 * so there is one subscription for each endpoint, however many users share it.
 */
export class Recipients extends Construct {
  private readonly bound = new Map<sns.ITopicSubscription, Bound>();
  /** By key, the first that was bound. */
  private readonly first = new Map<string, sns.TopicSubscriptionConfig>();
  private readonly subscriptions = new Map<string, FilteredSubscription>();
  private readonly digest: DigestSchedule;
  private users = 0;

  constructor(
    scope: Construct,
    id: string,
    private readonly topic: sns.ITopic,
    private readonly rotation: RotationFunction,
    scheduler: CheckScheduler,
  ) {
    super(scope, id);
    this.digest = new DigestSchedule(this, scheduler, this);
    this.node.addValidation({
      validate: () => [
        ...(this.count > MAX_FILTER_POLICIES ? [this.quotaProblems()] : []),
        ...this.duplicates(),
        ...[...this.subscriptions.values()].flatMap((subscription) => subscription.problems()),
      ],
    });
  }

  /** Why recipients cannot be added, and the fix. `attribute` is what their filter policy goes by. */
  public problemWith(recipients: readonly Recipient[], attribute: keyof NotificationAttributes): string | undefined {
    for (const { _subscription } of recipients) {
      try {
        const bound = this.bind(_subscription);
        const problem = filterProblem(bound.config, attribute) ?? this.conflict(bound);
        if (problem) return problem;
      } catch (error) {
        return `a recipient cannot be subscribed, ${(error as Error).message}. ${SAME_OBJECT}`;
      }
    }
    return undefined;
  }

  /** Recipients of some events, whoever they are about. */
  public addForEvents(recipients: readonly Recipient[], events: readonly NotificationEvent[]): void {
    this.add(recipients, { events });
  }

  /** For every user, with recipients of its own or without: the digest is about all users. */
  public addUser(user: NotifiedUser, recipients: readonly Recipient[]): void {
    this.add(recipients, { user });
    this.users++;
    if (this.subscriptions.size > 0) this.digest.ensureParts(this.users);
  }

  private add(recipients: readonly Recipient[], audience: Audience): void {
    for (const { _subscription } of recipients) {
      const bound = this.bind(_subscription);
      (this.subscriptions.get(bound.key) ?? this.subscribe(bound)).add(audience);
    }
  }

  /** How many subscriptions the rotation makes. */
  public get count(): number {
    return this.subscriptions.size;
  }

  /**
   * What the subscriptions lead to, as far as this stack can name it: an endpoint that another stack makes would have
   * to be there before this stack, and the topic before that endpoint.
   */
  public get endpoints(): string[] {
    return [...this.subscriptions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { config }]) => config)
      .filter((config) => !Token.isUnresolved(config.endpoint) || Stack.of(this.scopeOf(config)) === Stack.of(this))
      .map(({ endpoint }) => endpoint);
  }

  private subscribe({ config, key }: Bound): FilteredSubscription {
    if (this.subscriptions.size === 0) {
      this.rotation.allowListingSubscriptions(this.topic);
      this.digest.ensureParts(this.users);
    }
    const id = constructIdOf(config, key, this.topic);
    const subscription = new FilteredSubscription(this.scopeOf(config), id, this.topic, config);
    this.subscriptions.set(key, subscription);
    return subscription;
  }

  /** Once: to bind a function again is an error, to bind a queue again repeats a statement of its policy. */
  private bind(subscription: sns.ITopicSubscription): Bound {
    const known = this.bound.get(subscription);
    if (known) return known;
    const config = subscription.bind(this.topic);
    const key = JSON.stringify(Stack.of(this).resolve([config.protocol, config.endpoint]));
    this.bound.set(subscription, { config, key });
    if (!this.first.has(key)) this.first.set(key, config);
    return { config, key };
  }

  private conflict({ config, key }: Bound): string | undefined {
    if (!hasSameDelivery(this.first.get(key)!, config)) {
      return `${nameOf(config)} is subscribed with other options already, and SNS takes an endpoint once for each topic. ${SAME_OBJECT}`;
    }
    const id = constructIdOf(config, key, this.topic);
    if (!this.subscriptions.has(key) && this.scopeOf(config).node.tryFindChild(id)) {
      return `${nameOf(config)} is subscribed to the topic already, and SNS takes an endpoint once for each topic: ${ONE_PLACE}`;
    }
    return undefined;
  }

  private scopeOf({ subscriberScope = this }: sns.TopicSubscriptionConfig): Construct {
    return subscriberScope;
  }

  private quotaProblems(): string {
    return (
      `${this.count} endpoints are to be told, and SNS takes ${MAX_FILTER_POLICIES} filter policies for each topic:`
      + ' let users share a recipient (a mailing list, a queue), or spread them over several rotations, each with a topic of its own'
    );
  }

  /** Subscriptions that somebody else makes to the same topic: by `topic.addSubscription()`, or in another rotation. */
  private duplicates(): string[] {
    if (this.count === 0) return [];
    const subscribed = this.node.root.node
      .findAll()
      .filter((construct) => construct instanceof sns.CfnSubscription)
      .filter(({ topicArn }) => topicArn === this.topic.topicArn);
    return [...this.subscriptions.values()].flatMap(({ config }) => {
      const paths = subscribed
        .filter(({ protocol, endpoint }) => protocol === config.protocol && endpoint === config.endpoint)
        .map(({ node }) => node.scope!.node.path);
      if (paths.length <= 1) return [];
      return `${nameOf(config)} is subscribed at ${paths.join(' and ')}, and SNS takes an endpoint once for each topic: ${ONE_PLACE}`;
    });
  }
}

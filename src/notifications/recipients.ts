import { CfnResource, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { DigestFrequency } from './digest-frequency';
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
import { CreatedSubscriptions } from '../contract/settings';
import { hasPolicyInApp } from '../function/kms-permissions';
import { RotationFunction } from '../function/rotation-function';
import { lookupsArePending, problemWithValues } from '../private/pending-lookups';
import { warn } from '../private/warnings';
import { CheckScheduler } from '../schedule/check-scheduler';

/**
 * Default quota: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 * The quota of 10,000 filter policies per account cannot be checked at synth.
 */
const MAX_FILTER_POLICIES = 200;

const ONCE_PER_TOPIC = 'and SNS accepts an endpoint once per topic';
const REUSE_OBJECT_FIX = 'If the endpoint is a recipient already, pass the same Recipient object in each place';
const SUBSCRIBE_ONCE_FIX =
  'Pass it as a recipient instead of calling topic.addSubscription(), and use one topic per rotation';

interface BoundSubscription {
  readonly config: sns.TopicSubscriptionConfig;
  /** Protocol and endpoint, by which SNS identifies a subscription. The same in every synth. */
  readonly key: string;
}

/**
 * The subscriptions to the topic. SNS accepts an endpoint once per topic, and refuses it with another filter policy, so
 * there is one subscription per endpoint for all its users.
 */
export class Recipients extends Construct {
  private readonly bound = new Map<sns.ITopicSubscription, BoundSubscription>();
  /** The first bound configuration of each key. */
  private readonly firstConfig = new Map<string, sns.TopicSubscriptionConfig>();
  private readonly subscriptions = new Map<string, FilteredSubscription>();
  private readonly digest: DigestSchedule;
  private users = 0;
  private digestStarts = false;

  constructor(
    scope: Construct,
    id: string,
    private readonly topic: sns.ITopic,
    private readonly rotation: RotationFunction,
    scheduler: CheckScheduler,
    digestFrequency: DigestFrequency = DigestFrequency.DAILY,
  ) {
    super(scope, id);
    this.digest = new DigestSchedule(this, scheduler, digestFrequency);
    this.node.addValidation({
      validate: () =>
        lookupsArePending(this)
          ? []
          : [
              ...(this.count > MAX_FILTER_POLICIES ? [this.quotaProblem()] : []),
              ...this.duplicateProblems(),
              ...[...this.subscriptions.values()].flatMap((subscription) => subscription.problems()),
            ],
    });
  }

  /** Why recipients cannot be added, and the fix. The rotation filters their notifications by `attribute`. */
  public problemWith(recipients: readonly Recipient[], attribute: keyof NotificationAttributes): string | undefined {
    for (const { _subscription, _problem } of recipients) {
      try {
        const bound = this.bind(_subscription);
        const problem =
          filterProblem(bound.config, attribute) ?? problemWithValues(this, _problem ?? this.conflict(bound));
        if (problem) return problem;
      } catch (error) {
        return `a recipient cannot be subscribed: ${(error as Error).message}. ${REUSE_OBJECT_FIX}`;
      }
    }
    return undefined;
  }

  /** Adds recipients of some events of all users. */
  public addForEvents(recipients: readonly Recipient[], events: readonly NotificationEvent[]): void {
    this.add(recipients, { events });
  }

  /** Call it for each user, also without recipients: the digest is about all users. */
  public addUser(user: NotifiedUser, recipients: readonly Recipient[]): void {
    this.add(recipients, { user });
    this.users++;
    if (this.digestStarts) this.digest.ensureParts(this.users);
  }

  /** Starts the digest. With recipients of any kind it starts by itself, because it also checks their subscriptions. */
  public startDigest(): void {
    if (this.digestStarts) return;
    this.digestStarts = true;
    this.digest.ensureParts(this.users);
  }

  private add(recipients: readonly Recipient[], audience: Audience): void {
    for (const { _subscription } of recipients) {
      const bound = this.bind(_subscription);
      (this.subscriptions.get(bound.key) ?? this.subscribe(bound)).add(audience);
    }
  }

  private get count(): number {
    return this.subscriptions.size;
  }

  private get created(): CreatedSubscriptions {
    const all = [...this.subscriptions.values()].map(({ config }) => config.endpoint);
    const endpoints = all.filter((endpoint) => !Token.isUnresolved(endpoint)).sort();
    return { endpoints, others: all.length - endpoints.length };
  }

  private subscribe({ config, key }: BoundSubscription): FilteredSubscription {
    this.startDigest();
    if (this.count === 0) this.rotation.reportSubscriptions(this.topic, () => this.created);
    const id = constructIdOf(config, key, this.topic);
    const subscription = new FilteredSubscription(this.scopeOf(config), id, this.topic, config);
    this.subscriptions.set(key, subscription);
    this.warnOfQueueKey(config);
    return subscription;
  }

  /** SNS writes to an encrypted queue only if the policy of the key allows it. Policies of roles do not matter. */
  private warnOfQueueKey({ protocol, subscriberScope }: sns.TopicSubscriptionConfig): void {
    const key =
      protocol === sns.SubscriptionProtocol.SQS && (subscriberScope as sqs.IQueue | undefined)?.encryptionMasterKey;
    if (!key || hasPolicyInApp(key)) return;
    warn(
      this,
      'queueKeyPolicy',
      `The queue ${subscriberScope!.node.path} is encrypted with a KMS key whose policy this app does not set, so it can refuse notifications.`
        + ' Allow kms:Decrypt and kms:GenerateDataKey to the service principal sns.amazonaws.com in the policy of the key, which must be a customer managed key.',
    );
  }

  /** Binds once: a second bind() of a function is an error, and that of a queue adds a second policy statement. */
  private bind(subscription: sns.ITopicSubscription): BoundSubscription {
    const existing = this.bound.get(subscription);
    if (existing) return existing;
    const config = subscription.bind(this.topic);
    const key = JSON.stringify(Stack.of(this).resolve([config.protocol, config.endpoint, this.otherStackOf(config)]));
    this.bound.set(subscription, { config, key });
    if (!this.firstConfig.has(key)) this.firstConfig.set(key, config);
    return { config, key };
  }

  /**
   * The path of another stack that creates the endpoint. Logical IDs are unique in one stack only: queues of two stacks
   * can have the same one.
   */
  private otherStackOf({ endpoint }: sns.TopicSubscriptionConfig): string | undefined {
    const token = Token.isUnresolved(endpoint) ? Tokenization.reverse(endpoint, { failConcat: false }) : undefined;
    if (!Reference.isReference(token)) return undefined;
    const stack = Stack.of(token.target);
    return stack === Stack.of(this) ? undefined : stack.node.path;
  }

  private conflict({ config, key }: BoundSubscription): string | undefined {
    if (!hasSameDelivery(this.firstConfig.get(key)!, config)) {
      return `${nameOf(config)} is subscribed with other options already, ${ONCE_PER_TOPIC}. ${REUSE_OBJECT_FIX}`;
    }
    const id = constructIdOf(config, key, this.topic);
    if (!this.subscriptions.has(key) && this.scopeOf(config).node.tryFindChild(id)) {
      return `${nameOf(config)} is subscribed to the topic already, ${ONCE_PER_TOPIC}. ${SUBSCRIBE_ONCE_FIX}`;
    }
    return undefined;
  }

  private scopeOf({ subscriberScope = this }: sns.TopicSubscriptionConfig): Construct {
    return subscriberScope;
  }

  private quotaProblem(): string {
    return (
      `there are ${this.count} recipients, but SNS allows up to ${MAX_FILTER_POLICIES} filter policies per topic.`
      + ' Share a recipient (a mailing list, a queue) between users, or use several rotations, each with its own topic'
    );
  }

  /** Subscriptions to the same topic from other code: by `topic.addSubscription()`, or by another rotation. */
  private duplicateProblems(): string[] {
    if (this.count === 0) return [];
    const subscribed = this.node.root.node
      .findAll()
      .filter(isSubscription)
      .filter(({ topicArn }) => topicArn === this.topic.topicArn);
    return [...this.subscriptions.values()].flatMap(({ config }) => {
      const paths = subscribed
        .filter(({ protocol, endpoint }) => protocol === config.protocol && endpoint === config.endpoint)
        .map(({ node }) => node.scope!.node.path);
      if (paths.length <= 1) return [];
      return `${nameOf(config)} is subscribed at ${paths.join(' and ')}, ${ONCE_PER_TOPIC}. ${SUBSCRIBE_ONCE_FIX}`;
    });
  }
}

function isSubscription(construct: IConstruct): construct is sns.CfnSubscription {
  return (
    CfnResource.isCfnResource(construct) && construct.cfnResourceType === sns.CfnSubscription.CFN_RESOURCE_TYPE_NAME
  );
}

import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { BUS_NAME, DIGESTS_A_DAY, MEMBER_ACCOUNTS, ORGANIZATION_ID, SECURITY_TEAM } from './organization';

const SOURCE = 'cdk-access-key-rotation';
const DIGEST = 'Access Key Digest';
const DIGITS = [...'0123456789'];

/** The bus of the organization, the lines that its security team receives, and an alarm for each silent account. */
export class CentralStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const eventBus = new events.EventBus(this, 'Bus', { eventBusName: BUS_NAME });
    eventBus.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AccessKeyEventsOfTheOrganization',
        principals: [new iam.OrganizationPrincipal(ORGANIZATION_ID)],
        actions: ['events:PutEvents'],
        resources: [eventBus.eventBusArn],
        conditions: {
          // The source has one value for each event of a call. Without any, the first condition would be true.
          'ForAllValues:StringEquals': { 'events:source': SOURCE },
          Null: { 'events:source': 'false' },
        },
      }),
    );

    const topic = this.addTopicOfTeam('SecurityTeam');
    // Only the account, which EventBridge sets, and no field of `detail`, which any program of a member account can
    // write. No pattern restricts the text of a field: it also matches a list in which only one value fits.
    const line = (ruleId: string, text: string, eventPattern: events.EventPattern) =>
      new events.Rule(this, ruleId, {
        eventBus,
        eventPattern: { source: [SOURCE], ...eventPattern },
        targets: [
          new targets.SnsTopic(topic, {
            message: events.RuleTargetInput.fromText(`Account ${events.EventField.account}: ${text}.`),
          }),
        ],
      });
    line('Failed', 'a rotation failed', { detail: { event: ['failed'] } });
    line('Blocked', 'a rotation is blocked', { detail: { event: ['blocked'] } });
    line('Exposed', 'an access key is exposed', { detail: { event: ['exposed'] } });
    const some = events.Match.greaterThan(0);
    line('NeedsAttention', 'users need attention, or were not read', {
      detail: { counts: { $or: [{ needAttention: some }, { unread: some }] } },
    });

    // An account that is not in the list has no alarm. EventBridge allows 2,048 characters for a pattern, which is too
    // few for all accounts, so there is one for each first digit. A prefix of 12 digits is one account.
    for (const digit of DIGITS) {
      const others = DIGITS.filter((other) => other !== digit);
      const listed = MEMBER_ACCOUNTS.filter((account) => account.startsWith(digit));
      line(`Unlisted${digit}`, 'it is not in MEMBER_ACCOUNTS, so no alarm reports its silence', {
        account: events.Match.anythingButPrefix(...others, ...listed),
        detailType: [DIGEST],
      });
    }

    const digests = new sns.Topic(this, 'Digests', { enforceSSL: true });
    // Not `topic`: SNS deactivates an email subscription to which a program of a member account sends too much.
    const silence = this.addTopicOfTeam('Silence');
    // A topic with a policy accepts nothing of CloudWatch without this, and `SnsAction` adds nothing.
    silence.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [silence.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    for (const account of MEMBER_ACCOUNTS) {
      const alarm = this.addSilenceAlarm(eventBus, account, digests);
      alarm.addAlarmAction(new actions.SnsAction(silence));
    }
  }

  private addTopicOfTeam(id: string): sns.Topic {
    const topic = new sns.Topic(this, id, { enforceSSL: true });
    topic.addSubscription(new subscriptions.EmailSubscription(SECURITY_TEAM));
    return topic;
  }

  /** An account is silent if a digest is missing on two days: it was not sent, or it did not reach this bus. */
  private addSilenceAlarm(eventBus: events.IEventBus, account: string, digests: sns.ITopic): cloudwatch.Alarm {
    const ruleName = `access-key-digest-${account}`;
    new events.Rule(this, `Digest${account}`, {
      eventBus,
      ruleName,
      eventPattern: { source: [SOURCE], account: [account], detailType: [DIGEST] },
      // For the metric: EventBridge counts the invocations of a target by rule. A program can subscribe to the topic.
      targets: [new targets.SnsTopic(digests)],
    });
    const received = new cloudwatch.Metric({
      namespace: 'AWS/Events',
      metricName: 'Invocations',
      // Not the `ruleName` of the construct: on a bus with a name, that is `bus|rule`.
      dimensionsMap: { EventBusName: BUS_NAME, RuleName: ruleName },
      statistic: cloudwatch.Stats.SUM,
      period: Duration.days(1),
    });
    return new cloudwatch.Alarm(this, `Silence${account}`, {
      alarmDescription: `An access key digest of account ${account} is missing for two days. See docs/many-accounts.md of ${SOURCE}.`,
      // EventBridge sends no zeros. Without FILL, old datapoints replace the missing ones, and the alarm is days late.
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(received, 0)',
        usingMetrics: { received },
        period: Duration.days(1),
      }),
      threshold: DIGESTS_A_DAY[account] ?? 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      // Before the first digest, there is no metric to fill.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}

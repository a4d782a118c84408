import { Stack, Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { warn } from '../private/warnings';

/** Why a rotation cannot publish to a topic, or undefined. Whether an imported topic is encrypted is not checked. */
export function topicProblem(scope: Construct, topic: sns.ITopic): string | undefined {
  if (topic.fifo) {
    return '"topic" is a FIFO topic, which supports no email subscriptions and requires a message group ID. Pass a standard topic';
  }
  const [topicRegion, stackRegion] = [topic.env.region, Stack.of(scope).region];
  if (!differ(topicRegion, stackRegion)) return undefined;
  return (
    `"topic" is in ${topicRegion}, but the stack is deployed to ${stackRegion}, and SNS accepts messages in the Region of the topic only.`
    + ` Pass a topic in ${stackRegion}, or leave out "topic" to create one`
  );
}

export function warnOfTopicInOtherAccount(scope: Construct, topic: sns.ITopic): void {
  const [topicAccount, stackAccount] = [topic.env.account, Stack.of(scope).account];
  if (!differ(topicAccount, stackAccount)) return;
  warn(
    scope,
    'topicInOtherAccount',
    `The topic belongs to account ${topicAccount}, but the stack is deployed to ${stackAccount}. Use a topic in the same account, or change the policies of the topic.`
      + " The topic's policy must allow sns:Publish to the role of the rotation. With recipients, it must also allow sns:ListSubscriptionsByTopic to that role"
      + ' and sns:Subscribe to the principal that deploys. If the topic is encrypted, its key policy must allow kms:Decrypt and kms:GenerateDataKey to the role.',
  );
}

function differ(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

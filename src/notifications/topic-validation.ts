import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Why a rotation cannot send to a topic, if synth can tell. It cannot tell whether an imported topic is encrypted. */
export function topicProblem(scope: Construct, topic: sns.ITopic): string | undefined {
  if (topic.fifo) {
    return '"topic" is a FIFO topic, which takes no e-mail addresses and wants each message to name a group: pass a standard topic';
  }
  const [topicRegion, stackRegion] = [topic.env.region, Stack.of(scope).region];
  if (!differ(topicRegion, stackRegion)) return undefined;
  return (
    `"topic" is in ${topicRegion}, but the stack is deployed to ${stackRegion}, and a topic takes messages in its own region only:`
    + ` pass a topic in ${stackRegion}, or none to have one made`
  );
}

export function warnOfTopicInOtherAccount(scope: Construct, topic: sns.ITopic): void {
  const [topicRegion, stackRegion] = [topic.env.account, Stack.of(scope).account];
  if (!differ(topicRegion, stackRegion)) return;
  Annotations.of(scope).addWarningV2(
    'cdk-access-key-rotation:topicInOtherAccount',
    `The topic belongs to account ${topicRegion}, but the stack is deployed to ${stackRegion}. Nothing arrives unless the topic's policy allows sns:Publish to the role`
      + ' of the rotation; where there are recipients, it also has to allow sns:ListSubscriptionsByTopic to that role, and sns:Subscribe to whoever deploys.'
      + ' If the topic is encrypted, its key has to allow kms:Decrypt and kms:GenerateDataKey to the role. A topic in the same account needs none of this.',
  );
}

function differ(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { warn } from '../private/warnings';

/**
 * Allows the alarms of the account to publish to a topic. The default policy of a topic does so too, but any statement,
 * such as that of `enforceSSL`, replaces it.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export function allowAlarms(scope: Construct, topic: sns.ITopic): void {
  const statement = (actions: string[], resource: string) =>
    new iam.PolicyStatement({
      actions,
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [resource],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    });
  const onTopic = topic.addToResourcePolicy(statement(['sns:Publish'], topic.topicArn));
  const onKey = topic.masterKey?.addToResourcePolicy(statement(['kms:Decrypt', 'kms:GenerateDataKey*'], '*'), true);
  const missing = [
    ...(onTopic.statementAdded ? [] : ['sns:Publish in the policy of the topic']),
    ...(onKey?.statementAdded === false ? ['kms:Decrypt and kms:GenerateDataKey* in the policy of its KMS key'] : []),
  ];
  if (missing.length === 0) return;
  warn(
    scope,
    'alarmTopicPolicy',
    `The alarms publish to the topic ${topic.node.path}, whose policies this app does not set, so it can refuse them.`
      + ` Allow the service principal cloudwatch.amazonaws.com ${missing.join(', and ')}.`
      + ' The key must be a customer managed key.',
  );
}

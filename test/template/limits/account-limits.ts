/** Default quotas of an account and Region, and limits of a single function or topic. */
import { atMost, bytes, nameOf, sums } from './rule';

/** "Users in an AWS account": 5,000, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const users = atMost(5_000, 'IAM users', (deployment) => [
  { of: 'the account', size: deployment.ofType('AWS::IAM::User').length },
]);

/** "Rules": 300 for each event bus, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
export const rulesOnTheBus = atMost(300, 'rules', (deployment) =>
  sums(
    deployment
      .ofType('AWS::Events::Rule')
      .map((located) => ({ of: `the bus ${deployment.properties(located).EventBusName ?? 'default'}`, size: 1 })),
  ),
);

/** "The number of targets": 5 for each rule, the same page. */
export const targetsOfRule = atMost(5, 'targets', (deployment) =>
  deployment
    .ofType('AWS::Events::Rule')
    .map((located) => ({ of: nameOf(located), size: deployment.properties(located).Targets?.length ?? 0 })),
);

/**
 * "Stack": 2,000 for each account and Region,
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const stacks = atMost(2_000, 'stacks', (deployment) => [{ of: 'the account', size: deployment.stacks.length }]);

/** "Filter policies per topic": 200, https://docs.aws.amazon.com/general/latest/gr/sns.html */
export const filterPolicies = atMost(200, 'filter policies', (deployment) =>
  sums(
    deployment
      .ofType('AWS::SNS::Subscription')
      .map((located) => deployment.properties(located))
      .filter(({ FilterPolicy }) => FilterPolicy)
      .map(({ TopicArn }) => ({ of: TopicArn, size: 1 })),
  ),
);

/**
 * "Environment variables": 4 KB in total, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const environment = atMost(4_096, 'bytes of environment', (deployment) =>
  deployment
    .ofType('AWS::Lambda::Function')
    .map((located) => ({
      of: nameOf(located),
      size: bytes(deployment.properties(located).Environment?.Variables ?? {}),
    })),
);

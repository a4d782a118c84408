/**
 * The maximum size of policies. For IAM, without white space:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import { atMost, bytes, nameOf, Rule, sums } from './rule';
import { Deployment } from '../deployment';

/** "Role policy size cannot exceed 10,240 characters", of all inline policies. */
export const inlineOfRole = atMost(10_240, 'characters of inline policies', (deployment) =>
  inline(deployment, 'AWS::IAM::Role', 'Roles'),
);

/** "User policy size cannot exceed 2,048 characters", of all inline policies. */
export const inlineOfUser = atMost(2_048, 'characters of inline policies', (deployment) =>
  inline(deployment, 'AWS::IAM::User', 'Users'),
);

/** "The size of each managed policy cannot exceed 6,144 characters." */
export const managedPolicy = sizeOf(6_144, 'AWS::IAM::ManagedPolicy', 'PolicyDocument');

/**
 * "Managed policies attached to an IAM role": 10. A policy that an update replaces is attached together with
 * its replacement until the clean-up phase of CloudFormation.
 */
export const managedPoliciesOfRole = atMost(10, 'managed policies during an update', (deployment) =>
  sums([
    ...deployment
      .ofType('AWS::IAM::ManagedPolicy')
      .flatMap((located) => deployment.properties(located).Roles ?? [])
      .map((of: string) => ({ of, size: 2 })),
    ...deployment
      .ofType('AWS::IAM::Role')
      .map((located) => ({
        of: deployment.fill({ Ref: located.id }, located.stack),
        size: deployment.properties(located).ManagedPolicyArns?.length ?? 0,
      })),
  ]),
);

/** "Role trust policy length": 2,048 characters, by default. */
export const trustPolicy = sizeOf(2_048, 'AWS::IAM::Role', 'AssumeRolePolicyDocument');

/**
 * "Resource-based policy": 20,480 characters,
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
export const secretPolicy = sizeOf(20_480, 'AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy');

/** "Function resource-based policy": 20 KB, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const functionPolicy = atMost(20_480, 'bytes of resource policy', (deployment) =>
  sums(
    deployment.ofType('AWS::Lambda::Permission').map((located) => {
      const { Action, FunctionName, Principal, SourceArn } = deployment.properties(located);
      const statement = {
        Sid: 'x'.repeat(100),
        Effect: 'Allow',
        Principal: { Service: Principal },
        Action,
        Resource: FunctionName,
        Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
      };
      return { of: FunctionName, size: bytes(statement) + 1 };
    }),
  ),
);

/** "Statements": 20, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
export const queuePolicyStatements = atMost(20, 'statements', (deployment) =>
  deployment
    .ofType('AWS::SQS::QueuePolicy')
    .map((located) => ({ of: nameOf(located), size: deployment.properties(located).PolicyDocument.Statement.length })),
);

/** The same page, "Bytes": 8,192. */
export const queuePolicy = sizeOf(8_192, 'AWS::SQS::QueuePolicy', 'PolicyDocument');

/**
 * "Bytes": 30 KB, https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
 */
export const topicPolicy = sizeOf(30 * 1024, 'AWS::SNS::TopicPolicy', 'PolicyDocument');

/** "Key policy document size": 32 KB, https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
export const keyPolicy = sizeOf(32 * 1024, 'AWS::KMS::Key', 'KeyPolicy');

/** "Policy documents can contain only" tab, line feed, carriage return, and U+0020 to U+00FF. */
export const policyCharacters: Rule = (deployment) =>
  deployment.resources.flatMap((located) =>
    ['PolicyDocument', 'Policies', 'AssumeRolePolicyDocument', 'ResourcePolicy', 'KeyPolicy']
      .filter((property) => /[^\t\n\r\x20-\xff]/.test(JSON.stringify(located.resource.Properties?.[property] ?? '')))
      .map((property) => `${nameOf(located)}: ${property} has characters beyond U+00FF, IAM allows none`),
  );

/** The maximum size of each document of a type. */
function sizeOf(limit: number, type: string, property: string): Rule {
  return atMost(limit, `bytes of ${property}`, (deployment) =>
    deployment
      .ofType(type)
      .map((located) => ({ of: nameOf(located), size: bytes(deployment.properties(located)[property]) })),
  );
}

/** Inline policies: properties of the principal, and separate resources. */
function inline(deployment: Deployment, type: string, holders: 'Roles' | 'Users') {
  return sums([
    ...deployment
      .ofType(type)
      .flatMap((located) =>
        (deployment.properties(located).Policies ?? []).map(({ PolicyDocument }: any) => ({
          of: deployment.fill({ Ref: located.id }, located.stack),
          size: bytes(PolicyDocument),
        })),
      ),
    ...deployment.ofType('AWS::IAM::Policy').flatMap((located) => {
      const properties = deployment.properties(located);
      return (properties[holders] ?? []).map((of: string) => ({ of, size: bytes(properties.PolicyDocument) }));
    }),
  ]);
}

/**
 * The AWS SDK, as far as it is used. It is bundled by itself first, with short names, and then our code with its own
 * names: see .projenrc.ts. Whatever of these clients is imported elsewhere and not named here, the bundling refuses.
 */
export { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
export {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserTagsCommand,
  StatusType,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
export {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
export {
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  type MessageAttributeValue,
} from '@aws-sdk/client-sns';
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

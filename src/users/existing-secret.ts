import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { literalNameOf } from './literal-name';

/** How the rotation names a secret that it did not create. */
export interface ExistingSecret {
  /** For the list of the Lambda and in messages. */
  readonly name: string;
  /** For policies: it matches the full ARN. */
  readonly arnForPolicies: string;
  /** For the custom resource: the full ARN, or the name. A partial ARN can look like that of another secret. */
  readonly id: string;
}

export function existingSecret(secret: secretsmanager.ISecret): ExistingSecret {
  const { secretArn, secretFullArn } = secret;
  const { CFN_RESOURCE_TYPE_NAME } = secretsmanager.CfnSecret;
  return {
    name:
      literalNameOf(secret, CFN_RESOURCE_TYPE_NAME, ({ name }: secretsmanager.CfnSecret) => name) ?? secret.secretName,
    // Secrets Manager ends each ARN in a hyphen and six random characters.
    arnForPolicies: secretFullArn ?? `${secretArn}-??????`,
    id: secretFullArn ?? secret.secretName,
  };
}

import { CfnResource, Token } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

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
  return {
    name: literalNameOf(secret) ?? secret.secretName,
    // Secrets Manager ends each ARN in a hyphen and six random characters.
    arnForPolicies: secretFullArn ?? `${secretArn}-??????`,
    id: secretFullArn ?? secret.secretName,
  };
}

/** The name of a secret of the same app, which refers to its resource by a token. */
function literalNameOf(secret: secretsmanager.ISecret): string | undefined {
  const resource = secret.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return undefined;
  if (resource.cfnResourceType !== secretsmanager.CfnSecret.CFN_RESOURCE_TYPE_NAME) return undefined;
  const { name } = resource as secretsmanager.CfnSecret;
  return name === undefined || Token.isUnresolved(name) ? undefined : name;
}

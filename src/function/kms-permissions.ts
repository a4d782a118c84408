import { Arn, ArnFormat, CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/** KMS actions that a principal needs to write data that is encrypted with a KMS key. */
export const KMS_WRITE_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** A KMS key, and the Region of what it encrypts if that is not the Region of the stack: the Region of a replica. */
export interface KeyInUse {
  readonly key: kms.IKey;
  readonly region?: string;
}

/**
 * Statements that allow KMS actions only through a service, on behalf of the caller.
 *
 * KMS compares a policy with the ARN of the key: a policy that names an alias permits nothing. The statement names the
 * target key of an alias or, where synth does not know it, has a condition on the aliases of the key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
export function kmsVia(service: 'secretsmanager' | 'sns', actions: string[], keys: KeyInUse[]): iam.PolicyStatement[] {
  // Replicas are read in other Regions, and endpoints in China have another suffix.
  const via = { StringLike: { 'kms:ViaService': [`${service}.*.amazonaws.com`, `${service}.*.amazonaws.com.cn`] } };
  const aliases = keys.map((inUse) => importedAlias(inUse)).filter((alias) => alias !== undefined);
  const keyArns = keys.filter((inUse) => !importedAlias(inUse)).map(({ key }) => targetKey(key).keyArn);
  const statements = [
    { resources: keyArns, conditions: via },
    {
      resources: aliases.map(({ anyKey }) => anyKey),
      conditions: {
        ...via,
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [...new Set(aliases.map(({ name }) => name))] },
      },
    },
  ];
  return statements
    .filter(({ resources }) => resources.length > 0)
    .map(
      ({ resources, conditions }) =>
        new iam.PolicyStatement({ actions, resources: [...new Set(resources)], conditions }),
    );
}

/** An alias without its target key: imported by name, or by its ARN in place of the ARN of a key. */
export interface ImportedAlias {
  readonly name: string;
  /** The ARN of the alias in the Region of its use. */
  readonly arn: string;
  /** Matches the ARNs of all keys that the alias can belong to. */
  readonly anyKey: string;
}

/** Undefined for a key, and for an alias whose target key is known. */
export function importedAlias({ key, region }: KeyInUse): ImportedAlias | undefined {
  const target = targetKey(key);
  const name = isAlias(target) ? target.aliasName : /:(alias\/.+)$/.exec(target.keyArn)?.[1];
  if (name === undefined) return undefined;
  // The ARN of an alias that is imported by name has the Region of the stack.
  const { partition, account, ...own } = Arn.split(target.keyArn, ArnFormat.SLASH_RESOURCE_NAME);
  const prefix = `arn:${partition}:kms:${region ?? own.region}:${account}`;
  return { name, arn: `${prefix}:${name}`, anyKey: `${prefix}:key/*` };
}

/** Whether the app creates the key, so that the CDK can add statements to its policy. */
export function hasPolicyInApp(key: kms.IKey): boolean {
  const resource = targetKey(key).node.defaultChild;
  return CfnResource.isCfnResource(resource) && resource.cfnResourceType === kms.CfnKey.CFN_RESOURCE_TYPE_NAME;
}

function targetKey(key: kms.IKey): kms.IKey {
  if (!isAlias(key)) return key;
  try {
    return targetKey(key.aliasTargetKey);
  } catch {
    return key; // that of Alias.fromAliasName() throws
  }
}

/** By shape: an app can load two copies of the CDK. */
function isAlias(key: kms.IKey): key is kms.IAlias {
  return 'aliasName' in key;
}

import { CfnResource, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * The name of a resource of the same app, which its construct refers to by a token.
 *
 * @param type - the CloudFormation type of the resource
 * @returns undefined if the construct has no such resource, or if its name is not literal
 */
export function literalNameOf<T extends CfnResource>(
  construct: IConstruct,
  type: string,
  nameOf: (resource: T) => string | undefined,
): string | undefined {
  const resource = construct.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== type) return undefined;
  const name = nameOf(resource as T);
  return Token.isUnresolved(name) ? undefined : name;
}

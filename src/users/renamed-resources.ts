import { CfnResource, Token } from 'aws-cdk-lib';
import { CfnUser } from 'aws-cdk-lib/aws-iam';
import { RotatedUser } from './rotated-user';
import { finalProperty } from '../private/final-property';

/**
 * An error for each user and secret with another name than in the list of the Lambda: an aspect of the app, such as one
 * that adds a prefix, has renamed it. The first key would fail in the deploy.
 */
export function renameProblems(users: readonly RotatedUser[]): string[] {
  return users.flatMap((user) => [
    ...renameProblem(userResource(user), 'UserName', user.userName),
    ...renameProblem(user.secretResource, 'Name', user.secretName),
  ]);
}

/** The user that the rotation creates, or that the app creates with a literal name and passes as `user`. */
function userResource({ created, user, userName }: RotatedUser): CfnResource | undefined {
  if (created || Token.isUnresolved(userName)) return created;
  const resource = user.node.defaultChild;
  const isUser = CfnResource.isCfnResource(resource) && resource.cfnResourceType === CfnUser.CFN_RESOURCE_TYPE_NAME;
  return isUser ? resource : undefined;
}

function renameProblem(resource: CfnResource | undefined, property: 'UserName' | 'Name', listed: string): string[] {
  const name = resource ? finalProperty(resource, property) : listed;
  if (name === listed) return [];
  const option = property === 'UserName' ? 'userName' : 'secretName';
  const isLiteral = typeof name === 'string' && !Token.isUnresolved(name);
  const fix = isLiteral ? `Pass "${option}: '${name}'", or exclude` : 'Exclude';
  return [
    `${resource!.node.path}: an aspect or an override changes "${property}" from "${listed}" to ${isLiteral ? `"${name}"` : 'another value'},`
      + ` but the rotation finds it by "${option}". ${fix} the resource from the aspect.`,
  ];
}

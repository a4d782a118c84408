import { CfnResource } from 'aws-cdk-lib';

/** The method of newer CDK versions, which deprecate `addDependency`. Older versions do not have it. */
interface NewerCfnResource {
  addResourceDependency?(target: CfnResource): void;
}

/** Makes CloudFormation create a resource after another one, and delete it before that one. */
export function addResourceDependency(resource: CfnResource, target: CfnResource): void {
  const newer = resource as NewerCfnResource;
  if (newer.addResourceDependency) newer.addResourceDependency(target);
  else resource.addDependency(target);
}

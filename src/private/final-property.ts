import { CfnResource } from 'aws-cdk-lib';

/**
 * A property of a resource as the template will have it. Aspects of the app, such as those of a landing zone, set
 * properties of the L1 resource or override them.
 *
 * @param name - the name in the template, such as `RoleName`
 */
export function finalProperty(resource: CfnResource, name: string): unknown {
  const overrides = (overridesOf(resource).Properties ?? {}) as Record<string, unknown>;
  if (name in overrides) return overrides[name];
  return (resource as unknown as Record<string, unknown>)[propertyOf(name)];
}

/** The removal policy of a resource as the template will have it. */
export function finalPolicy(resource: CfnResource, name: 'DeletionPolicy' | 'UpdateReplacePolicy'): unknown {
  const overrides = overridesOf(resource);
  if (name in overrides) return overrides[name];
  return resource.cfnOptions[propertyOf(name)];
}

/** The CDK has no public method that returns an override. */
function overridesOf(resource: CfnResource): Record<string, unknown> {
  return (resource as unknown as { readonly rawOverrides?: Record<string, unknown> }).rawOverrides ?? {};
}

function propertyOf<Name extends string>(name: Name): Uncapitalize<Name> {
  return `${name[0].toLowerCase()}${name.slice(1)}` as Uncapitalize<Name>;
}

import { CfnResource } from 'aws-cdk-lib';

/**
 * A property of a resource as the template will have it. Aspects of the app, such as those of a landing zone, set
 * properties of the L1 resource or override them. The CDK has no public method that returns an override.
 *
 * @param name - the name in the template, such as `RoleName`
 */
export function finalProperty(resource: CfnResource, name: string): unknown {
  const { rawOverrides } = resource as unknown as { readonly rawOverrides?: { readonly Properties?: object } };
  const overrides = (rawOverrides?.Properties ?? {}) as Record<string, unknown>;
  if (name in overrides) return overrides[name];
  const property = `${name[0].toLowerCase()}${name.slice(1)}`;
  return (resource as unknown as Record<string, unknown>)[property];
}

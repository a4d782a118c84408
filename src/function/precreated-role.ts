import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * The role that `iam.Role.customizeRoles()` puts in the place of a role; undefined without it. The CDK writes its
 * statements to the report `iam-policy-report.txt` and not to the template.
 */
export function precreatedRole(role: iam.Role): iam.IRole | undefined {
  return role.node.tryFindChild(`PrecreatedRole${role.node.id}`) as iam.IRole | undefined;
}

/** Whether the template creates the role: always, except where a precreated one replaces it. */
export function isSynthesized(role: iam.Role): boolean {
  return role.node.defaultChild !== undefined;
}

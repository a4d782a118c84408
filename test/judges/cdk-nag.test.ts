/** cdk-nag's packs. They are validation plugins, which only newer CDK releases support. */
import { CfnResource } from 'aws-cdk-lib';

import { APP_NAMES, AppName } from './app-names';
import { appOf } from './apps';
import { differences, place } from './findings';
import { PACKS } from './packs';

/** What all packs report below the rotation and in the user stacks. */
function findings(name: AppName): string[] {
  const { app } = appOf(name);
  const kinds = new Map(
    app.node.findAll().flatMap((construct) => {
      const resource = construct.node.defaultChild ?? construct;
      return CfnResource.isCfnResource(resource) ? [[construct.node.path, resource.cfnResourceType] as const] : [];
    }),
  );
  return PACKS.flatMap((Pack) => new Pack(app as any).validateScope(app as any).violations).flatMap(
    ({ ruleName, violatingResources }: { ruleName: string; violatingResources: { constructPath: string }[] }) =>
      violatingResources
        .map(({ constructPath }) => constructPath)
        .filter((path) => /^(Keys\/Rotation|Users)\//.test(path))
        // Some rules add to their name what they found.
        .map((path) => place(ruleName.replace(/\[.*/, ''), kinds.get(path)!, name)),
  );
}

test('each finding of AwsSolutions, HIPAA, NIST 800-53 R5 and PCI DSS 3.2.1 stands in findings.ts, and each there is found', () => {
  const found = APP_NAMES.flatMap(findings);
  expect(differences('cdk-nag', found)).toEqual({ unexplained: [], obsolete: [] });
});

/** cdk-nag's packs. They are validation plugins, which only newer CDK releases support. */
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

import { APP_NAMES, AppName } from './app-names';
import { appOf, appWithMore } from './apps';
import { differences, place } from './findings';
import { PACKS } from './packs';
import { resourceName } from './resources';

/** What all packs report below the rotation and in the user stacks. */
function findings(app: App, name: AppName): string[] {
  const types = new Map(
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
        .map((path) => place(ruleName, resourceName(types.get(path)!, path), name)),
  );
}

test('each finding of AwsSolutions, HIPAA, NIST 800-53 R5 and PCI DSS 3.2.1 stands in findings.ts, and each there is found', () => {
  const found = APP_NAMES.flatMap((name) => findings(appOf(name).app, name));
  expect(differences('cdk-nag', found)).toEqual({ unexplained: [], obsolete: [] });
});

test('nothing explains the findings of one more function, role, topic or secret', () => {
  const { unexplained } = differences('cdk-nag', findings(appWithMore().app, 'default'));
  expect(unexplained).toEqual(
    expect.arrayContaining([
      'HIPAA.Security-LambdaInsideVPC on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
      'HIPAA.Security-IAMNoInlinePolicy on Keys/Rotation/Rotator/MoreRole (AWS::IAM::Role) in "default"',
      'HIPAA.Security-SNSEncryptedKMS on Keys/Rotation/MoreTopic (AWS::SNS::Topic) in "default"',
      'AwsSolutions-SMG4 on Keys/Rotation/User-alice/MoreSecret (AWS::SecretsManager::Secret) in "default"',
    ]),
  );
});

test('nothing explains a wider wildcard in a policy that has explained ones', () => {
  const { app, rotation } = appOf('user stacks');
  const role = rotation.node.findChild('Rotator').node.findChild('Role').node.defaultChild as iam.CfnRole;
  const [policy, ...others] = Stack.of(role).resolve(role.policies);
  policy.policyDocument.Statement.push({
    Effect: 'Allow',
    Action: ['iam:Attach*', 's3:GetObject'],
    Resource: ['arn:aws:s3:::*/*', '*'],
  });
  role.policies = [policy, ...others];
  const { unexplained } = differences('cdk-nag', findings(app, 'user stacks'));
  const wider = ['Action::iam:Attach*', 'Resource::*', 'Resource::arn:aws:s3:::*/*'];
  expect(unexplained).toEqual(
    wider.map((found) => `AwsSolutions-IAM5[${found}] on role of the function in "user stacks"`),
  );
});

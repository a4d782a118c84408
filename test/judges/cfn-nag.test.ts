/** Which rules of cfn_nag would warn, by their source: cfn-nag.ts. */
import { APP_NAMES } from './app-names';
import { appOf, appWithMore } from './apps';
import { warnings } from './cfn-nag';
import { differences, place } from './findings';
import { deployed } from './prowler';
import { nameInTemplate } from './resources';
import { Deployment } from '../template/deployment';

const BELOW = /^(?:Keys\/Rotation|Users)\//;

const places = (deployment: Deployment, name: string) =>
  deployment.resources
    .filter(({ resource }) => BELOW.test(String(resource.Metadata?.['aws:cdk:path'])))
    .flatMap(({ resource, stack }) =>
      warnings(resource, stack.body.Resources!).map((rule) => place(rule, nameInTemplate(resource), name)),
    );

test('each rule of cfn_nag that would warn stands in findings.ts, and each there would', () => {
  const found = APP_NAMES.flatMap((name) => places(deployed(appOf(name)), name));
  expect(differences('cfn_nag', found)).toEqual({ unexplained: [], obsolete: [] });
});

test('nothing explains the warnings of one more function, queue, topic or secret', () => {
  const { unexplained } = differences('cfn_nag', places(deployed(appWithMore()), 'default'));
  expect(unexplained).toEqual([
    'W47 on Keys/Rotation/MoreTopic (AWS::SNS::Topic) in "default"',
    'W48 on Keys/Rotation/Rotator/MoreQueue (AWS::SQS::Queue) in "default"',
    'W58 on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
    'W77 on Keys/Rotation/User-alice/MoreSecret (AWS::SecretsManager::Secret) in "default"',
    'W89 on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
    'W92 on Keys/Rotation/Rotator/MoreFunction (AWS::Lambda::Function) in "default"',
  ]);
});

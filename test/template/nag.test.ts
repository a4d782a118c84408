/**
 * cdk-nag's AwsSolutions pack, with a reason for each finding that is acknowledged. The pack is a validation plugin,
 * which only newer CDK releases support: this file runs with the newest one only.
 */
import { App, Stack, Validations } from 'aws-cdk-lib-newest';
import * as iam from 'aws-cdk-lib-newest/aws-iam';
import * as kms from 'aws-cdk-lib-newest/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AccessKeyRotation, Recipient, RotationTrigger } from '../../src';

/** By rule, the reason why the construct does not follow it. */
const REASONS: Record<string, string> = {
  'AwsSolutions-SMG4':
    'This construct rotates the secret. The rotation of Secrets Manager does not support IAM access keys.',
};

test.each([
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
])('each finding is acknowledged with a reason: %s', (_trigger, trigger) => {
  expect(findings(REASONS, trigger)).toEqual([]);
});

test('each acknowledged rule has a finding, so no reason is obsolete', () => {
  const found = findings({}).map(({ rule }) => rule);
  expect([...new Set(found)].sort()).toEqual(Object.keys(REASONS).sort());
});

/** The findings of the pack in a rotation with users of each kind. */
function findings(acknowledged: Record<string, string>, trigger?: RotationTrigger): { rule: string; at: string[] }[] {
  const app = new App();
  const stack = new Stack(app, 'Test');
  const rotation = new AccessKeyRotation(stack as any, 'Rotation', {
    users: [
      { userName: 'alice', recipients: [Recipient.email('alice@example.com')] },
      { userName: 'bob', encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) as any },
      { user: iam.User.fromUserName(stack, 'Carol', 'carol') as any },
    ],
    failureRecipients: [Recipient.email('ops@example.com')],
    trigger,
  });
  rotation.onKeyCreated('OnKeyCreated');
  for (const [id, reason] of Object.entries(acknowledged)) Validations.of(rotation).acknowledge({ id, reason });
  const { violations } = new AwsSolutionsChecks(app as any).validateScope(app as any);
  return violations.map(({ ruleName, violatingResources }: any) => ({
    rule: ruleName,
    at: violatingResources.map(({ constructPath }: any) => constructPath),
  }));
}

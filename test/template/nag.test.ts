/**
 * cdk-nag's AwsSolutions pack, with a reason for each thing that it finds and we keep. The pack is a validation plugin,
 * which only newer CDK releases know: this file runs with the newest one alone.
 */
import { App, Stack, Validations } from 'aws-cdk-lib-newest';
import * as iam from 'aws-cdk-lib-newest/aws-iam';
import * as kms from 'aws-cdk-lib-newest/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AccessKeyRotation, Recipient, RotationTrigger } from '../../src';

/** Rule by rule, why the construct does not do as the rule says. */
const REASONS: Record<string, string> = {
  'AwsSolutions-SMG4':
    'The secret is rotated, by this construct: the rotation of Secrets Manager keeps no grace periods and knows no IAM access keys.',
};

test.each([
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
])('finds nothing that is not acknowledged with a reason: %s', (_which, trigger) => {
  expect(findings(REASONS, trigger)).toEqual([]);
});

test('finds each thing that is acknowledged, so no reason is stale', () => {
  const found = findings({}).map(({ rule }) => rule);
  expect([...new Set(found)].sort()).toEqual(Object.keys(REASONS).sort());
});

/** What the pack reports of a rotation with users of each kind. */
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

/** The synthesized resource types of a rotation and the permitted actions of its function, for the picture. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { architecturePicture } from './architecture-picture';
import { AccessKeyRotation, Recipient, RotationTrigger } from '../../src';
import { plain } from '../../test/template/intrinsics';

export interface Architecture {
  /** Resource types, without those of the CDK itself. */
  readonly types: readonly string[];
  /** Such as `iam:CreateAccessKey`. */
  readonly calls: readonly string[];
}

interface Resource {
  readonly Type: string;
  readonly Properties: any;
}

export function architecture(): Architecture {
  const resources = [RotationTrigger.eventBridgeRules(), RotationTrigger.eventBridgeScheduler()].flatMap(synthesized);
  const roles = resources.filter(
    ({ Type, Properties }) =>
      Type === 'AWS::IAM::Role' && Properties.Policies?.some((policy: any) => policy.PolicyName === 'Run'),
  );
  const documents = [
    ...roles.flatMap(({ Properties }) => Properties.Policies),
    ...resources.filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy').map(({ Properties }) => Properties),
  ].map(({ PolicyDocument }) => PolicyDocument);
  const calls = documents.flatMap(({ Statement }) =>
    Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  return { types: distinct(resources.map(({ Type }) => Type)), calls: distinct(calls) };
}

/** A created user, an adopted user, recipients, and a dashboard. */
function synthesized(trigger: RotationTrigger): Resource[] {
  const outdir = mkdtempSync(join(tmpdir(), 'architecture-'));
  try {
    const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'AccessKeys');
    const partner = iam.User.fromUserArn(stack, 'Partner', 'arn:aws:iam::111122223333:user/partner-x');
    new AccessKeyRotation(stack, 'Rotation', {
      users: [{ userName: 'ci-deployer', recipients: [Recipient.email('ci-team@example.com')] }, { user: partner }],
      digestRecipients: [Recipient.email('security@example.com')],
      trigger,
    }).addDashboard();
    return Object.values(plain((stack.node.root as App).synth().getStackArtifact(stack.artifactId).template.Resources));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

export function architectureDrawn(): string {
  return architecturePicture(architecture());
}

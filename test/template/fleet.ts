/** Rotations of many users, and what they deploy to. */
import * as fs from 'fs';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { Deployment } from './deployment';
import { ACCOUNT, temporaryApp } from './support';
import { AccessKeyRotation, AccessKeyRotationProps, RotatedUserProps, RotationTrigger } from '../../src';

/** What the CDK's CLI asks each app for. Metadata makes templates larger, and a template has one more resource. */
export const CLI = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
};

/** Without feature flags, and with those that the CDK recommends, where the two that change policies are either way. */
export const FLAGS: readonly [flags: string, context: Record<string, unknown>][] = [
  ['without feature flags', {}],
  ...[true, false].flatMap((merged) =>
    [true, false].map((apart): [string, Record<string, unknown>] => [
      `with the recommended feature flags, statements ${merged ? '' : 'not '}merged, policies of the Lambda ${apart ? '' : 'not '}apart`,
      {
        ...CURRENTLY_RECOMMENDED_FLAGS,
        '@aws-cdk/aws-iam:minimizePolicies': merged,
        '@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy': apart,
      },
    ]),
  ),
];

/** Users to create. Every tenth has a name of 64 characters, of all that IAM takes in names. */
export function created(count: number): RotatedUserProps[] {
  return [...Array(count).keys()].map((index) =>
    index % 10 === 9 ? { userName: `${index}_+=.@-`.padEnd(64, 'LongName') } : { userName: `user-${index}` },
  );
}

/** Users to adopt, under a path, with names of 64 characters. */
export function adopted(scope: Construct, count: number): RotatedUserProps[] {
  return [...Array(count).keys()].map((index) => {
    const userName = `adopted-${index}-`.padEnd(64, 'x');
    return {
      user: iam.User.fromUserArn(scope, `Adopted${index}`, `arn:aws:iam::${ACCOUNT}:user/partners/${userName}`),
    };
  });
}

/** The stacks of an app, as they would be deployed. */
export function deploymentOf(define: (app: App) => void, context: Record<string, unknown> = {}): Deployment {
  const { app, directory } = temporaryApp({ ...CLI, ...context });
  define(app);
  app.synth();
  const deployment = Deployment.ofAssembly(directory);
  fs.rmSync(directory, { recursive: true });
  return deployment;
}

/** A rotation on schedules, in a stack `Rotation`. */
export function rotationIn(app: App, props: (stack: Stack) => AccessKeyRotationProps): AccessKeyRotation {
  const stack = new Stack(app, 'Rotation');
  return new AccessKeyRotation(stack, 'Rotation', { trigger: RotationTrigger.eventBridgeScheduler(), ...props(stack) });
}

/** Stacks for users, `Users1` and so on. */
export function stacksFor(app: App, count: number): Stack[] {
  return [...Array(count).keys()].map((index) => new Stack(app, `Users${index + 1}`));
}

/** Rotations of many users, and their deployments. */
import * as fs from 'fs';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { Deployment } from './deployment';
import { ACCOUNT, temporaryApp } from './support';
import { AccessKeyRotation, AccessKeyRotationProps, RotatedUserProps, RotationTrigger } from '../../src';

/** The context that the CDK CLI passes to each app. Metadata makes templates larger, and adds a resource to each. */
export const CLI = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': true,
};

/** No feature flags, and the recommended ones with all values of the two flags that change policies. */
export const FLAGS: readonly [flags: string, context: Record<string, unknown>][] = [
  ['without feature flags', {}],
  ...[true, false].flatMap((merged) =>
    [true, false].map((separate): [string, Record<string, unknown>] => [
      `with the recommended feature flags, statements ${merged ? '' : 'not '}merged, policies of the Lambda ${separate ? '' : 'not '}separate`,
      {
        ...CURRENTLY_RECOMMENDED_FLAGS,
        '@aws-cdk/aws-iam:minimizePolicies': merged,
        '@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy': separate,
      },
    ]),
  ),
];

/** Users to create. Every tenth has a name of 64 characters, with all special characters that IAM allows. */
export function created(count: number): RotatedUserProps[] {
  return [...Array(count).keys()].map((index) =>
    index % 10 === 9 ? { userName: `${index}_+=.@-`.padEnd(64, 'LongName') } : { userName: `user-${index}` },
  );
}

/** Users to adopt, with a path and names of 64 characters. */
export function adopted(scope: Construct, count: number): RotatedUserProps[] {
  return [...Array(count).keys()].map((index) => {
    const userName = `adopted-${index}-`.padEnd(64, 'x');
    return {
      user: iam.User.fromUserArn(scope, `Adopted${index}`, `arn:aws:iam::${ACCOUNT}:user/partners/${userName}`),
    };
  });
}

/** The deployment of an app. */
export function deploymentOf(define: (app: App) => void, context: Record<string, unknown> = {}): Deployment {
  const { app, directory } = temporaryApp({ ...CLI, ...context });
  define(app);
  app.synth();
  const deployment = Deployment.ofAssembly(directory);
  fs.rmSync(directory, { recursive: true });
  return deployment;
}

/** A rotation with EventBridge Scheduler, in a stack `Rotation`. */
export function rotationIn(app: App, props: (stack: Stack) => AccessKeyRotationProps): AccessKeyRotation {
  const stack = new Stack(app, 'Rotation');
  return new AccessKeyRotation(stack, 'Rotation', { trigger: RotationTrigger.eventBridgeScheduler(), ...props(stack) });
}

/** Stacks for users, `Users1` and so on. */
export function stacksFor(app: App, count: number): Stack[] {
  return [...Array(count).keys()].map((index) => new Stack(app, `Users${index + 1}`));
}

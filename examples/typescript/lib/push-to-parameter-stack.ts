import { join } from 'node:path';
import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Trigger } from 'aws-cdk-lib/triggers';
import { AccessKeyRotation } from 'cdk-access-key-rotation';
import { Construct } from 'constructs';

const USER = 'ci-deployer';
const PARAMETER = '/ci/ci-deployer/access-key';

/** Copies the current key into an SSM parameter when it changes, for a CI system that reads its key from there. */
export class PushToParameterStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const rotation = new AccessKeyRotation(this, 'Rotation', { users: [{ userName: USER }] });
    const { secret } = rotation.user(USER);

    const push = new lambda.Function(this, 'Push', {
      description: `Copies the access key of ${USER} into the parameter ${PARAMETER}`,
      code: lambda.Code.fromAsset(join(__dirname, 'push-to-parameter')),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_22_X,
      timeout: Duration.seconds(30),
      environment: { SECRET: secret.secretArn, PARAMETER },
    });
    secret.grantRead(push);
    push.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['ssm:GetParameter', 'ssm:PutParameter'],
        resources: [this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: PARAMETER.slice(1) })],
      }),
    );

    // All events of the user, not only "Access Key Created": a roll-back also changes the current key.
    const target = new targets.LambdaFunction(push);
    rotation.onEvent('KeyChanged', { eventPattern: { detail: { username: [USER] } }, target });
    // The first key is copied before the deploy ends. The daily run copies a change whose event was lost or failed.
    new Trigger(this, 'PushFirstKey', { handler: push, executeAfter: [rotation] });
    new events.Rule(this, 'Daily', { schedule: events.Schedule.rate(Duration.days(1)), targets: [target] });
  }
}

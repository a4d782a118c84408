import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { AccessKeyRotation, DigestFrequency } from 'cdk-access-key-rotation';
import { Construct } from 'constructs';
import { CENTRAL_BUS_ARN } from './organization';

/** The rotation of one member account. All its events, with a digest each day, go to the bus of the central account. */
export class MemberRotation extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const rotation = new AccessKeyRotation(this, 'Rotation', {
      users: [{ userName: 'ci-deployer' }],
      digestFrequency: DigestFrequency.DAILY,
    });

    // The target gets a role, which EventBridge requires for a bus of another account.
    const centralBus = events.EventBus.fromEventBusArn(this, 'CentralBus', CENTRAL_BUS_ARN);
    rotation.onEvent('ToCentralBus', { target: new targets.EventBus(centralBus) });
  }
}

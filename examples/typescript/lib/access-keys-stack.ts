import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AccessKeyRotation, RotationSchedule, RotationTrigger } from 'cdk-access-key-rotation';
import { Construct } from 'constructs';

export interface AccessKeysStackProps extends StackProps {
  /** What asks whether it is time. Default: EventBridge rules. */
  readonly trigger?: RotationTrigger;
}

export class AccessKeysStack extends Stack {
  constructor(scope: Construct, id: string, props?: AccessKeysStackProps) {
    super(scope, id, props);

    // A user that exists already. With its ARN, unlike with its name, the path is known.
    const partner = iam.User.fromUserArn(this, 'Partner', 'arn:aws:iam::111122223333:user/partners/partner-x');

    const rotation = new AccessKeyRotation(this, 'Rotation', {
      users: [
        { userName: 'ci-deployer' }, // a new key every 90 days, the old one off 14 days later and gone after 14 more
        { userName: 'legacy-erp', schedule: RotationSchedule.of({ create: Duration.days(30) }) }, // the same two graces
        { user: partner }, // adopted: the keys it has now are retired like all others
      ],
      trigger: props?.trigger,
    });

    // Whoever runs the builds may read the key of its user.
    const builds = new iam.Role(this, 'Builds', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
    rotation.user('ci-deployer').secret.grantRead(builds);
  }
}

import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AccessKeyRotation, Recipient, RotationSchedule, RotationTrigger } from 'cdk-access-key-rotation';
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

    const erpKey = new kms.Key(this, 'ErpKey', {
      description: 'Encrypts the access key of legacy-erp',
      enableKeyRotation: true,
    });
    const onCall = new sns.Topic(this, 'OnCall', { displayName: 'On call' });

    const rotation = new AccessKeyRotation(this, 'Rotation', {
      users: [
        // A new key every 90 days, the old one off 14 days later and gone after 14 more.
        { userName: 'ci-deployer', recipients: [Recipient.email('ci-team@example.com')] },
        // The same two graces, but a new key every 30 days. Only who may use the KMS key as well can read it.
        { userName: 'legacy-erp', schedule: RotationSchedule.of({ create: Duration.days(30) }), encryptionKey: erpKey },
        // Adopted: the keys that it has now are retired like all others.
        { user: partner, recipients: [Recipient.email('partners@example.com')] },
      ],
      failureRecipients: [Recipient.email('platform-team@example.com')],
      alarmActions: [new SnsAction(onCall)],
      trigger: props?.trigger,
    });

    // Whoever runs the builds may read the key of its user.
    const builds = new iam.Role(this, 'Builds', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
    rotation.user('ci-deployer').secret.grantRead(builds);
  }
}

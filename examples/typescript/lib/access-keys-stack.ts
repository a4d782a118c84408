import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AccessKeyRotation, ChangeWindow, Recipient, RotationSchedule, RotationTrigger } from 'cdk-access-key-rotation';
import { Construct } from 'constructs';

export interface AccessKeysStackProps extends StackProps {
  /**
   * What starts the checks.
   *
   * @default RotationTrigger.eventBridgeRules()
   */
  readonly trigger?: RotationTrigger;

  /**
   * When scheduled checks may change keys.
   *
   * @default ChangeWindow.always()
   */
  readonly changeWindow?: ChangeWindow;

  /**
   * The ages of the keys of legacy-erp. With a change window, the closed days must fit into them too.
   *
   * @default - a new key every 30 days
   */
  readonly erpSchedule?: RotationSchedule;
}

export class AccessKeysStack extends Stack {
  constructor(scope: Construct, id: string, props?: AccessKeysStackProps) {
    super(scope, id, props);

    // An existing user. Import it by its ARN: an import by name loses the path.
    const partner = iam.User.fromUserArn(this, 'Partner', 'arn:aws:iam::111122223333:user/partners/partner-x');

    const erpKey = new kms.Key(this, 'ErpKey', {
      description: 'Encrypts the access key of legacy-erp',
      enableKeyRotation: true,
    });
    const onCall = new sns.Topic(this, 'OnCall', { displayName: 'On call' });

    const erpSchedule = props?.erpSchedule ?? RotationSchedule.of({ create: Duration.days(30) });

    const rotation = new AccessKeyRotation(this, 'Rotation', {
      users: [
        // A new key every 90 days. The old key is deactivated after 14 days and deleted after 14 more.
        { userName: 'ci-deployer', recipients: [Recipient.email('ci-team@example.com')] },
        // A new key every 30 days, with the same periods. A reader also needs access to the KMS key.
        { userName: 'legacy-erp', schedule: erpSchedule, encryptionKey: erpKey },
        // An adopted user. Its existing keys are deactivated and deleted after the same periods.
        { user: partner, recipients: [Recipient.email('partners@example.com')] },
      ],
      failureRecipients: [Recipient.email('platform-team@example.com')],
      alarmActions: [new SnsAction(onCall)],
      trigger: props?.trigger,
      changeWindow: props?.changeWindow,
    });

    // The role of the builds may read the secret of ci-deployer.
    const builds = new iam.Role(this, 'Builds', { assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com') });
    rotation.user('ci-deployer').secret.grantRead(builds);
  }
}

using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.CloudWatch.Actions;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.SNS;
using CdkAccessKeyRotation;
using Constructs;

namespace AccessKeys
{
    public class AccessKeysStack : Stack
    {
        internal AccessKeysStack(Construct scope, string id, IStackProps props = null) : base(scope, id, props)
        {
            // An existing user. Import it by its ARN: an import by name loses the path.
            var partner = User.FromUserArn(this, "Partner", "arn:aws:iam::111122223333:user/partners/partner-x");

            var erpKey = new Key(this, "ErpKey", new KeyProps
            {
                Description = "Encrypts the access key of legacy-erp",
                EnableKeyRotation = true,
            });
            var onCall = new Topic(this, "OnCall", new TopicProps { DisplayName = "On call" });

            var rotation = new AccessKeyRotation(this, "Rotation", new AccessKeyRotationProps
            {
                Users = new IRotatedUserProps[]
                {
                    // A new key every 90 days. The old key is deactivated after 14 days and deleted after 14 more.
                    new RotatedUserProps
                    {
                        UserName = "ci-deployer",
                        Recipients = new[] { Recipient.Email("ci-team@example.com") },
                    },
                    // A new key every 30 days, with the same periods. A reader also needs access to the KMS key.
                    new RotatedUserProps
                    {
                        UserName = "legacy-erp",
                        Schedule = RotationSchedule.Of(new RotationAges { Create = Duration.Days(30) }),
                        EncryptionKey = erpKey,
                    },
                    // An adopted user. Its existing keys are deactivated and deleted after the same periods.
                    new RotatedUserProps
                    {
                        User = partner,
                        Recipients = new[] { Recipient.Email("partners@example.com") },
                    },
                },
                FailureRecipients = new[] { Recipient.Email("platform-team@example.com") },
                AlarmActions = new IAlarmAction[] { new SnsAction(onCall) },
            });

            // The role of the builds may read the secret of ci-deployer.
            var builds = new Role(this, "Builds", new RoleProps
            {
                AssumedBy = new ServicePrincipal("codebuild.amazonaws.com"),
            });
            rotation.User("ci-deployer").Secret.GrantRead(builds);
        }
    }
}

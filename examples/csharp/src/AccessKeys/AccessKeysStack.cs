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
            // A user that exists already. With its ARN, unlike with its name, the path is known.
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
                    // A new key every 90 days, the old one off 14 days later and gone after 14 more.
                    new RotatedUserProps
                    {
                        UserName = "ci-deployer",
                        Recipients = new[] { Recipient.Email("ci-team@example.com") },
                    },
                    // The same two graces, but a new key every 30 days. Only who may use the KMS key as well can read it.
                    new RotatedUserProps
                    {
                        UserName = "legacy-erp",
                        Schedule = RotationSchedule.Of(new RotationAges { Create = Duration.Days(30) }),
                        EncryptionKey = erpKey,
                    },
                    // Adopted: the keys that it has now are retired like all others.
                    new RotatedUserProps
                    {
                        User = partner,
                        Recipients = new[] { Recipient.Email("partners@example.com") },
                    },
                },
                FailureRecipients = new[] { Recipient.Email("platform-team@example.com") },
                AlarmActions = new IAlarmAction[] { new SnsAction(onCall) },
            });

            // Whoever runs the builds may read the key of its user.
            var builds = new Role(this, "Builds", new RoleProps
            {
                AssumedBy = new ServicePrincipal("codebuild.amazonaws.com"),
            });
            rotation.User("ci-deployer").Secret.GrantRead(builds);
        }
    }
}

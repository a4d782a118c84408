from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from cdk_access_key_rotation import AccessKeyRotation, Recipient, RotatedUserProps, RotationSchedule
from constructs import Construct


class AccessKeysStack(Stack):

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        # An existing user. Import it by its ARN: an import by name loses the path.
        partner = iam.User.from_user_arn(self, "Partner", "arn:aws:iam::111122223333:user/partners/partner-x")

        erp_key = kms.Key(self, "ErpKey", description="Encrypts the access key of legacy-erp", enable_key_rotation=True)
        on_call = sns.Topic(self, "OnCall", display_name="On call")

        rotation = AccessKeyRotation(
            self, "Rotation",
            users=[
                # A new key every 90 days. The old key is deactivated after 14 days and deleted after 14 more.
                RotatedUserProps(user_name="ci-deployer", recipients=[Recipient.email("ci-team@example.com")]),
                # A new key every 30 days, with the same periods. A reader also needs access to the KMS key.
                RotatedUserProps(
                    user_name="legacy-erp",
                    schedule=RotationSchedule.of(create=Duration.days(30)),
                    encryption_key=erp_key,
                ),
                # An adopted user. Its existing keys are deactivated and deleted after the same periods.
                RotatedUserProps(user=partner, recipients=[Recipient.email("partners@example.com")]),
            ],
            failure_recipients=[Recipient.email("platform-team@example.com")],
            alarm_actions=[actions.SnsAction(on_call)],
        )

        # The role of the builds may read the secret of ci-deployer.
        builds = iam.Role(self, "Builds", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        rotation.user("ci-deployer").secret.grant_read(builds)

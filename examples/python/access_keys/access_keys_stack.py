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

        # A user that exists already. With its ARN, unlike with its name, the path is known.
        partner = iam.User.from_user_arn(self, "Partner", "arn:aws:iam::111122223333:user/partners/partner-x")

        erp_key = kms.Key(self, "ErpKey", description="Encrypts the access key of legacy-erp", enable_key_rotation=True)
        on_call = sns.Topic(self, "OnCall", display_name="On call")

        rotation = AccessKeyRotation(
            self, "Rotation",
            users=[
                # A new key every 90 days, the old one off 14 days later and gone after 14 more.
                RotatedUserProps(user_name="ci-deployer", recipients=[Recipient.email("ci-team@example.com")]),
                # The same two graces, but a new key every 30 days. Only who may use the KMS key as well can read it.
                RotatedUserProps(
                    user_name="legacy-erp",
                    schedule=RotationSchedule.of(create=Duration.days(30)),
                    encryption_key=erp_key,
                ),
                # Adopted: the keys that it has now are retired like all others.
                RotatedUserProps(user=partner, recipients=[Recipient.email("partners@example.com")]),
            ],
            failure_recipients=[Recipient.email("platform-team@example.com")],
            alarm_actions=[actions.SnsAction(on_call)],
        )

        # Whoever runs the builds may read the key of its user.
        builds = iam.Role(self, "Builds", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        rotation.user("ci-deployer").secret.grant_read(builds)

package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-access-key-rotation/cdk-access-key-rotation-go/cdkaccesskeyrotation"
)

type AccessKeysStackProps struct {
	awscdk.StackProps
}

func NewAccessKeysStack(scope constructs.Construct, id string, props *AccessKeysStackProps) awscdk.Stack {
	var sprops awscdk.StackProps
	if props != nil {
		sprops = props.StackProps
	}
	stack := awscdk.NewStack(scope, &id, &sprops)

	// An existing user. Import it by its ARN: an import by name loses the path.
	partner := awsiam.User_FromUserArn(stack, jsii.String("Partner"), jsii.String("arn:aws:iam::111122223333:user/partners/partner-x"))

	erpKey := awskms.NewKey(stack, jsii.String("ErpKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the access key of legacy-erp"),
		EnableKeyRotation: jsii.Bool(true),
	})
	onCall := awssns.NewTopic(stack, jsii.String("OnCall"), &awssns.TopicProps{DisplayName: jsii.String("On call")})

	keys := rotation.NewAccessKeyRotation(stack, jsii.String("Rotation"), &rotation.AccessKeyRotationProps{
		Users: &[]*rotation.RotatedUserProps{
			// A new key every 90 days. The old key is deactivated after 14 days and deleted after 14 more.
			{
				UserName:   jsii.String("ci-deployer"),
				Recipients: email("ci-team@example.com"),
			},
			// A new key every 30 days, with the same periods. A reader also needs access to the KMS key.
			{
				UserName:      jsii.String("legacy-erp"),
				Schedule:      rotation.RotationSchedule_Of(&rotation.RotationAges{Create: awscdk.Duration_Days(jsii.Number(30))}),
				EncryptionKey: erpKey,
			},
			// An adopted user. Its existing keys are deactivated and deleted after the same periods.
			{
				User:       partner,
				Recipients: email("partners@example.com"),
			},
		},
		FailureRecipients: email("platform-team@example.com"),
		AlarmActions:      &[]awscloudwatch.IAlarmAction{awscloudwatchactions.NewSnsAction(onCall)},
	})

	// The role of the builds may read the secret of ci-deployer.
	builds := awsiam.NewRole(stack, jsii.String("Builds"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("codebuild.amazonaws.com"), nil),
	})
	keys.User(jsii.String("ci-deployer")).Secret().GrantRead(builds, nil)

	return stack
}

func email(address string) *[]rotation.Recipient {
	return &[]rotation.Recipient{rotation.Recipient_Email(jsii.String(address))}
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)

	NewAccessKeysStack(app, "AccessKeys", nil)

	app.Synth(nil)
}

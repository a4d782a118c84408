package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-access-key-rotation/cdk-access-key-rotation-go/cdkaccesskeyrotation"
)

type Props = rotation.AccessKeyRotationProps
type User = rotation.RotatedUserProps

// The mistakes of test/languages/typed-callers.ts: the name of each, and the message.
func main() {
	defer jsii.Close()

	users()
	names()
	ages()
	options()
	onlyInGo()
}

func users() {
	attempt("no users", func(stack awscdk.Stack) any { return warningOf(rotate(stack, &Props{})) })
	attempt("an empty list of users", func(stack awscdk.Stack) any { return rotateUsers(stack) })
	attempt("nothing in the list of users", func(stack awscdk.Stack) any { return rotateUsers(stack, nil) })
	attempt("neither a name nor a user", func(stack awscdk.Stack) any { return rotateUsers(stack, &User{}) })
	attempt("both a name and a user", func(stack awscdk.Stack) any {
		existing := awsiam.User_FromUserName(stack, jsii.String("U"), jsii.String("alice"))
		return rotateUsers(stack, &User{UserName: jsii.String("alice"), User: existing})
	})
	attempt("a user twice", func(stack awscdk.Stack) any {
		return rotateUsers(stack, &User{UserName: jsii.String("alice")}, &User{UserName: jsii.String("Alice")})
	})
	attempt("a user twice, by addUser()", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{}).AddUser(&User{UserName: jsii.String("alice")})
	})
	attempt("a user of another account", func(stack awscdk.Stack) any {
		bob := awsiam.User_FromUserArn(stack, jsii.String("U"), jsii.String("arn:aws:iam::444455556666:user/bob"))
		return rotateUsers(stack, &User{User: bob})
	})
	attempt("existing keys of a new user", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{ExistingKeys: rotation.UnmanagedKeys_RETIRE})
	})
	attempt("an unknown name in user()", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{}).User(jsii.String("bob"))
	})
	attempt("an empty name in user()", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{}).User(jsii.String(""))
	})
}

func names() {
	attempt("an empty user name", func(stack awscdk.Stack) any {
		return rotateUsers(stack, &User{UserName: jsii.String("")})
	})
	attempt("a user name with a path", func(stack awscdk.Stack) any {
		return rotateUsers(stack, &User{UserName: jsii.String("teams/alice")})
	})
	attempt("an ARN as a user name", func(stack awscdk.Stack) any {
		return rotateUsers(stack, &User{UserName: jsii.String("arn:aws:iam::111122223333:user/alice")})
	})
	attempt("a token as a user name", func(stack awscdk.Stack) any {
		return rotateUsers(stack, &User{UserName: awscdk.NewCfnParameter(stack, jsii.String("Name"), nil).ValueAsString()})
	})
	attempt("an empty id", func(stack awscdk.Stack) any { return rotateAlice(stack, User{Id: jsii.String("")}) })
	attempt("an empty secret name", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{SecretName: jsii.String("")})
	})
	attempt("an empty field name", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{AccessKeyField: jsii.String("")})
	})
	attempt("a name in place of an address", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{Recipients: email(jsii.String("alice"))})
	})
	attempt("an empty address", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{Recipients: email(jsii.String(""))})
	})
	attempt("a token as an address", func(stack awscdk.Stack) any {
		address := awscdk.NewCfnParameter(stack, jsii.String("Mail"), nil).ValueAsString()
		return warningOf(rotateAlice(stack, User{Recipients: email(address)}))
	})
	attempt("a path without slashes", func(stack awscdk.Stack) any {
		return warningOf(rotateAlice(stack, User{Path: jsii.String("teams")}))
	})
	attempt("an empty path", func(stack awscdk.Stack) any {
		return warningOf(rotateAlice(stack, User{Path: jsii.String("")}))
	})
	attempt("an empty tag key", func(stack awscdk.Stack) any {
		return warningOf(rotateAlice(stack, User{Tags: &map[string]*string{"": jsii.String("blue")}}))
	})
}

func ages() {
	attempt("periods in place of ages", func(awscdk.Stack) any { return schedule(60, 14, 14) })
	attempt("periods that do not fit", func(awscdk.Stack) any {
		return rotation.RotationSchedule_Of(&rotation.RotationAges{Create: days(20)})
	})
	attempt("an age of 36 hours", func(awscdk.Stack) any {
		return rotation.RotationSchedule_Of(&rotation.RotationAges{Create: awscdk.Duration_Hours(jsii.Number(36))})
	})
	attempt("a negative age", func(awscdk.Stack) any { return schedule(-90, 104, 118) })
	attempt("a limit of three days", func(awscdk.Stack) any { return rotation.RotationSchedule_ActiveUnder(days(3)) })
	attempt("a delay of half a day", func(awscdk.Stack) any {
		return rotation.Deactivation_WhenUnused(&rotation.WhenUnusedOptions{MaxDelay: awscdk.Duration_Hours(jsii.Number(12))})
	})
	attempt("a reminder after one and a half days", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{ReminderDays: jsii.Numbers(1.5)})
	})
	attempt("checks every 7 hours", func(awscdk.Stack) any { return checks(awscdk.Duration_Hours(jsii.Number(7))) })
	attempt("checks every 15 days", func(stack awscdk.Stack) any {
		return rotate(stack, &Props{Users: &[]*User{{UserName: jsii.String("alice")}}, Trigger: checks(days(15))})
	})
}

func options() {
	attempt("no user stack", func(awscdk.Stack) any { return rotation.UserStacks_Nested(jsii.Number(0), nil) })
	attempt("an empty list of stacks", func(awscdk.Stack) any {
		return rotation.UserStacks_FromStacks(&[]awscdk.Stack{}, nil)
	})
	attempt("an unknown name in keepInRotationStack", func(stack awscdk.Stack) any {
		kept := &rotation.UserStacksOptions{KeepInRotationStack: jsii.Strings("bob")}
		return warningOf(rotate(stack, &Props{
			Users:      &[]*User{{UserName: jsii.String("alice")}},
			UserStacks: rotation.UserStacks_Nested(jsii.Number(1), kept),
		}))
	})
	attempt("a country in place of a Region", func(stack awscdk.Stack) any {
		replicas := &[]*awssecretsmanager.ReplicaRegion{{Region: jsii.String("ireland")}}
		return rotateAlice(stack, User{ReplicaRegions: replicas})
	})
	attempt("a removal policy for databases", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{RemovalPolicy: awscdk.RemovalPolicy_SNAPSHOT})
	})
	attempt("actions without alarms", func(stack awscdk.Stack) any {
		action := awscloudwatchactions.NewSnsAction(awssns.NewTopic(stack, jsii.String("T"), nil))
		return rotate(stack, &Props{Alarms: jsii.Bool(false), AlarmActions: &[]awscloudwatch.IAlarmAction{action}})
	})
	attempt("nothing in the list of recipients", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{Recipients: &[]rotation.Recipient{nil}})
	})
	attempt("nothing in the list of groups", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{Groups: &[]awsiam.IGroup{nil}})
	})
}

func onlyInGo() {
	attempt("nil in place of options", func(stack awscdk.Stack) any { return rotate(stack, nil) })
	attempt("nil in place of ages", func(awscdk.Stack) any { return rotation.RotationSchedule_Of(nil) })
	attempt("nil in place of an address", func(awscdk.Stack) any { return rotation.Recipient_Email(nil) })
	attempt("nil in place of a name", func(stack awscdk.Stack) any { return rotateAlice(stack, User{}).User(nil) })
	attempt("a delay that is not set", func(awscdk.Stack) any {
		return rotation.Deactivation_WhenUnused(&rotation.WhenUnusedOptions{})
	})
	attempt("nil as the value of a tag", func(stack awscdk.Stack) any {
		return rotateAlice(stack, User{Tags: &map[string]*string{"team": nil}})
	})
	attempt("a variable of an interface without a value", func(stack awscdk.Stack) any {
		var existing awsiam.IUser
		return rotateUsers(stack, &User{User: existing})
	})
}

func attempt(name string, mistake func(awscdk.Stack) any) {
	stack := awscdk.NewStack(awscdk.NewApp(nil), jsii.String("AccessKeys"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")},
	})
	defer func() {
		fmt.Println(name + " => " + strings.ReplaceAll(fmt.Sprint(recover()), "\n", "\\n"))
	}()
	if warning, ok := mistake(stack).(string); ok {
		panic(warning)
	}
	panic("no error")
}

// What synth says of an app that it does not reject.
func warningOf(keys rotation.AccessKeyRotation) string {
	assembly := awscdk.App_Of(keys).Synth(nil)
	for _, message := range *assembly.GetStackByName(jsii.String("AccessKeys")).Messages() {
		return fmt.Sprint(message.Entry.Data)
	}
	return "no warning"
}

func rotate(stack awscdk.Stack, props *Props) rotation.AccessKeyRotation {
	return rotation.NewAccessKeyRotation(stack, jsii.String("Rotation"), props)
}

func rotateUsers(stack awscdk.Stack, users ...*User) rotation.AccessKeyRotation {
	if users == nil {
		users = []*User{}
	}
	return rotate(stack, &Props{Users: &users})
}

func rotateAlice(stack awscdk.Stack, more User) rotation.AccessKeyRotation {
	more.UserName = jsii.String("alice")
	return rotateUsers(stack, &more)
}

func email(address *string) *[]rotation.Recipient {
	return &[]rotation.Recipient{rotation.Recipient_Email(address)}
}

func days(amount float64) awscdk.Duration {
	return awscdk.Duration_Days(jsii.Number(amount))
}

func schedule(create float64, deactivate float64, delete float64) rotation.RotationSchedule {
	return rotation.RotationSchedule_Of(&rotation.RotationAges{
		Create: days(create), Deactivate: days(deactivate), Delete: days(delete),
	})
}

func checks(interval awscdk.Duration) rotation.RotationTrigger {
	return rotation.RotationTrigger_EventBridgeRules(&rotation.TriggerOptions{CheckInterval: interval})
}

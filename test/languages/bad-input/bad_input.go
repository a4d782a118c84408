package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	rotation "github.com/cdk-access-key-rotation/cdk-access-key-rotation-go/cdkaccesskeyrotation"
)

func main() {
	defer jsii.Close()

	attempt(func() {
		rotation.RotationSchedule_Of(&rotation.RotationAges{Create: awscdk.Duration_Days(jsii.Number(20))})
	})
	attempt(func() {
		rotation.UserStacks_Nested(jsii.Number(0), nil)
	})
}

func attempt(action func()) {
	defer func() { fmt.Println(recover()) }()
	action()
	panic("no error")
}

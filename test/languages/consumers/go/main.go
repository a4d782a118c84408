// A process that runs for years: it has one client of the AWS SDK for Go with the default credentials, and calls AWS
// when a line comes from stdin. It prints a line for each: the caller, or the error.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client := sts.NewFromConfig(settings)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		answer := map[string]string{}
		if caller, err := client.GetCallerIdentity(ctx, nil); err != nil {
			answer["error"] = err.Error()
		} else if key, err := settings.Credentials.Retrieve(ctx); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["arn"], answer["accessKeyId"] = *caller.Arn, key.AccessKeyID
		}
		line, _ := json.Marshal(answer)
		fmt.Println(string(line))
	}
}

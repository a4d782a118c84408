#!/usr/bin/env python3
import aws_cdk as cdk

from access_keys.access_keys_stack import AccessKeysStack

app = cdk.App()
AccessKeysStack(app, "AccessKeys")

app.synth()

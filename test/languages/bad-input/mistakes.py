"""Evaluates each expression of a JSON list in a file, and prints a JSON list of their errors."""

import json
import sys
from datetime import timedelta

from aws_cdk import App, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from cdk_access_key_rotation import *  # noqa: F403: the expressions use all of it


def rotate(**props):
    return AccessKeyRotation(Stack(App(), "Test"), "Rotation", **{"users": [RotatedUserProps(user_name="alice")], **props})


def user(**props):
    return rotate(users=[RotatedUserProps(user_name="alice", **props)])


def error_of(expression):
    try:
        eval(expression)
        return "no error"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


with open(sys.argv[1]) as file:
    print(json.dumps([error_of(expression) for expression in json.load(file)]))

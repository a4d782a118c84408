"""Runs a command of the AWS CLI version 2, which people have, with version 1, which PyPI has."""
import os
import sys

from awscli.clidriver import create_clidriver

# Version 1 takes a payload as it stands and does not know the option that asks version 2 to do so.
ONLY_VERSION_2 = ['--cli-binary-format', 'raw-in-base64-out']

arguments = sys.argv[1:]
if ONLY_VERSION_2[0] in arguments:
    at = arguments.index(ONLY_VERSION_2[0])
    if arguments[at:at + 2] != ONLY_VERSION_2:
        sys.exit(f'{ONLY_VERSION_2[0]} {arguments[at + 1]} is not what this takes')
    del arguments[at:at + 2]
# Some services have two endpoints, and version 1 takes the older one whatever the environment says, unless the command does.
sys.exit(create_clidriver().main([*arguments, '--endpoint-url', os.environ['AWS_ENDPOINT_URL']]))

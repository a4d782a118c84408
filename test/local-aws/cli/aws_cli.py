"""Runs commands for version 2 of the AWS CLI with version 1, which is on PyPI.

Importing the CLI and loading its service models takes most of the time of a command. This server does both once, and then
forks for each command that aws_client.py sends to its socket, until stdin ends.
"""
import json
import os
import selectors
import signal
import socket
import sys
import traceback

from awscli.clidriver import create_clidriver

# Version 1 sends a payload as it is and does not have the option with which version 2 does.
ONLY_VERSION_2 = ['--cli-binary-format', 'raw-in-base64-out']


def version_1(arguments: list) -> list:
    arguments = list(arguments)
    if ONLY_VERSION_2[0] in arguments:
        at = arguments.index(ONLY_VERSION_2[0])
        if arguments[at:at + 2] != ONLY_VERSION_2:
            sys.exit(f'{ONLY_VERSION_2[0]} {arguments[at + 1]} is not supported here')
        del arguments[at:at + 2]
    # Without the option, version 1 uses the older of a service's two endpoints, even if the environment has an endpoint.
    return [*arguments, '--endpoint-url', os.environ['AWS_ENDPOINT_URL']]


def run(driver, connection: socket.socket) -> int:
    size, files, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile('rb') as stream:
        request = json.loads(stream.read(int.from_bytes(size, 'big')))
    for file, target in zip(files, (0, 1, 2)):
        os.dup2(file, target)
        os.close(file)
    data = os.environ['AWS_DATA_PATH']  # where the CLI finds its service models
    os.environ.clear()
    os.environ.update(request['environment'], AWS_DATA_PATH=data)
    os.chdir(request['directory'])
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, 'w'), open(2, 'w', buffering=1)
    if '--profile' in request['arguments']:
        driver = create_clidriver()  # the other one has read the profiles of its own home
    try:
        return driver.main(version_1(request['arguments'])) or 0  # `aws configure` returns nothing
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def serve(path: str) -> None:
    driver = create_clidriver()
    driver.create_help_command()  # reads the names of all services
    driver.session.get_component('endpoint_resolver')
    for service in ('cloudformation', 'events', 'iam', 'lambda', 'logs', 'scheduler', 'secretsmanager', 'sns', 'sqs', 'sts'):
        driver.session.get_service_model(service)
    with socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as waiting:
        server.bind(path)
        server.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the children are not waited for
        waiting.register(server, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        print('ready', flush=True)
        while all(key.fileobj is server for key, _ in waiting.select()):
            connection, _ = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                code = 255
                try:
                    code = run(driver, connection)
                except BaseException:
                    traceback.print_exc()
                finally:
                    connection.sendall(bytes([code & 255]))
                    os._exit(0)
            connection.close()


serve(sys.argv[1])

"""Sends a command to aws_cli.py, with the environment, directory and standard streams of this process."""
import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ['AWS_CLI_SOCKET'])
    request = {'arguments': sys.argv[1:], 'environment': dict(os.environ), 'directory': os.getcwd()}
    message = json.dumps(request).encode()
    socket.send_fds(server, [len(message).to_bytes(4, 'big')], [0, 1, 2])
    server.sendall(message)
    code = server.recv(1)
sys.exit(code[0] if code else 'the AWS CLI ended without an exit code')

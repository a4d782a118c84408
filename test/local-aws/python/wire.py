"""The requests to AWS and their responses: parsed, recorded in the journal, and sometimes subject to a fault."""
import dataclasses
import json
import re
from urllib.parse import parse_qsl

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@dataclasses.dataclass(frozen=True)
class Call:
    """One request to an AWS API with an action: IAM, STS, SNS, SQS and Secrets Manager."""
    action: str
    parameters: dict
    headers: dict
    #: Whether the protocol is JSON; older services use XML.
    json: bool

    @property
    def access_key_id(self):
        credential = re.search(r'Credential=([^/,]+)/', self.headers.get('authorization', ''))
        return credential and credential[1]


def parse_call(headers: dict, body: bytes) -> Call | None:
    target = headers.get('x-amz-target')
    if target:
        return Call(target.rpartition('.')[2], json.loads(body or b'{}'), headers, True)
    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Call(parameters['Action'], parameters, headers, False) if 'Action' in parameters else None


class Wire:
    """A proxy before MiniStack's application. `journal` records calls that took effect, `faults` injects faults."""

    def __init__(self, app, journal, faults):
        self.app, self.journal, self.faults = app, journal, faults

    def reset(self) -> None:
        self.journal.take()
        self.faults.reset()

    async def __call__(self, scope, receive, send):
        headers = {name.decode('latin-1').lower(): value.decode('latin-1') for name, value in scope.get('headers', [])}
        is_api = scope['type'] == 'http' and (
            'x-amz-target' in headers or headers.get('content-type', '').startswith('application/x-www-form-urlencoded'))
        if not is_api:
            return await self.app(scope, receive, send)
        body = await read(receive)
        call = parse_call(headers, body)
        if call is None:
            return await self.app(scope, replay(body, receive), send)

        async def take_effect(deliver):
            """Performs the call; `deliver` receives the response."""
            response = Response(deliver)
            await self.app(scope, replay(body, receive), response.send)
            self.journal.note(call, response.status, bytes(response.body))

        async def sever():
            scope['extensions']['sever']()
            while (await receive())['type'] != 'http.disconnect':
                pass

        return await self.faults.carry(call, take_effect, send, sever)


class Response:
    def __init__(self, deliver):
        self.deliver, self.status, self.body = deliver, 0, bytearray()

    async def send(self, message):
        self.status = message.get('status', self.status)
        self.body += message.get('body', b'')
        await self.deliver(message)


async def read(receive) -> bytes:
    body = b''
    while True:
        message = await receive()
        body += message.get('body', b'')
        if not message.get('more_body'):
            return body


def replay(body: bytes, receive):
    rest = [{'type': 'http.request', 'body': body, 'more_body': False}]

    async def again():
        return rest.pop() if rest else await receive()

    return again


class SeverableProtocol(HttpToolsProtocol):
    """ASGI cannot close a connection without a response."""

    def on_message_begin(self):
        super().on_message_begin()
        self.scope['extensions'] = {'sever': self.transport.abort}

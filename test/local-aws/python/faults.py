"""Faults in the calls of functions. Calls of tests and of MiniStack itself have none.

    throttled     AWS throttles the call (4xx); it has no effect
    unavailable   AWS returns an error (503); the call has no effect
    unreachable   the connection is closed; the call has no effect
    lost          the call takes effect, and the connection is closed before the response
    killed        the call takes effect, and the process of the function is killed
"""
import collections
import random

KINDS = ('throttled', 'unavailable', 'unreachable', 'lost', 'killed')

# The SDK repeats a call four times, so most single faults have no consequence.
LONGEST_BURST = 6

# Most checks make only these calls. Calls that change something are rare, so they have more faults.
ROUTINE = {'ListAccessKeys', 'DescribeSecret', 'GetSecretValue'}
ROUTINE_SHARE = 0.1

# The verification of a new key is repeated for a minute with pauses of real time, so a long burst would only take time.
RETRIED = {'GetCallerIdentity'}
RETRIED_BURST = 2


class Faults:
    def __init__(self, runs):
        self.runs = runs
        self.random = random.Random()
        self.reset()

    def reset(self) -> None:
        self.rate, self.kinds = 0.0, KINDS
        self.counts = collections.Counter()
        self.burst_of, self.left = None, 0
        self.runs.take_eventful()

    def configure(self, seed: int | None, rate: float | None, kinds: list | None) -> None:
        if seed is not None:
            self.random.seed(seed)
        if rate is not None:
            self.rate, self.kinds, self.left = rate, tuple(kinds or KINDS), 0

    def report(self) -> dict:
        """Counts since the start, runs since the last report."""
        return {'counts': {kind: self.counts[kind] for kind in KINDS}, 'runs': self.runs.take_eventful()}

    async def carry(self, call, take_effect, deliver, sever) -> None:
        run = self.runs.of(call)
        kind = self.draw(call) if run else None
        if kind is None:
            return await take_effect(deliver)
        self.counts[kind] += 1
        run.faults.append(kind)
        if kind == 'throttled':
            return await reject(call, deliver, 400, 'ThrottlingException' if call.json else 'Throttling', 'Rate exceeded')
        if kind == 'unavailable':
            return await reject(call, deliver, 503, 'ServiceUnavailable', 'The service is unavailable.')
        if kind != 'unreachable':
            await take_effect(discard)
        if kind == 'killed':
            run.kill()
        await sever()

    def draw(self, call) -> str | None:
        if self.left == 0:
            # All three are drawn for every call, so that the random sequence does not depend on the kinds of calls.
            chance, kind, length = self.random.random(), self.random.choice(self.kinds), self.random.randint(1, LONGEST_BURST)
            if chance >= self.rate * (ROUTINE_SHARE if call.action in ROUTINE else 1):
                return None
            self.burst_of, self.left = kind, length
        self.left = min(self.left, RETRIED_BURST if call.action in RETRIED else LONGEST_BURST) - 1
        return self.burst_of


async def discard(message) -> None:
    pass


async def reject(call, deliver, status: int, code: str, reason: str) -> None:
    if call.json:
        kind, body = 'application/x-amz-json-1.1', f'{{"__type": "{code}", "message": "{reason}"}}'
    else:
        kind = 'text/xml'
        body = f'<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{reason}</Message></Error></ErrorResponse>'
    await deliver({'type': 'http.response.start', 'status': status, 'headers': [(b'content-type', kind.encode())]})
    await deliver({'type': 'http.response.body', 'body': body.encode()})

"""What goes wrong between a function and AWS. Only what functions call is disturbed, never a test or MiniStack itself.

    throttled     AWS has no time (4xx), and nothing happened
    unavailable   AWS has a problem (503), and nothing happened
    unreachable   the connection is closed, and nothing happened
    lost          the call takes effect, and the connection is closed before the answer
    killed        the call takes effect, and the function's process dies
"""
import collections
import random

KINDS = ('throttled', 'unavailable', 'unreachable', 'lost', 'killed')

# The SDK repeats a call four times, so most single faults go unnoticed.
LONGEST_BURST = 6

# Every check begins with these two, and nearly every check ends with them. The calls that change something are rare,
# and there the faults are worth more.
ROUTINE = {'ListAccessKeys', 'DescribeSecret'}
ROUTINE_SHARE = 0.1


# A new key is tried for a minute, after longer and longer pauses of real time. There, a long burst would only cost these.
PATIENT = {'GetCallerIdentity'}
PATIENT_BURST = 2


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
        """Counts are of all time, runs since the last report."""
        return {'counts': {kind: self.counts[kind] for kind in KINDS}, 'runs': self.runs.take_eventful()}

    async def carry(self, call, take_effect, deliver, sever) -> None:
        run = self.runs.of(call)
        kind = self.draw(call) if run else None
        if kind is None:
            return await take_effect(deliver)
        self.counts[kind] += 1
        run.faults.append(kind)
        if kind == 'throttled':
            return await refuse(call, deliver, 400, 'ThrottlingException' if call.json else 'Throttling', 'Rate exceeded')
        if kind == 'unavailable':
            return await refuse(call, deliver, 503, 'ServiceUnavailable', 'The service is unavailable.')
        if kind != 'unreachable':
            await take_effect(nobody)
        if kind == 'killed':
            run.kill()
        await sever()

    def draw(self, call) -> str | None:
        if self.left == 0:
            # Drawn for every call, so that what happens to one call does not depend on the kind of those before it.
            chance, kind, length = self.random.random(), self.random.choice(self.kinds), self.random.randint(1, LONGEST_BURST)
            if chance >= self.rate * (ROUTINE_SHARE if call.action in ROUTINE else 1):
                return None
            self.burst_of, self.left = kind, length
        self.left = min(self.left, PATIENT_BURST if call.action in PATIENT else LONGEST_BURST) - 1
        return self.burst_of


async def nobody(message) -> None:
    pass


async def refuse(call, deliver, status: int, code: str, reason: str) -> None:
    if call.json:
        kind, body = 'application/x-amz-json-1.1', f'{{"__type": "{code}", "message": "{reason}"}}'
    else:
        kind = 'text/xml'
        body = f'<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{reason}</Message></Error></ErrorResponse>'
    await deliver({'type': 'http.response.start', 'status': status, 'headers': [(b'content-type', kind.encode())]})
    await deliver({'type': 'http.response.body', 'body': body.encode()})

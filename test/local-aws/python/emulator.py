"""A local AWS with a clock that can be moved.

Starts MiniStack in this process on a free port of 127.0.0.1 and reads commands, one JSON object on each line of stdin.
Each has one JSON line on stdout as its response. The process ends when stdin ends: the parent closed it or has ended.

    {"command": "now"}
    {"command": "advance", "to": "2026-04-01T00:00:00Z"}   time passes: every rule and schedule fires when it is due
    {"command": "skip", "to": "2026-04-01T00:00:00Z"}      an outage: time passes, nothing fires, nothing is made up for
    {"command": "logs", "forget": true}                    all events of CloudWatch Logs, which are deleted then
    {"command": "faults", "seed": 1, "rate": 0.05}         sets the faults of functions and reports past ones, see faults.py
    {"command": "journal"}                                 the changes of keys and secrets since the last time, see journal.py
    {"command": "reset"}                                   an empty account at the start time

MiniStack does the work: its cron code determines when a rule or schedule is due, its schedulers fire it, and its Lambda
service runs the function. aws_rules.py adds what MiniStack lacks for this library.
"""
import argparse
import contextlib
import datetime
import functools
import json
import os
import pathlib
import queue
import shutil
import socket
import sys
import tempfile
import threading

import time_machine

ACCOUNT = '111122223333'


def prepare_environment(port: int, directory: str) -> None:
    """MiniStack reads its settings when it is imported, and its Lambda workers inherit this environment."""
    for name in [name for name in os.environ if name.startswith(('AWS_', 'LAMBDA_', 'MINISTACK_'))]:
        del os.environ[name]  # no setting or credential of the caller may reach a test
    os.environ.update({
        'AUTH': 'true',  # policies are evaluated, signatures checked, inactive keys refused
        'BIND_HOST': '127.0.0.1',
        'MINISTACK_HOST': '127.0.0.1',
        'GATEWAY_PORT': str(port),
        'MINISTACK_ACCOUNT_ID': ACCOUNT,
        'MINISTACK_REGION': 'us-east-1',
        'LAMBDA_ASYNC_RETRY_BASE_SECONDS': '0.01',  # AWS waits minutes between retries
        'NODE_OPTIONS': f'--require "{pathlib.Path(__file__).with_name("hurry.cjs")}"',
        'LOG_LEVEL': os.environ.get('EMULATOR_LOG_LEVEL', 'WARNING'),
        'SFTP_ENABLED': '0',
        'IOT_MTLS_ENABLED': '0',
        'DOCKER_HOST': f'unix://{directory}/no-docker.sock',
        'TMPDIR': directory,
        'HOME': directory,
    })
    tempfile.tempdir = directory


class Clock:
    """Moves the time of this process, and fires the rules and schedules that are due."""

    def __init__(self, traveller, start):
        from ministack.services import eventbridge, scheduler
        self.traveller, self.start = traveller, start
        self.eventbridge, self.scheduler = eventbridge, scheduler
        # Rules, and schedules of EventBridge Scheduler, with the time of the last firing of each.
        self.sources = ((eventbridge._rules, eventbridge._rule_last_fired), (scheduler._schedules, scheduler._schedule_last_fired))
        eventbridge._parse_cron_fields = functools.lru_cache(maxsize=None)(eventbridge._parse_cron_fields)
        self.next_match = functools.lru_cache(maxsize=None)(
            lambda schedule, after: eventbridge._cron_next_fire(eventbridge._parse_cron_fields(schedule), after))

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.timezone.utc)

    def advance(self, to: datetime.datetime) -> int:
        invocations = 0
        while True:
            due = min(filter(None, map(self._next_firing, self._scheduled())), default=None)
            if due is None or due >= to:
                break
            # AWS fires within the minute. One second later is safe from rounding.
            self._move_to(due + datetime.timedelta(seconds=1))
            with threads_started_here() as started:
                self.eventbridge._tick_scheduled_rules()
                self.scheduler._tick_schedules()
            for invocation in started:
                invocation.join()
            invocations += len(started)
        self._move_to(to)
        return invocations

    def send(self, event: dict) -> int:
        """Delivers an event of an AWS service to the rules of the default bus: PutEvents refuses the sources of AWS."""
        entry = {'Source': event['source'], 'DetailType': event['detail-type'], 'Resources': event['resources'],
                 'Detail': json.dumps(event['detail'])}
        with threads_started_here() as started:
            self.eventbridge._put_events({'Entries': [entry]}, allow_aws_source=True)
        for invocation in started:
            invocation.join()
        return len(started)

    def skip(self, to: datetime.datetime) -> int:
        self._move_to(to)
        for last_fired, key, rule in self._scheduled():
            last = self._last_fired(last_fired, key, rule)
            # A rate keeps its phase; a cron expression depends on the calendar only.
            interval = self.eventbridge._parse_rate_seconds(rule['ScheduleExpression'])
            missed = (self.now().timestamp() - last) // interval if interval else 0
            last_fired[key] = last + missed * interval if interval else self.now().timestamp()
        return 0

    def reset(self) -> None:
        for _, last_fired in self.sources:
            last_fired.clear()
        self.traveller.move_to(self.start)

    def _move_to(self, instant: datetime.datetime) -> None:
        if instant > self.now():  # time also passes between commands, and never moves back
            self.traveller.move_to(instant)

    def _scheduled(self):
        for rules, last_fired in self.sources:
            # MiniStack keeps the last firing of a deleted rule, so a new rule of that name would be overdue.
            for key in last_fired.keys() - rules._data.keys():
                del last_fired[key]
            for key, rule in rules._data.items():
                if rule.get('State') == 'ENABLED' and rule.get('ScheduleExpression'):
                    yield last_fired, key, rule

    def _last_fired(self, last_fired, key, rule) -> float:
        # A rule of CloudFormation has no creation time here: at most the seconds since its deployment are lost.
        created = rule.get('CreationTime') or rule.get('CreationDate') or self.now().timestamp()
        return last_fired.setdefault(key, created)

    def _next_firing(self, item):
        last_fired, key, rule = item
        last = datetime.datetime.fromtimestamp(self._last_fired(last_fired, key, rule), datetime.timezone.utc)
        interval = self.eventbridge._parse_rate_seconds(rule['ScheduleExpression'])
        if interval:
            return last + datetime.timedelta(seconds=interval)
        return self.next_match(rule['ScheduleExpression'], last)


@contextlib.contextmanager
def threads_started_here():
    """Collects the threads that this thread starts: MiniStack runs each asynchronous invocation in one of its own."""
    started, here, start = [], threading.get_ident(), threading.Thread.start

    def recording_start(thread):
        if threading.get_ident() == here:
            started.append(thread)
        start(thread)

    threading.Thread.start = recording_start
    try:
        yield started
    finally:
        threading.Thread.start = start


def logs(forget: bool) -> list:
    from ministack.services import cloudwatch_logs
    events = [(event['timestamp'], group, event['message'])
              for (_, _, group), content in cloudwatch_logs._log_groups._data.items()
              for stream in content['streams'].values() for event in stream['events']]
    if forget:
        for content in cloudwatch_logs._log_groups._data.values():
            content['streams'].clear()
    return [{'time': datetime.datetime.fromtimestamp(time / 1000, datetime.timezone.utc).isoformat(), 'group': group,
             'message': message} for time, group, message in sorted(events, key=lambda event: event[0])]


def respond(request: dict, clock: Clock, wire) -> dict:
    if request['command'] == 'now':
        return {'now': clock.now().isoformat()}
    if request['command'] == 'logs':
        return {'logs': logs(request.get('forget', False))}
    if request['command'] == 'faults':
        wire.faults.configure(request.get('seed'), request.get('rate'), request.get('kinds'))
        return {'faults': wire.faults.report()}
    if request['command'] == 'journal':
        return {'journal': wire.journal.take()}
    if request['command'] == 'reset':
        from ministack.app import _reset_all_state
        _reset_all_state()
        wire.reset()
        clock.reset()
        return {}
    if request['command'] == 'send':
        return {'invocations': clock.send(request['event'])}
    to = parse_instant(request['to'])
    return {'invocations': clock.advance(to) if request['command'] == 'advance' else clock.skip(to)}


def parse_instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))


def read_commands(lines: queue.SimpleQueue, directory: str) -> None:
    """Runs in its own thread, so that the end of stdin is noticed during a long command."""
    for line in sys.stdin:
        lines.put(line)
    end(directory)


def execute_commands(lines: queue.SimpleQueue, clock: Clock, wire, replies) -> None:
    while True:
        try:
            reply = respond(json.loads(lines.get()), clock, wire)
        except Exception as error:  # without a response, a test would hang
            reply = {'error': repr(error)}
        print(json.dumps(reply), file=replies, flush=True)


def end(directory: str) -> None:
    from ministack.core import lambda_runtime
    lambda_runtime.reset()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)  # also if a thread is still waiting


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument('--start', required=True, help='the start time, ISO 8601 in UTC')
    start = parse_instant(arguments.parse_args().start)
    replies, sys.stdout = sys.stdout, sys.stderr  # output of a library must not look like a response
    listener = socket.create_server(('127.0.0.1', 0))
    port = listener.getsockname()[1]
    directory = tempfile.mkdtemp(prefix='emulator-')
    prepare_environment(port, directory)

    import uvicorn
    from ministack.app import app

    import aws_rules
    from faults import Faults
    from journal import Journal
    from runs import Runs
    from wire import SeverableProtocol, Wire
    aws_rules.install()
    runs = Runs()
    runs.install()
    wire = Wire(app, Journal(runs), Faults(runs))
    # MiniStack uses Hypercorn; uvicorn with uvloop takes a fifth less time for the requests of a year.
    config = uvicorn.Config(wire, http=SeverableProtocol, loop='uvloop', log_level=os.environ['LOG_LEVEL'].lower(),
                            timeout_keep_alive=600, date_header=False, server_header=False)
    with time_machine.travel(start, tick=True) as traveller:
        clock = Clock(traveller, start)
        print(json.dumps({'port': port, 'account': ACCOUNT}), file=replies, flush=True)
        lines = queue.SimpleQueue()
        threading.Thread(target=read_commands, args=(lines, directory), daemon=True).start()
        threading.Thread(target=execute_commands, args=(lines, clock, wire, replies), daemon=True).start()
        uvicorn.Server(config).run(sockets=[listener])
    end(directory)


if __name__ == '__main__':
    main()

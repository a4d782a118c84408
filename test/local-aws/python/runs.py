"""The run of a function from which a call comes, and how the run ended."""
import dataclasses
import datetime
import itertools
import re
import threading

from ministack.core import lambda_runtime


@dataclasses.dataclass
class Run:
    """One attempt to handle an event. Lambda makes up to three for an asynchronous event."""
    event: dict
    worker: object
    #: The kinds of its faults.
    faults: list = dataclasses.field(default_factory=list)
    error: str | None = None
    time: str = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).isoformat())
    has_ended: bool = False
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def kill(self) -> None:
        """Only during the run: a call that it did not wait for must not affect the next run."""
        with self.lock:
            process = self.worker._proc
            if process and not self.has_ended:
                process.kill()
                process.wait()  # or the next run could get this process

    def end(self, result: dict) -> None:
        with self.lock:
            self.has_ended = True
        if result.get('status') != 'ok':
            self.error = result.get('error', 'unknown')


class Runs:
    """Every worker process has a name, which the AWS SDK sends in the User-Agent of its calls."""

    def __init__(self):
        self.by_name = {}
        self.numbers = itertools.count()
        self.local = threading.local()
        #: Runs with a fault or an error since the last report.
        self.eventful = []

    def install(self) -> None:
        invoke, credentials = lambda_runtime.Worker.invoke, lambda_runtime.execution_credentials

        def tracked_invoke(worker, event, *args, **kwargs):
            run = self.local.run = worker.run = Run(event, worker)
            result = invoke(worker, event, *args, **kwargs)
            run.end(result)
            if run.error or run.faults:
                self.eventful.append(run)
            return result

        def named_credentials(config):
            """The environment of a worker process. MiniStack starts it in the thread of its first run."""
            name = f'worker-{next(self.numbers)}'
            worker = self.local.run.worker
            self.by_name[name], worker.name = worker, name
            # https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
            return {**credentials(config), 'AWS_SDK_UA_APP_ID': name}

        lambda_runtime.Worker.invoke = tracked_invoke
        lambda_runtime.execution_credentials = named_credentials

    def of(self, call) -> Run | None:
        """The run of a call. None for other clients, and for a call that a process sent before it ended."""
        worker = self.by_name.get(name_of(call))
        return worker.run if worker and worker.name == name_of(call) and not worker.run.has_ended else None

    def has(self, call) -> bool:
        """Whether a function made the call."""
        return name_of(call) in self.by_name

    def take_eventful(self) -> list:
        taken, self.eventful = self.eventful, []
        return [{'time': run.time, 'event': run.event, 'faults': run.faults, 'error': run.error} for run in taken]


def name_of(call) -> str | None:
    name = re.search(r'\bapp/(worker-\d+)\b', call.headers.get('user-agent', ''))
    return name and name[1]

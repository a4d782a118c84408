"""Which run of which function a call comes from, and how the run ended."""
import dataclasses
import datetime
import itertools
import re
import threading

from ministack.core import lambda_runtime


@dataclasses.dataclass
class Run:
    """One attempt to handle an event. Lambda makes up to three for an asynchronous one."""
    event: dict
    worker: object
    #: Kinds of the faults that it met.
    faults: list = dataclasses.field(default_factory=list)
    error: str | None = None
    time: str = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).isoformat())
    over: bool = False
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def kill(self) -> None:
        """Only while it lasts: a call that it did not wait for must not harm the next run."""
        with self.lock:
            process = self.worker._proc
            if process and not self.over:
                process.kill()
                process.wait()  # or the next run would be given to a process that is about to end

    def end(self, result: dict) -> None:
        with self.lock:
            self.over = True
        if result.get('status') != 'ok':
            self.error = result.get('error', 'unknown')


class Runs:
    """Every worker process gets a name, which the AWS SDK repeats in the User-Agent of its calls."""

    def __init__(self):
        self.by_name = {}
        self.numbers = itertools.count()
        self.here = threading.local()
        #: Runs that met a fault or failed, since they were last asked for.
        self.eventful = []

    def install(self) -> None:
        invoke, credentials = lambda_runtime.Worker.invoke, lambda_runtime.execution_credentials

        def tracked_invoke(worker, event, *args, **kwargs):
            run = self.here.run = worker.run = Run(event, worker)
            result = invoke(worker, event, *args, **kwargs)
            run.end(result)
            if run.error or run.faults:
                self.eventful.append(run)
            return result

        def named_credentials(config):
            """What a worker process gets into its environment. MiniStack starts it in the thread of its first run."""
            name = f'worker-{next(self.numbers)}'
            worker = self.here.run.worker
            self.by_name[name], worker.name = worker, name
            # https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
            return {**credentials(config), 'AWS_SDK_UA_APP_ID': name}

        lambda_runtime.Worker.invoke = tracked_invoke
        lambda_runtime.execution_credentials = named_credentials

    def of(self, call) -> Run | None:
        """The run that waits for a call. Nothing for a call of no function, and for one that a process sent before it died."""
        worker = self.by_name.get(name_of(call))
        return worker.run if worker and worker.name == name_of(call) and not worker.run.over else None

    def knows(self, call) -> bool:
        """Whether a function called."""
        return name_of(call) in self.by_name

    def take_eventful(self) -> list:
        taken, self.eventful = self.eventful, []
        return [{'time': run.time, 'event': run.event, 'faults': run.faults, 'error': run.error} for run in taken]


def name_of(call) -> str | None:
    name = re.search(r'\bapp/(worker-\d+)\b', call.headers.get('user-agent', ''))
    return name and name[1]

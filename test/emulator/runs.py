"""Which run of which function a call comes from, and how the run ended."""
import dataclasses
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

    def kill(self):
        process = self.worker._proc
        if process:
            process.kill()


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
            if result.get('status') != 'ok':
                run.error = result.get('error', 'unknown')
            if run.error or run.faults:
                self.eventful.append(run)
            return result

        def named_credentials(config):
            """What a worker process gets into its environment. MiniStack starts it in the thread of its first run."""
            name = f'run-{next(self.numbers)}'
            self.by_name[name] = self.here.run.worker
            # https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
            return {**credentials(config), 'AWS_SDK_UA_APP_ID': name}

        lambda_runtime.Worker.invoke = tracked_invoke
        lambda_runtime.execution_credentials = named_credentials

    def of(self, call) -> Run | None:
        """Nothing for a call that comes from no function."""
        name = re.search(r'\bapp/(run-\d+)\b', call.headers.get('user-agent', ''))
        worker = name and self.by_name.get(name[1])
        return worker and worker.run

    def take_eventful(self) -> list:
        taken, self.eventful = self.eventful, []
        return [{'event': run.event, 'faults': run.faults, 'error': run.error} for run in taken]

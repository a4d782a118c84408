"""See aws_rules.py."""
import threading
import time

from ministack.core import lambda_runtime


def install() -> None:
    keep_the_process_of_a_failed_run()


def keep_the_process_of_a_failed_run() -> None:
    """A handler that throws leaves its process as it is, with all that it remembers. MiniStack starts a new one.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown

    And when Lambda repeats an event, the request has the same ID, which MiniStack makes up anew.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    worker = lambda_runtime.Worker
    invoke, signal, collect = worker.invoke, lambda_runtime._signal, lambda_runtime._collect
    here = threading.local()

    def spare(process):
        """MiniStack ends the process of a failed run before one can know why the run failed."""
        if getattr(here, 'spares', False) and time.perf_counter() < here.deadline:
            here.spared = process
        else:
            signal(process)

    def collect_unless_spared(process, deadline):
        if process is not getattr(here, 'spared', None):
            collect(process, deadline)

    def patient_invoke(self, event, request_id, **kwargs):
        if getattr(here, 'event', None) is not event:
            here.event, here.request_id = event, request_id
        here.spares, here.spared = True, None
        here.deadline = time.perf_counter() + float(self.config.get('Timeout', 30))
        try:
            result = invoke(self, event, here.request_id, **kwargs)
        finally:
            here.spares, spared, here.spared = False, here.spared, None
        if spared and 'trace' in result:  # only a handler's own error has one
            self._proc = spared
        elif spared:
            signal(spared)
            collect(spared, time.monotonic() + lambda_runtime._REAP_GRACE)
        return result

    lambda_runtime._signal, lambda_runtime._collect = spare, collect_unless_spared
    worker.invoke = patient_invoke

"""See aws_rules.py."""
import functools
import os
import select
import threading
import time

from ministack.core import iam_actions, lambda_runtime
from ministack.services import lambda_svc


def install() -> None:
    keep_the_process_of_a_failed_run()
    log_what_was_written_before_the_answer()
    lambda_svc._effective_func_record_for_qualifier = functools.partial(
        qualified_record, lambda_svc._effective_func_record_for_qualifier)
    iam_actions.extract_resource_arn = functools.partial(resource_arn, iam_actions.extract_resource_arn)


def qualified_record(original, function, qualifier):
    """A run has the ARN in its context that was invoked. MiniStack drops the alias of a ServiceToken or of a target.

    https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
    """
    record, config = original(function, qualifier)
    if config and qualifier:
        config = {**config, 'FunctionArn': f"{function['config']['FunctionArn']}:{qualifier}"}
    return record, config


def resource_arn(original, service, method, path, headers, body, query_params, *where):
    """Policies match the ARN with the qualifier of the request: a permission for a function does not open its alias.

    https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html
    """
    arn = original(service, method, path, headers, body, query_params, *where)
    qualifier = lambda_svc._qp_first(query_params or {}, 'Qualifier') if service == 'lambda' else None
    return f'{arn}:{qualifier}' if qualifier else arn


def keep_the_process_of_a_failed_run() -> None:
    """After an error of the handler, Lambda keeps the process and its memory. MiniStack starts a new one.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown

    A retry has the request ID of the first attempt; MiniStack generates a new one.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    worker = lambda_runtime.Worker
    invoke, signal, collect = worker.invoke, lambda_runtime._signal, lambda_runtime._collect
    local = threading.local()

    def spare(process):
        """MiniStack ends the process of a failed run before the reason of the failure is known."""
        if getattr(local, 'spares', False) and time.perf_counter() < local.deadline:
            local.spared = process
        else:
            signal(process)

    def collect_unless_spared(process, deadline):
        if process is not getattr(local, 'spared', None):
            collect(process, deadline)

    def sparing_invoke(self, event, request_id, **kwargs):
        if getattr(local, 'event', None) is not event:
            local.event, local.request_id = event, request_id
        local.spares, local.spared = True, None
        local.deadline = time.perf_counter() + float(self.config.get('Timeout', 30))
        try:
            result = invoke(self, event, local.request_id, **kwargs)
        finally:
            local.spares, spared, local.spared = False, local.spared, None
        if spared and 'trace' in result:  # only an error of the handler has a trace
            self._proc = spared
        elif spared:
            signal(spared)
            collect(spared, time.monotonic() + lambda_runtime._REAP_GRACE)
        return result

    lambda_runtime._signal, lambda_runtime._collect = spare, collect_unless_spared
    worker.invoke = sparing_invoke


def log_what_was_written_before_the_answer() -> None:
    """MiniStack waits some milliseconds for output, and logs later output with the next run, hours later by its clock.

    Node writes to a pipe synchronously, so all output of a run is in the pipe when it responds.
    """
    def read(self):
        self.output = output = Output(self._proc.stderr, self._stderr_queue)
        output.read_to_the_end()

    def drain(self):
        if hasattr(self, 'output'):
            self.output.take()
        return self._drain_stderr()

    lambda_runtime.Worker._read_stderr, lambda_runtime.Worker._drain_stderr_bounded = read, drain


class Output:
    def __init__(self, pipe, lines):
        self.pipe = os.dup(pipe.fileno())  # MiniStack can close its own at any time
        os.set_blocking(self.pipe, False)
        self.lines, self.rest, self.over, self.lock = lines, b'', False, threading.Lock()

    def read_to_the_end(self) -> None:
        poll = select.poll()
        poll.register(self.pipe, select.POLLIN)
        while not self.over:
            poll.poll()
            self.take()
        os.close(self.pipe)

    def take(self) -> None:
        """Moves all lines that are in the pipe to the queue."""
        with self.lock:
            while not self.over:
                try:
                    chunk = os.read(self.pipe, 65536)
                except BlockingIOError:
                    return
                self.over = not chunk
                *complete, self.rest = (self.rest + chunk).split(b'\n')
                for line in complete:
                    self.lines.put(line.decode())

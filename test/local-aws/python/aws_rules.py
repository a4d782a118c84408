"""What AWS does, this library depends on, and MiniStack 1.5.33 does not do.

Each function of the modules named rules_* stands in for one of MiniStack's and calls it for the actual work. Read them
as the list of what the emulator could not show us by itself; whatever is not there is MiniStack's own behaviour.
"""
import contextvars

from ministack import app
from ministack.core import iam_evaluator, sigv4
from ministack.services import eventbridge, scheduler

import rules_cloudwatch
import rules_delivery
import rules_iam
import rules_lambda
import rules_scheduler
import rules_secrets_manager


def install() -> None:
    for rules in (rules_iam, rules_secrets_manager, rules_delivery, rules_scheduler, rules_lambda, rules_cloudwatch):
        rules.install()
    # AWS is spoken to over TLS, the emulator is not: policies that deny anything else must not see the difference.
    iam_evaluator._request_origin = contextvars.ContextVar('origin', default=('127.0.0.1', True))
    app.pin_request_origin = lambda source_ip, secure_transport: None
    # The function's own clock stays the real one while AWS's moves, so no request could be signed "in time".
    sigv4.request_time_failure = lambda signature, now=None: None
    # emulator.py says when rules are due, so neither of MiniStack's two scheduler threads may.
    eventbridge.start_scheduler = scheduler.start_scheduler = lambda: None

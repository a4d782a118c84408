"""Behaviour of AWS that this library depends on and that MiniStack 1.5.33 lacks.

Each function in the modules rules_* replaces a function of MiniStack and calls it for the actual work. All other
behaviour is that of MiniStack.
"""
import contextvars

from ministack import app
from ministack.core import iam_evaluator, sigv4
from ministack.services import eventbridge, scheduler

import rules_cloudformation
import rules_cloudwatch
import rules_delivery
import rules_iam
import rules_lambda
import rules_scheduler
import rules_secrets_manager


def install() -> None:
    for rules in (rules_iam, rules_secrets_manager, rules_delivery, rules_scheduler, rules_lambda, rules_cloudwatch,
                  rules_cloudformation):
        rules.install()
    # The emulator has no TLS: policies that require TLS must accept its requests.
    iam_evaluator._request_origin = contextvars.ContextVar('origin', default=('127.0.0.1', True))
    app.pin_request_origin = lambda source_ip, secure_transport: None
    # The clock of the functions is the real one while that of AWS moves, so the signing times would be out of range.
    sigv4.request_time_failure = lambda signature, now=None: None
    # emulator.py fires the rules and schedules, so MiniStack's scheduler threads must not run.
    eventbridge.start_scheduler = scheduler.start_scheduler = lambda: None

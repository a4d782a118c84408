"""Delivery from a schedule to the function or to the dead-letter queue, as its role permits. See aws_rules.py."""
import functools
import json
import re

from ministack.core.arn import parse_arn
from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, iam, scheduler
from ministack.services.cloudformation import provisioners

SERVICE = 'scheduler.amazonaws.com'

#: MiniStack's delivery for rules and schedules, before rules_delivery.py adds the check of the rule's permission.
deliver = eventbridge._invoke_target


def install() -> None:
    eventbridge._invoke_target = functools.partial(invoke_target, eventbridge._invoke_target)
    schedule = provisioners._RESOURCE_HANDLERS['AWS::Scheduler::Schedule']
    schedule.update(create=functools.partial(create_schedule, schedule['create']))


def invoke_target(for_rules, target, event, source, view=None):
    """MiniStack ignores the role of a schedule and its dead-letter queue.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    if 'GroupName' not in source:
        return for_rules(target, event, source, view)
    if may(source, 'lambda:InvokeFunction', target['Arn']):
        return deliver(target, event, source, view)
    queue = target.get('DeadLetterConfig', {}).get('Arn')
    if queue and may(source, 'sqs:SendMessage', queue):
        eventbridge._dispatch_to_sqs(parse_arn(queue), target.get('Input') or json.dumps(event))


def may(schedule: dict, action: str, resource: str) -> bool:
    """Whether Scheduler can assume the role of a schedule, and the role permits an action."""
    name = schedule['Target']['RoleArn'].rsplit('/', 1)[-1]
    group = scheduler._schedule_groups.get(schedule['GroupName'])
    if name not in iam._roles or not group or not may_assume(iam._roles[name], group['Arn']):
        return False
    return evaluate(context(f'arn:aws:sts::{get_account_id()}:assumed-role/{name}/scheduler', 'AssumedRole', action, resource),
                    _gather_role_policies(name, get_account_id())).decision == 'Allow'


def may_assume(role: dict, group_arn: str) -> bool:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html"""
    request = context('*', 'Service', 'sts:AssumeRole', role['Arn'],
                      {'aws:sourcearn': group_arn, 'aws:sourceaccount': get_account_id()})
    return evaluate_resource_policy(role['AssumeRolePolicyDocument'], request, SERVICE).decision == 'Allow'


def context(principal: str, kind: str, action: str, resource: str, keys: dict | None = None) -> EvalContext:
    return EvalContext(principal_arn=principal, principal_type=kind, principal_account=get_account_id(), action=action,
                       resource_arn=resource, region=get_region(), service_context=keys or {})


def create_schedule(original, logical_id, props, stack_name):
    """MiniStack's CloudFormation accepts any name, and continues when its Scheduler rejects an existing one.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """
    name, group = props.get('Name'), props.get('GroupName', 'default')
    if name and not re.fullmatch(r'[0-9a-zA-Z\-_.]{1,64}', name):
        raise ValueError(f'The name {name} of a schedule is not valid.')
    if f'{group}/{name}' in scheduler._schedules:
        raise ValueError(f'Schedule {name} already exists in group {group}.')
    if group != 'default' and group not in scheduler._schedule_groups:
        raise ValueError(f'Schedule group {group} does not exist.')
    role = iam._roles.get(props['Target']['RoleArn'].rsplit('/', 1)[-1])
    if not role or not may_assume(role, scheduler._group_arn(group)):
        raise ValueError('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.')
    return original(logical_id, props, stack_name)

"""Delivery from a schedule to the function or to the dead-letter queue, as its role permits, and time zones of schedules.

See aws_rules.py.
"""
import datetime
import functools
import json
import re
import zoneinfo

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
    schedule.update(create=functools.partial(create_schedule, schedule['create']),
                    update=functools.partial(update_schedule, schedule['update']))
    for name in ('_create_schedule', '_update_schedule'):
        setattr(scheduler, name, functools.partial(put_schedule, getattr(scheduler, name)))
    zoneinfo.reset_tzpath(())  # only the pinned package tzdata: a machine may have older data, or none
    eventbridge._parse_cron_fields = functools.partial(parse_cron_fields, eventbridge._parse_cron_fields)
    eventbridge._cron_next_fire = functools.partial(next_fire, eventbridge._cron_next_fire)


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
    require_time_zone(props)
    result = original(logical_id, props, stack_name)
    set_time_zone(group, result[0], props)
    return result


def update_schedule(original, physical_id, old_props, new_props, stack_name):
    require_time_zone(new_props)
    result = original(physical_id, old_props, new_props, stack_name)
    set_time_zone(new_props.get('GroupName', 'default'), result[0], new_props)
    return result


def put_schedule(original, name, body):
    """CreateSchedule and UpdateSchedule."""
    try:
        require_time_zone(body)
    except ValueError as error:
        return scheduler._error(400, 'ValidationException', str(error))
    response = original(name, body)
    if response[0] == 200:
        set_time_zone(body.get('GroupName', 'default'), name, body)
    return response


def time_zone_of(request: dict) -> str:
    return request.get('ScheduleExpressionTimezone') or 'UTC'


known_time_zones = functools.cache(zoneinfo.available_timezones)


def require_time_zone(request: dict) -> None:
    """MiniStack accepts any text.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zones
    """
    name = time_zone_of(request)
    if name not in known_time_zones():
        raise ValueError(f'Invalid Schedule Expression Timezone {name}.')


def set_time_zone(group: str, name: str, request: dict) -> None:
    """MiniStack's CloudFormation omits the time zone, and its cron code receives only the expression of a schedule."""
    schedule, zone = scheduler._schedules[f'{group}/{name}'], time_zone_of(request)
    schedule['ScheduleExpressionTimezone'] = zone
    schedule['ScheduleExpression'] = ExpressionInZone(schedule['ScheduleExpression'])
    schedule['ScheduleExpression'].zone = zoneinfo.ZoneInfo(zone)


class ExpressionInZone(str):
    """The expression of a schedule, and the time zone in which it is evaluated."""
    zone: zoneinfo.ZoneInfo

    def __eq__(self, other):  # emulator.py caches by expression
        return str.__eq__(self, other) and self.zone is getattr(other, 'zone', None)

    def __hash__(self):
        return str.__hash__(self)


class FieldsInZone(tuple):
    """What MiniStack parses an expression to, and its time zone."""
    zone: zoneinfo.ZoneInfo


def parse_cron_fields(original, expression):
    fields = original(expression)
    if fields is None or not isinstance(expression, ExpressionInZone):
        return fields
    zoned = FieldsInZone(fields)
    zoned.zone = expression.zone
    return zoned


def next_fire(original, fields, after):
    """MiniStack evaluates all cron expressions in UTC. EventBridge does so for rules, but Scheduler has time zones.

    A local time that the change to summer time skips is not run that day; one that the change back repeats is run once.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
    """
    if not isinstance(fields, FieldsInZone):
        return original(fields, after)
    utc = datetime.timezone.utc
    local = after.astimezone(fields.zone).replace(tzinfo=utc)  # the clock of the time zone, for MiniStack a time in UTC
    while local := original(fields, local):
        at = local.replace(tzinfo=fields.zone, fold=0).astimezone(utc)  # fold=0: the first of two equal local times
        is_skipped = at.astimezone(fields.zone).replace(tzinfo=utc) != local
        if not is_skipped and at > after:
            return at
    return None

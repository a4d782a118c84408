"""Delivery from a rule to the function and to the dead-letter queues, and subscriptions. See aws_rules.py."""
import functools
import json

from ministack.core import iam_actions
from ministack.core.arn import parse_arn
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc, sns, sqs
from ministack.services.cloudformation import provisioners


def install() -> None:
    eventbridge._dispatch_to_lambda = invoke_asynchronously
    eventbridge._invoke_target = functools.partial(invoke_target, eventbridge._invoke_target)
    lambda_svc._route_async_failure = functools.partial(route_failure, lambda_svc._route_async_failure)
    iam_actions.request_tag_context = functools.partial(request_context, iam_actions.request_tag_context)
    sns._list_subscriptions_by_topic = functools.partial(list_subscriptions, sns._list_subscriptions_by_topic)
    function = provisioners._RESOURCE_HANDLERS['AWS::Lambda::Function']
    function.update(create=functools.partial(create_function, function['create']),
                    update=functools.partial(update_function, function['update']))


def invoke_target(original, target, event, rule, view=None):
    """Invokes a function only if its policy permits this rule; otherwise the event is sent to the dead-letter queue."""
    arn = parse_arn(target['Arn'])
    if arn.service != 'lambda' or may_invoke(rule['Arn'], target['Arn']):
        return original(target, event, rule, view)
    queue = target.get('DeadLetterConfig', {}).get('Arn')
    if queue and sqs.queue_policy_allows(queue, 'events.amazonaws.com', rule['Arn'], get_account_id()):
        eventbridge._dispatch_to_sqs(parse_arn(queue), target.get('Input') or json.dumps(event))


def may_invoke(rule_arn: str, function_arn: str) -> bool:
    policy = lambda_svc.function_policy_for_arn(function_arn)
    context = EvalContext(
        principal_arn='*', principal_type='Service', principal_account='', action='lambda:InvokeFunction',
        resource_arn=function_arn, region=get_region(),
        service_context={'aws:sourcearn': rule_arn, 'aws:sourceaccount': get_account_id()})
    return policy is not None and evaluate_resource_policy(policy[0], context, 'events.amazonaws.com').decision == 'Allow'


def request_context(original, service: str, action: str, body: bytes, params: dict) -> dict:
    """MiniStack does not set events:source, the source of an event, for policies.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    context = original(service, action, body, params)
    if action != 'events:PutEvents':
        return context
    [source] = {entry.get('Source') for entry in json.loads(body)['Entries']}
    return {**context, 'events:source': source}


def invoke_asynchronously(function_arn: str, payload: str) -> None:
    """With the two retries and the dead-letter queue of Lambda, which MiniStack has for Invoke only."""
    function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


def route_failure(original, target_arn: str, function_name: str, event: dict, result: dict) -> None:
    """A dead-letter queue receives the event only; the envelope that MiniStack sends is that of a destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    dead_letters = lambda_svc._functions[function_name]['config'].get('DeadLetterConfig') or {}
    if target_arn == dead_letters.get('TargetArn') and parse_arn(target_arn).service == 'sqs':
        eventbridge._dispatch_to_sqs(parse_arn(target_arn), json.dumps(event))
    else:
        original(target_arn, function_name, event, result)


def list_subscriptions(original, params):
    """A subscription that is not confirmed has no ARN yet.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html
    """
    status, headers, body = original(params)
    for subscription in sns._topics.get(sns._p(params, 'TopicArn'), {}).get('subscriptions', []):
        if not subscription['confirmed']:
            body = body.replace(subscription['arn'].encode(), b'PendingConfirmation')
    return status, headers, body


# --- AWS::Lambda::Function: MiniStack drops its DeadLetterConfig ---

def create_function(original, logical_id, props, stack_name):
    name, attributes = original(logical_id, props, stack_name)
    lambda_svc._functions[name]['config']['DeadLetterConfig'] = props.get('DeadLetterConfig')
    return name, attributes


def update_function(original, physical_id, old_props, new_props, stack_name, logical_id=None):
    name, attributes = original(physical_id, old_props, new_props, stack_name, logical_id)
    lambda_svc._functions[name]['config']['DeadLetterConfig'] = new_props.get('DeadLetterConfig')
    return name, attributes

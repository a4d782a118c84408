"""See aws_rules.py."""
import functools

from ministack.services.cloudformation import provisioners


def install() -> None:
    alarm = provisioners._RESOURCE_HANDLERS['AWS::CloudWatch::Alarm']
    alarm.update(create=functools.partial(create_alarm, alarm['create']), update=functools.partial(update_alarm, alarm['update']))


def create_alarm(original, logical_id, props, stack):
    return original(logical_id, of_one_metric(props), stack)


def update_alarm(original, physical_id, old, new, stack, logical_id=None):
    return original(physical_id, of_one_metric(old), of_one_metric(new), stack, logical_id)


def of_one_metric(props):
    """Replaces metric math, which MiniStack rejects, with the first of the metrics.

    No test uses the alarm states of MiniStack: test/monitoring/alarm-evaluation.ts evaluates the alarms of the template.
    """
    queries = props.get('Metrics')
    if not queries:
        return props
    stat = next(query['MetricStat'] for query in queries if 'MetricStat' in query)
    return {**props, **stat['Metric'], 'Metrics': None, 'Period': stat['Period'], 'Statistic': stat['Stat']}

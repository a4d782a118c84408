"""Alarms on more than one metric, which MiniStack refuses. See aws_rules.py."""
import functools

from ministack.services.cloudformation import provisioners


def install() -> None:
    alarm = provisioners._RESOURCE_HANDLERS['AWS::CloudWatch::Alarm']
    for operation in ('create', 'update'):
        alarm[operation] = functools.partial(take_first_metric, alarm[operation])


def take_first_metric(original, *arguments, **options):
    """The alarm exists, by the first of its metrics. No alarm is evaluated here: test/constructs/alarm-evaluation.ts does it."""
    def simple(argument):
        queries = argument.get('Metrics') if isinstance(argument, dict) else None
        if not queries:
            return argument
        metric = next(query['MetricStat'] for query in queries if 'MetricStat' in query)
        rest = {name: value for name, value in argument.items() if name != 'Metrics'}
        return {**rest, **metric['Metric'], 'Period': metric['Period'], 'Statistic': metric['Stat']}

    return original(*map(simple, arguments), **options)

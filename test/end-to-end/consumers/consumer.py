"""A process that runs for years: it has one client of the AWS SDK for Python with the default credentials, and calls AWS
when a line with the time comes from stdin. It prints a line for each: the caller, or the error.
"""
import datetime
import json
import sys

import boto3
import time_machine

with time_machine.travel(0, tick=True) as traveller:
    session, sts = None, None
    for line in sys.stdin:
        traveller.move_to(datetime.datetime.fromisoformat(line.strip().replace('Z', '+00:00')))
        try:
            session = session or boto3.Session()
            sts = sts or session.client('sts')
            answer = {'arn': sts.get_caller_identity()['Arn'], 'accessKeyId': session.get_credentials().access_key}
        except Exception as error:
            answer = {'error': repr(error)}
        print(json.dumps(answer), flush=True)

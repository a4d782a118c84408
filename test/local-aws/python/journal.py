"""A record of the calls that changed access keys and secrets, like that of CloudTrail.

MiniStack has a CloudTrail, but its events do not distinguish rejected calls from those that took effect.
"""
import datetime
import re

ACTIONS = {'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'PutSecretValue', 'UpdateSecretVersionStage', 'GetCallerIdentity'}


class Journal:
    def __init__(self, runs):
        self.runs, self.entries = runs, []

    def note(self, call, status: int, body: bytes) -> None:
        if call.action not in ACTIONS or not 200 <= status < 300:
            return
        entry = {
            'time': datetime.datetime.now(datetime.timezone.utc).isoformat(),
            'action': call.action,
            'byFunction': self.runs.has(call),
            'signedWith': call.access_key_id,
            'parameters': {name: value for name, value in call.parameters.items() if name != 'SecretString'},
        }
        if call.action == 'CreateAccessKey':
            # Not in CloudTrail: tests search all other output for these secrets.
            entry['created'] = {name: re.search(f'<{name}>(.*?)</{name}>', body.decode())[1]
                                for name in ('AccessKeyId', 'SecretAccessKey')}
        self.entries.append(entry)

    def take(self) -> list:
        taken, self.entries = self.entries, []
        return taken

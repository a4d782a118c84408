"""What CloudTrail would tell of access keys and secrets, to the second: who did what that took effect.

MiniStack has a CloudTrail, but its events do not tell a call that was refused from one that took effect.
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
            'byFunction': self.runs.knows(call),
            'signedWith': call.access_key_id,
            'parameters': {name: value for name, value in call.parameters.items() if name != 'SecretString'},
        }
        if call.action == 'CreateAccessKey':
            # Not CloudTrail's, but somebody has to know what must not be found anywhere else.
            entry['created'] = {name: re.search(f'<{name}>(.*?)</{name}>', body.decode())[1]
                                for name in ('AccessKeyId', 'SecretAccessKey')}
        self.entries.append(entry)

    def take(self) -> list:
        taken, self.entries = self.entries, []
        return taken

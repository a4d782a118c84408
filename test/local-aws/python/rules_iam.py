"""See aws_rules.py."""
import csv
import datetime
import functools
import io
import re

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, sts
from ministack.services.cloudformation import provisioners


def install() -> None:
    for name, rule in (('CreateUser', create_user), ('CreateAccessKey', create_access_key),
                       ('ListAccessKeys', of_an_existing_user), ('UpdateAccessKey', of_an_existing_user),
                       ('DeleteAccessKey', delete_access_key), ('GetAccessKeyLastUsed', last_use),
                       ('GenerateCredentialReport', generate_report), ('GetCredentialReport', get_report)):
        iam._IAM_HANDLERS[name] = functools.partial(rule, iam._IAM_HANDLERS[name])
    iam._create_user = iam._IAM_HANDLERS['CreateUser']  # what CloudFormation calls
    provisioners._RESOURCE_HANDLERS['AWS::IAM::User']['import'] = import_user
    iam._build_credential_report = credential_report
    # MiniStack's CloudFormation lacks this type; its IAM has the API.
    provisioners._RESOURCE_HANDLERS['AWS::IAM::AccessKey'] = {
        'create': create_key_resource, 'update': update_key_resource, 'delete': delete_key_resource}
    provisioners._REPLACING_PROPERTIES['AWS::IAM::AccessKey'] = ('UserName', 'Serial')
    iam_actions.extract_resource_arn = functools.partial(resource_arn, iam_actions.extract_resource_arn)
    iam_evaluator.authenticate = functools.partial(authenticate, iam_evaluator.authenticate)
    iam_evaluator._resolve_condition_key = functools.partial(condition_key, iam_evaluator._resolve_condition_key)
    iam_evaluator._principal_keys = functools.partial(principal_keys, iam_evaluator._principal_keys)
    # Parsing the same few policies takes a tenth of the time of each request.
    parse = iam_evaluator.parse_policy_document
    parse_text = functools.lru_cache(maxsize=None)(parse)
    iam_evaluator.parse_policy_document = lambda policy: (parse_text if isinstance(policy, str) else parse)(policy)


# --- AWS::IAM::User ---

def import_user(identifier):
    """By its name, and without a write. MiniStack imports no users.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
    """
    name = identifier['UserName']
    return name, {'Arn': iam._users[name]['Arn']}


# --- AWS::IAM::AccessKey ---
# Its Ref is the key ID. Another user or serial replaces the key.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html

def key_call(action, **params):
    status, _, body = iam._IAM_HANDLERS[action]({name: [value] for name, value in params.items()})
    if status >= 400:
        raise ValueError(f'AWS::IAM::AccessKey: {body!r}')


def create_key_resource(logical_id, props, stack):
    before = set(iam._access_keys)
    key_call('CreateAccessKey', UserName=props['UserName'])
    key_id = next(key for key in iam._access_keys if key not in before)
    set_key_status(key_id, props)
    return key_id, {'SecretAccessKey': iam._access_keys[key_id]['SecretAccessKey']}


def update_key_resource(physical_id, old, new, stack, logical_id=None, attributes=None):
    set_key_status(physical_id, new)
    return physical_id, {'SecretAccessKey': iam._access_keys[physical_id]['SecretAccessKey']}


def set_key_status(key_id, props):
    key_call('UpdateAccessKey', UserName=props['UserName'], AccessKeyId=key_id, Status=props.get('Status', 'Active'))


def delete_key_resource(physical_id, props):
    if physical_id in iam._access_keys:
        key_call('DeleteAccessKey', UserName=props['UserName'], AccessKeyId=physical_id)


def create_user(original, params):
    """A name is unique without regard to case.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
    """
    name = iam._p(params, 'UserName')
    if not re.fullmatch(r'[\w+=,.@-]{1,64}', name, re.ASCII):
        return iam._error(400, 'ValidationError', f'The specified value for userName is invalid: {name}')
    if name.lower() in (user.lower() for user in iam._users):
        return iam._error(409, 'EntityAlreadyExists', f'User with name {name} already exists.')
    return original(params)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_KEYS = 2


def create_access_key(original, params):
    """Two keys a user, inactive ones included."""
    name = iam._p(params, 'UserName')
    if len([key for key in iam._access_keys.values() if key['UserName'] == name]) >= MAX_KEYS:
        return iam._error(409, 'LimitExceeded', f'Cannot exceed quota for AccessKeysPerUser: {MAX_KEYS}')
    return original(params)


def of_an_existing_user(original, params):
    """MiniStack lists no keys for a user that does not exist."""
    name = iam._p(params, 'UserName')
    if name and name not in iam._users:
        return iam._error(404, 'NoSuchEntity', f'The user with name {name} cannot be found.')
    return original(params)


def delete_access_key(original, params):
    """MiniStack also deletes a key of another user."""
    name, key_id = iam._p(params, 'UserName'), iam._p(params, 'AccessKeyId')
    if name and iam._access_keys.get(key_id, {}).get('UserName', name) != name:
        return iam._error(404, 'NoSuchEntity', f'The Access Key with id {key_id} cannot be found.')
    return of_an_existing_user(original, params)


def resource_arn(original, service, method, path, headers, body, query_params, *where):
    """The ARN of a user includes its path, and policies match ARNs. A request may have only the key.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    arn = original(service, method, path, headers, body, query_params, *where)
    if service != 'iam':
        return arn
    name = arn.partition(':user/')[2] or iam._access_keys.get(iam._p(query_params, 'AccessKeyId'), {}).get('UserName')
    return iam._users[name]['Arn'] if name in iam._users else arn


def condition_key(original, key, context):
    """Of a session of a role, aws:PrincipalArn is the ARN of the role. MiniStack: that of the session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    value = original(key, context)
    if key.lower() != 'aws:principalarn':
        return value
    session = re.fullmatch(r'arn:[^:]+:sts::\d+:assumed-role/([^/]+)/.*', value or '')
    return iam._roles[session[1]]['Arn'] if session and session[1] in iam._roles else value


def principal_keys(original, credential):
    """A session of GetFederationToken has the tags of its user too. A session tag replaces the value of one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-getfederationtoken
    """
    keys = original(credential)
    if credential.principal_type != 'FederatedUser':
        return keys
    user = iam._users.get(sts._sessions[credential.access_key_id]['PrincipalName'], {})
    return {**{f"aws:principaltag/{tag['Key'].lower()}": tag['Value'] for tag in user.get('Tags', [])}, **keys}


def authenticate(original, access_key_id, account_id):
    """Records the last use of a key and its service."""
    request = iam_evaluator._signed_request.get()
    credential = original(access_key_id, account_id)
    key = iam._access_keys.get(access_key_id)
    if key and isinstance(credential, iam_evaluator.ResolvedCredential):
        _, _, region, service, _ = re.search('Credential=([^,]+)', request.headers['authorization'])[1].split('/')
        key['LastUsed'] = (f'<LastUsedDate>{iam._now()}</LastUsedDate>'
                           f'<Region>{region}</Region><ServiceName>{service}</ServiceName>')
    return credential


def last_use(original, params):
    """MiniStack reports every key as never used."""
    status, headers, body = original(params)
    used = iam._access_keys.get(iam._p(params, 'AccessKeyId'), {}).get('LastUsed')
    if used:
        body = body.replace(b'<Region>N/A</Region><ServiceName>N/A</ServiceName>', used.encode())
    return status, headers, body


# --- The credential report ---
# MiniStack's has no last uses and no key of the root user, quotes no name, and is made again at each call.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html

REPORT_IS_REUSED = datetime.timedelta(hours=4)
NO_KEY = ('false', 'N/A', 'N/A', 'N/A', 'N/A')


def generate_report(original, params):
    """A report that is younger than four hours is used again. The first call for another one starts it."""
    if age_of_report() is not None and age_of_report() <= REPORT_IS_REUSED:
        return report_state('COMPLETE')
    original(params)
    return report_state('STARTED')


def report_state(state):
    return iam._xml(200, 'GenerateCredentialReportResponse',
                    f'<GenerateCredentialReportResult><State>{state}</State></GenerateCredentialReportResult>', ns='iam')


def get_report(original, params):
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html"""
    if age_of_report() is not None and age_of_report() > REPORT_IS_REUSED:
        return iam._error(410, 'ReportExpired', 'Unknown', ns='iam')
    return original(params)


def age_of_report():
    report = iam._credential_reports.get('report')
    if not report:
        return None
    generated = datetime.datetime.fromisoformat(report['generated_time'].replace('Z', '+00:00'))
    return datetime.datetime.now(datetime.timezone.utc) - generated


def credential_report():
    """The keys of a user in the order of their IDs."""
    header = iam._CRED_REPORT_HEADER.split(',')
    root = ('<root_account>', f'arn:aws:iam::{iam.get_account_id()}:root', '2015-01-01T00:00:00Z', 'true',
            'no_information', '2015-01-01T00:00:00Z', 'not_supported', 'true')
    rows = [root + report_of_keys('default')]  # as which MiniStack stores the keys of the root user
    for name, user in sorted(iam._users.items(), key=lambda item: item[0].lower()):
        rows.append((name, user['Arn'], user['CreateDate'], 'false', 'N/A', 'N/A', 'N/A', 'false') + report_of_keys(name))
    output = io.StringIO()
    csv.writer(output, lineterminator='\n').writerows([header, *rows])
    return output.getvalue().rstrip('\n')


def report_of_keys(name):
    keys = sorted((key for key in iam._access_keys.values() if key['UserName'] == name), key=lambda key: key['AccessKeyId'])
    slots = [report_of_key(key) for key in keys[:MAX_KEYS]] + [NO_KEY] * (MAX_KEYS - len(keys))
    return sum(slots, ()) + ('false', 'N/A', 'false', 'N/A')


def report_of_key(key):
    used = dict(re.findall(r'<(\w+)>([^<]*)', key.get('LastUsed', '')))
    return (str(key['Status'] == 'Active').lower(), key['CreateDate'],
            *(used.get(name, 'N/A') for name in ('LastUsedDate', 'Region', 'ServiceName')))

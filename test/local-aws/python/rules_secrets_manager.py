"""See aws_rules.py."""
import functools
import json

from ministack.core import iam_actions
from ministack.core.responses import error_response_json, json_response
from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners


def install() -> None:
    for name, rule in (('_create_secret', create), ('_put_secret_value', put_secret_value),
                       ('_update_secret_version_stage', update_stage)):
        setattr(secretsmanager, name, functools.partial(rule, getattr(secretsmanager, name)))
    iam_actions.request_tag_context = functools.partial(condition_keys, iam_actions.request_tag_context)
    handlers = provisioners._RESOURCE_HANDLERS
    secret = handlers['AWS::SecretsManager::Secret']
    secret.update(create=functools.partial(create_secret, secret['create']),
                  update=functools.partial(update_secret, secret['update']),
                  delete=functools.partial(delete_secret, secret['delete']))
    secret['import'] = import_secret
    # MiniStack's CloudFormation lacks this type; its Secrets Manager has the API.
    handlers['AWS::SecretsManager::ResourcePolicy'] = {
        'create': lambda logical_id, props, stack: put_resource_policy(props),
        'update': lambda physical_id, old, new, stack: put_resource_policy(new),
        'delete': lambda physical_id, props: secretsmanager._delete_resource_policy({'SecretId': physical_id}),
    }
    provisioners._REPLACING_PROPERTIES['AWS::SecretsManager::ResourcePolicy'] = ('SecretId',)


# --- The API ---

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
MAX_LABELS = 20


def create(original, data):
    """Without a value, a new secret has no version. MiniStack: an empty AWSCURRENT.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    status, headers, body = original(data)
    if status < 400 and 'SecretString' not in data and 'SecretBinary' not in data:
        secretsmanager._secrets[data['Name']]['Versions'].clear()
        body = json.dumps({name: value for name, value in json.loads(body).items() if name != 'VersionId'})
    return status, headers, body


def put_secret_value(original, data):
    """A token makes the call idempotent, labels move, and the first version is always AWSCURRENT.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    """
    _, secret = secretsmanager._resolve(data.get('SecretId'))
    if secret is None or secret.get('DeletedDate'):
        return original(data)
    token, labels = data.get('ClientRequestToken'), list(data.get('VersionStages') or ['AWSCURRENT'])
    existing = secret['Versions'].get(token)
    if existing and any(existing.get(field) != data.get(field) for field in ('SecretString', 'SecretBinary')):
        return error_response_json('ResourceExistsException', 'You can\'t use ClientRequestToken '
                                   f'{token} because that value is already in use for a version of secret '
                                   f"{secret['ARN']}.", 400)
    if existing:
        return json_response({'ARN': secret['ARN'], 'Name': secret['Name'], 'VersionId': token,
                              'VersionStages': existing['Stages']})
    if too_many_labels(secret, labels):
        return label_limit_exceeded()
    if not secret['Versions'] and 'AWSCURRENT' not in labels:
        labels.append('AWSCURRENT')
    status, headers, body = original(data)
    if status >= 400:
        return status, headers, body
    response = json.loads(body)
    for label in labels:
        secretsmanager._remove_stage_everywhere(secret, label, except_version_id=response['VersionId'])
        secretsmanager._add_stage(secret, response['VersionId'], label)
    return json_response({**response, 'VersionStages': labels})


def update_stage(original, data):
    _, secret = secretsmanager._resolve(data.get('SecretId'))
    if secret and data.get('MoveToVersionId') and too_many_labels(secret, [data.get('VersionStage')]):
        return label_limit_exceeded()
    return original(data)


def too_many_labels(secret, added) -> bool:
    present = {label for version in secret['Versions'].values() for label in version['Stages']}
    return len(present | set(added)) > MAX_LABELS


def label_limit_exceeded():
    return error_response_json('LimitExceededException', 'You have exceeded the maximum number of staging labels.', 400)


def condition_keys(original, service, iam_action, body, params):
    """A policy can name the staging labels of the version that is read. MiniStack has no such condition key.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    """
    keys = original(service, iam_action, body, params)
    if iam_action != 'secretsmanager:GetSecretValue':
        return keys
    data = json.loads(body)
    versions = (secretsmanager._resolve(data.get('SecretId'))[1] or {'Versions': {}})['Versions']
    stage = data.get('VersionStage', 'AWSCURRENT')
    read = data.get('VersionId') or next((id for id, version in versions.items() if stage in version['Stages']), None)
    return {**keys, 'secretsmanager:VersionStage': list(versions.get(read, {}).get('Stages', [])) or None}


# --- AWS::SecretsManager::Secret ---
# Its Ref is the ARN (MiniStack: the name). An existing name fails (MiniStack: overwrites the other secret). Without
# SecretString and GenerateSecretString it has no version (MiniStack: an empty AWSCURRENT).
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html

def create_secret(original, logical_id, props, stack_name):
    require_free_name(props.get('Name'))
    name, attributes = original(logical_id, props, stack_name)
    drop_invented_version(name, props)
    return attributes['Arn'], attributes


def update_secret(original, physical_id, old_props, new_props, stack_name, logical_id=None):
    name, _ = secretsmanager._resolve(physical_id)
    if new_props.get('Name') != name:
        require_free_name(new_props.get('Name'))
    new_name, attributes = original(name, old_props, new_props, stack_name, logical_id)
    if new_name != name:
        drop_invented_version(new_name, new_props)
    return attributes['Arn'], attributes


def delete_secret(original, physical_id, props):
    name, _ = secretsmanager._resolve(physical_id)
    original(name or physical_id, props)


def import_secret(identifier):
    """By its ARN, and without a write. MiniStack imports no secrets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
    """
    arn = identifier['Id']
    if arn not in (secret['ARN'] for secret in secretsmanager._secrets.values()):
        raise ValueError(f'The secret {arn} was not found.')
    return arn, {'Id': arn, 'Arn': arn}


def require_free_name(name):
    if name in secretsmanager._secrets:
        raise ValueError(f'The operation failed because the secret {name} already exists.')


def drop_invented_version(name, props):
    if 'SecretString' not in props and 'GenerateSecretString' not in props:
        secretsmanager._secrets[name]['Versions'].clear()


def put_resource_policy(props):
    policy = props['ResourcePolicy']
    status, _, body = secretsmanager._put_resource_policy({
        'SecretId': props['SecretId'], 'ResourcePolicy': policy if isinstance(policy, str) else json.dumps(policy)})
    if status >= 400:
        raise ValueError(f'AWS::SecretsManager::ResourcePolicy failed: {body!r}')
    arn = json.loads(body)['ARN']
    return arn, {'Id': arn}

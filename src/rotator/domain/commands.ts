/** The AWS CLI commands that messages name. */
import { IssuedKey, Ledger } from './ledger';
import { RotationContext, RotationRequest } from './user-state';
import { RotationEvent } from '../../contract/events';

export function fetchCommand({ secret, region }: Pick<RotationRequest, 'secret' | 'region'>): string {
  return `aws secretsmanager get-secret-value --secret-id '${secret}' --query SecretString --output text --region ${region}`;
}

/** The value is written by us, so its fields stand in a known order. */
export function profileCommand(request: Pick<RotationRequest, 'username' | 'secret' | 'region'>): string {
  return `${fetchCommand(request)} | awk -F'"' '{ print "[${request.username}]\\naws_access_key_id = " $4 "\\naws_secret_access_key = " $8 }'`;
}

export function invokeCommand(event: RotationEvent, { region, functionName }: RotationContext): string {
  return `aws lambda invoke --function-name ${functionName} --region ${region} --cli-binary-format raw-in-base64-out`
    + ` --payload '${JSON.stringify(event)}' /dev/stdout`;
}

export function statusCommand(username: string, keyId: string, status: 'Active' | 'Inactive'): string {
  return `aws iam update-access-key --user-name ${username} --access-key-id ${keyId} --status ${status}`;
}

/** As IAM's own "revoke active sessions" for roles: denies whatever was signed with a session that is older than this. */
export function revokeSessionsCommand(username: string, before: Date): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString() } } }],
  };
  return `aws iam put-user-policy --user-name ${username} --policy-name RevokeOlderSessions --policy-document '${JSON.stringify(policy)}'`;
}

export function makeCurrent({ version }: Pick<IssuedKey, 'version'>, { currentVersion }: Ledger, secret: string): string {
  return `aws secretsmanager update-secret-version-stage --secret-id '${secret}' --version-stage AWSCURRENT`
    + ` --move-to-version-id ${quoted(version)} --remove-from-version-id ${quoted(currentVersion!)}`;
}

/** Whoever may write a version names it, and somebody else may run the command. */
function quoted(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

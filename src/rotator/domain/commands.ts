/**
 * Every AWS CLI command in messages and errors. Each has `--region`, so that it does not depend on the Region that the
 * reader has configured. IAM commands have it too: one rule for all.
 */
import { foreignText } from './foreign-text';
import { VersionLabel } from './ledger';
import { denyOlderSessions } from './sessions';
import { RotationRequest } from './user-state';
import { RotationEvent } from '../../contract/events';
import { OWNER_TAG } from '../../contract/settings';

type User = Pick<RotationRequest, 'username' | 'region'>;
type Secret = Pick<RotationRequest, 'secret' | 'region'>;

export function fetchCommand({ secret, region }: Secret): string {
  return `aws secretsmanager get-secret-value --secret-id '${secret}' --query SecretString --output text --region ${region}`;
}

/**
 * Replaces the key of a profile, or adds the profile. `aws configure` reads its four answers from the pipe: as an
 * argument of `aws configure set`, the secret access key would be in the list of processes, and `aws configure import`
 * needs a file, and version 2 of the CLI. The two empty answers keep Region and output format. If the secret has no key
 * or may not be read, awk prints nothing, and `aws configure` fails and changes nothing.
 *
 * @returns undefined if awk cannot find the fields by their names
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
 */
export function profileCommand(request: User & Secret & Pick<RotationRequest, 'fields'>): string | undefined {
  const { accessKey, secretKey } = request.fields;
  if (![accessKey, secretKey].every((name) => /^[^"'\\\p{Cc}]+$/u.test(name))) return undefined;
  const [id, secret] = [`v["${accessKey}"]`, `v["${secretKey}"]`];
  const answers = readStrings(`END { if (${id} && ${secret}) print ${id} "\\n" ${secret} "\\n\\n" }`);
  return `${fetchCommand(request)} | ${answers} | aws configure --profile ${request.username} >/dev/null`;
}

/** The calls that were signed with a key, the latest first: time, service, call, address and program. */
export function usesCommand({ region }: Pick<RotationRequest, 'region'>, keyId: string): string {
  const fields = ['eventTime', 'eventSource', 'eventName', 'sourceIPAddress', 'userAgent'];
  return (
    `aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${keyId} --max-items 50`
    + ` --query 'Events[].[CloudTrailEvent]' --output text --region ${region}`
    + ` | ${readStrings(`{ print ${fields.map((name) => `v["${name}"]`).join(', ')} }`)}`
  );
}

/** Reads the strings of a JSON object by name, in any order. Each POSIX system has awk; not each has jq. */
function readStrings(then: string): string {
  return `awk -F'"' '{ for (i = 2; i < NF; i++) if ($(i + 1) ~ /^ *: *$/) v[$i] = $(i + 2) } ${then}'`;
}

export function restoreSecretCommand({ secret, region }: Secret): string {
  return `aws secretsmanager restore-secret --secret-id '${secret}' --region ${region}`;
}

export function cancelRotationCommand({ secret, region }: Secret): string {
  return `aws secretsmanager cancel-rotate-secret --secret-id '${secret}' --region ${region}`;
}

/** DescribeSecret returns the KMS key of new versions; this command returns the KMS keys of the existing ones. */
export function versionKmsKeysCommand({ secret, region }: Secret): string {
  return (
    `aws secretsmanager list-secret-version-ids --secret-id '${secret}' --include-deprecated`
    + ` --query 'Versions[].[VersionId,VersionStages,KmsKeyIds]' --region ${region}`
  );
}

/**
 * The policy of a secret of the rotation denies this to all but the rotation, so the command puts it aside meanwhile. A
 * secret that existed before has no such policy.
 *
 * @param labels - default: placeholders in capitals
 */
export function removeLabelsCommand(
  { secret, region, existingSecret }: Secret & { readonly existingSecret?: unknown },
  labels: readonly VersionLabel[] = [{ label: 'LABEL', version: 'VERSION' }],
): string {
  const call = (name: string, options: string) =>
    `aws secretsmanager ${name} --secret-id '${secret}'${options} --region ${region}`;
  const removals = labels.map(({ label, version }) =>
    call(
      'update-secret-version-stage',
      ` --version-stage ${shellQuote(label)} --remove-from-version-id ${shellQuote(version)}`,
    ),
  );
  if (existingSecret) return removals.join(' && ');
  return [
    `${call('get-resource-policy', ' --query ResourcePolicy --output text')} > policy.json`,
    call('delete-resource-policy', ''),
    `{ ${removals.join(' && ')}`,
  ]
    .join(' && ')
    .concat(`; ${call('put-resource-policy', ' --resource-policy file://policy.json')}; }`);
}

/** Not `/dev/stdout`: the CLI also prints to stdout and, where that is a file, overwrites the answer in it. */
export function invokeCommand(
  event: RotationEvent,
  { region, functionName }: Pick<RotationRequest, 'region' | 'functionName'>,
): string {
  return (
    `aws lambda invoke --function-name ${functionName} --region ${region} --cli-binary-format raw-in-base64-out`
    + ` --payload '${JSON.stringify(event)}' answer.json && cat answer.json`
  );
}

export const activateCommand = (user: User, keyId: string) => keyCommand('update', user, keyId, ' --status Active');
export const deactivateCommand = (user: User, keyId: string) => keyCommand('update', user, keyId, ' --status Inactive');
export const deleteCommand = (user: User, keyId: string) => keyCommand('delete', user, keyId);

function keyCommand(action: 'update' | 'delete', { username, region }: User, keyId: string, options = ''): string {
  return `aws iam ${action}-access-key --user-name ${username} --access-key-id ${keyId}${options} --region ${region}`;
}

/** @param before - see {@link lastSessionOf} */
export function revokeSessionsCommand({ username, region }: User, before: Date): string {
  return (
    `aws iam put-user-policy --user-name ${username} --policy-name RevokeOlderSessions --policy-document '${JSON.stringify(denyOlderSessions(before))}'`
    + ` --region ${region}`
  );
}

export function tagCommand({ username, region }: User, owner: string): string {
  return `aws iam tag-user --user-name ${username} --tags Key=${OWNER_TAG},Value=${owner} --region ${region}`;
}

export function untagCommand({ username, region }: User): string {
  return `aws iam untag-user --user-name ${username} --tag-keys ${OWNER_TAG} --region ${region}`;
}

/**
 * Another principal can choose version IDs and labels, and the shell of a reader runs the command. With a character
 * that is not printed, it finds no version.
 */
function shellQuote(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${foreignText(text).replaceAll("'", "'\\''")}'`;
}

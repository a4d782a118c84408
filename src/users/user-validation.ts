import { Arn, ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { RotatedUserProps } from './rotated-user-props';
import { maxDelayProblem, reminderProblem } from '../contract/ages';
import { DEFAULT_SETTINGS } from '../contract/settings';
import { RotationSchedule } from '../schedule/rotation-schedule';
import { RotationTrigger } from '../schedule/rotation-trigger';

/**
 * The rules for one entry of `users`. IAM's and Secrets Manager's naming rules are among them, which CloudFormation
 * would report only in the middle of a deploy.
 */

const USER_NAME = /^[\w+=,.@-]{1,64}$/;
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
/** Secrets Manager's ARNs end in a hyphen and six random characters. */
const ENDS_LIKE_AN_ARN = /-[A-Za-z0-9]{6}$/;

/** What only makes sense for a user that the rotation creates. */
const FOR_CREATED_USERS = ['path', 'groups', 'managedPolicies', 'permissionsBoundary'] as const;

/** The name of the user, created or adopted; it may be a token. */
export function userNameOf({ userName, user }: RotatedUserProps): string {
  return userName ?? user?.userName ?? '';
}

/** What is wrong with an entry and the way out; nothing where it can be deployed. */
export function entryProblem(props: RotatedUserProps): string | undefined {
  const { userName, user, id, removalPolicy } = props;
  if (userName !== undefined && user !== undefined) {
    return 'it has both "userName", which creates a user, and "user", which adopts one: pass one of them';
  }
  if (userName === undefined && user === undefined) {
    return `it has neither "userName", to create a user, nor "user", to adopt one${pythonHint(props)}`;
  }
  if (user) {
    const [unsupported] = FOR_CREATED_USERS.filter((name) => props[name] !== undefined);
    if (unsupported) return `"${unsupported}" goes with "userName": an adopted user stays as it is`;
  }
  if (userName !== undefined && props.existingKeys !== undefined) {
    return '"existingKeys" goes with "user": a user that is created has no keys yet';
  }
  const name = userNameOf(props);
  if (id === undefined && Token.isUnresolved(name)) {
    return 'the user name is a token, so the entry needs an "id" to name its constructs after';
  }
  if (id !== undefined && (id === '' || id.includes('/') || Token.isUnresolved(id))) {
    return '"id" must be a literal, non-empty string without a slash';
  }
  if (removalPolicy === RemovalPolicy.SNAPSHOT) return '"removalPolicy" cannot be SNAPSHOT: use DESTROY or RETAIN';
  return userNameProblem(name) ?? secretNameProblem(props.secretName ?? name) ?? fieldProblem(props);
}

/** Why a user's schedule does not go with the trigger, the user's hold or its reminders, if it does not. */
export function scheduleProblem(props: RotatedUserProps, trigger: RotationTrigger): string | undefined {
  const { schedule = RotationSchedule.STANDARD, deactivation, reminderDays = [] } = props;
  const maxDelayDays = deactivation?._maxDelayDays ?? 0;
  return (
    maxDelayProblem(schedule._ages, maxDelayDays)
    ?? reminderProblem(schedule._ages, reminderDays)
    ?? trigger._problemWith(schedule, maxDelayDays)
  );
}

/** Why an adopted user cannot be rotated from a stack, if it cannot. */
export function accountProblem({ user }: RotatedUserProps, stack: Stack): string | undefined {
  if (!user || Token.isUnresolved(user.userArn)) return undefined;
  const [theirs, ours] = [Arn.split(user.userArn, ArnFormat.SLASH_RESOURCE_NAME).account, stack.account];
  if (Token.isUnresolved(ours) || theirs === ours) return undefined;
  return (
    `the user belongs to account ${theirs}, but the stack is deployed to ${ours}:`
    + ' rotate it from a stack in its own account'
  );
}

/** jsii knows what a list holds, but not what a dict in it is, and hands over its names as they are. */
function pythonHint(props: object): string {
  const name = Object.keys(props).find((key) => key.includes('_'));
  return name ? `, but "${name}": in Python, an entry is RotatedUserProps(${name}=…), not a dict` : '';
}

function userNameProblem(userName: string): string | undefined {
  if (Token.isUnresolved(userName) || USER_NAME.test(userName)) return undefined;
  if (userName.length > 64) return `a user name has 64 characters at most, this one has ${userName.length}`;
  if (userName.includes('/')) return 'a user name has no slash: pass what stands before the last one as "path"';
  return 'a user name consists of letters, digits and any of _+=,.@- (1 to 64 characters)';
}

function secretNameProblem(secretName: string): string | undefined {
  if (Token.isUnresolved(secretName)) return undefined;
  const fix = `pass a "secretName" other than "${secretName}"`;
  if (!SECRET_NAME.test(secretName)) {
    return `the name of a secret consists of letters, digits and any of /_+=.@- (1 to 512 characters, and no comma): ${fix}`;
  }
  if (ENDS_LIKE_AN_ARN.test(secretName)) {
    return `the name of a secret must not end in a hyphen and six characters, which Secrets Manager takes for a part of an ARN: ${fix}`;
  }
  return undefined;
}

function fieldProblem(props: RotatedUserProps): string | undefined {
  const { accessKey, secretKey } = DEFAULT_SETTINGS.fields;
  const { accessKeyField = accessKey, secretKeyField = secretKey } = props;
  if (accessKeyField === '' || secretKeyField === '') return '"accessKeyField" and "secretKeyField" must not be empty';
  if (accessKeyField === secretKeyField) return `"accessKeyField" and "secretKeyField" are both "${accessKeyField}"`;
  return undefined;
}

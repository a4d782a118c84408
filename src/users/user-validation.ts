import { Arn, ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { existingSecret } from './existing-secret';
import { literalNameOf } from './literal-name';
import { RotatedUserProps } from './rotated-user-props';
import { maxDelayProblem, reminderProblem } from '../contract/ages';
import { CheckTimes } from '../contract/check-times';
import { MAX_USER_NAME_LENGTH, SECRET_NAME, USER_NAME } from '../contract/names';
import { DEFAULT_SETTINGS } from '../contract/settings';
import { smtpFields, smtpRegionsProblem } from '../contract/smtp';
import { closedDaysProblem } from '../schedule/closed-days';
import { RotationSchedule } from '../schedule/rotation-schedule';
import { RotationTrigger } from '../schedule/rotation-trigger';

/**
 * The rules for one entry of `users`. They include the naming rules of IAM and Secrets Manager, because CloudFormation
 * reports a wrong name only during the deploy.
 */

/** The ARN of a secret ends in a hyphen and six random characters. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Options for users that the rotation creates. */
const CREATED_USER_OPTIONS = ['path', 'groups', 'managedPolicies', 'permissionsBoundary'] as const;

/** Options of a secret that the rotation creates, each with the reason why an existing one has none. */
const CREATED_SECRET_OPTIONS = {
  secretName: 'the secret has a name',
  description: 'the secret keeps its description',
  encryptionKey: 'the secret keeps its KMS key. Import it together with that key, by Secret.fromSecretAttributes()',
  replicaRegions: 'the secret keeps its replicas',
  removalPolicy: 'user, secret and keys stay when the entry is removed',
} as const;

/** The name of a created or an adopted user. It can be a token. */
export function userNameOf({ userName, user }: RotatedUserProps): string {
  const { CFN_RESOURCE_TYPE_NAME } = iam.CfnUser;
  const nameOf = (resource: iam.CfnUser) => resource.userName;
  return userName ?? (user && (literalNameOf(user, CFN_RESOURCE_TYPE_NAME, nameOf) ?? user.userName)) ?? '';
}

/** The name of a secret that is created, or that exists. It can be a token. */
export function secretNameOf(props: RotatedUserProps): string {
  return props.secret ? existingSecret(props.secret).name : (props.secretName ?? userNameOf(props));
}

function namesOf<T extends object>(options: T): (keyof T)[] {
  return Object.keys(options) as (keyof T)[];
}

/**
 * Why the options of an entry contradict each other, with a fix; undefined if they do not.
 *
 * @param entry - the options without those of the rotation
 */
export function contradiction(props: RotatedUserProps, entry: RotatedUserProps): string | undefined {
  const { userName, user, secret, id, removalPolicy } = props;
  if (userName !== undefined && user !== undefined) {
    return 'it has both "userName", which creates a user, and "user", which adopts one. Pass one of them';
  }
  if (userName === undefined && user === undefined) {
    return `it has neither "userName", to create a user, nor "user", to adopt one. ${missingUserFix()}`;
  }
  if (user) {
    const [unsupported] = CREATED_USER_OPTIONS.filter((name) => props[name] !== undefined);
    if (unsupported) {
      return `"${unsupported}" is only for a user that the rotation creates, and this one is adopted. Remove it`;
    }
  }
  if (userName !== undefined && props.existingKeys !== undefined) {
    return '"existingKeys" is only for an adopted user, and the rotation creates this one. Remove it';
  }
  const [option] = secret ? namesOf(CREATED_SECRET_OPTIONS).filter((name) => entry[name] !== undefined) : [];
  if (option) {
    return `"${option}" is only for a secret that the rotation creates: ${CREATED_SECRET_OPTIONS[option]}. Remove it`;
  }
  if (secret && user && props.tags !== undefined) {
    return '"tags" is for a user or a secret that the rotation creates, and both exist already. Remove it';
  }
  if (id === undefined && Token.isUnresolved(userNameOf(props))) {
    return 'the user name is a token, which cannot name constructs. Pass an "id", a literal string';
  }
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    return '"removalPolicy" is SNAPSHOT, which users and secrets do not support. Use DESTROY or RETAIN';
  }
  return undefined;
}

/** The first rule that a value of an entry breaks, with a fix; undefined if it breaks none. */
export function valueProblem(props: RotatedUserProps): string | undefined {
  const { id } = props;
  if (id !== undefined && (id === '' || id.includes('/') || Token.isUnresolved(id))) {
    return `"id" is "${id}", but must be a literal, non-empty string without a slash. Pass another "id"`;
  }
  const name = userNameOf(props);
  const isOwnSecret = props.secret === undefined;
  return (
    userNameProblem(name)
    ?? (isOwnSecret ? secretNameProblem(props.secretName ?? name) : undefined)
    ?? fieldProblem(props)
  );
}

/** Why a user's schedule does not fit the trigger, window, maximum delay or reminders; undefined if it fits. */
export function scheduleProblem(
  props: RotatedUserProps,
  trigger: RotationTrigger,
  times: CheckTimes | undefined,
): string | undefined {
  const { schedule = RotationSchedule.STANDARD, deactivation, changeWindow, reminderDays = [] } = props;
  const maxDelayDays = deactivation?._maxDelayDays ?? 0;
  const window = changeWindow?._settings;
  const problem = (window && trigger._windowProblem(window)) ?? schedule._problemWith(maxDelayDays, times);
  if (problem) return problem;
  const ages = schedule._agesFor(maxDelayDays, times);
  return (
    maxDelayProblem(ages, maxDelayDays)
    ?? reminderProblem(ages, reminderDays)
    ?? trigger._problemWith(ages, maxDelayDays)
    ?? (window && closedDaysProblem(ages, maxDelayDays, window))
  );
}

/** Why a stack cannot rotate an adopted user; undefined if it can. */
export function accountProblem({ user }: RotatedUserProps, stack: Stack): string | undefined {
  if (!user || Token.isUnresolved(user.userArn)) return undefined;
  const { account: userAccount } = Arn.split(user.userArn, ArnFormat.SLASH_RESOURCE_NAME);
  if (Token.isUnresolved(stack.account) || userAccount === stack.account) return undefined;
  return (
    `the user belongs to account ${userAccount}, but the stack is deployed to ${stack.account}.`
    + ' Rotate it from a stack in its own account'
  );
}

/** Why a stack cannot rotate a user with an existing secret; undefined if it can. */
export function locationProblem({ secret }: RotatedUserProps, stack: Stack): string | undefined {
  if (!secret) return undefined;
  const { account, region } = secret.env;
  const parts = [
    ['account', account, stack.account],
    ['Region', region, stack.region],
  ];
  const different = parts.find(([, of, own]) => !Token.isUnresolved(of) && !Token.isUnresolved(own) && of !== own);
  if (!different) return undefined;
  const [what, of, own] = different;
  return (
    `the secret is in ${what} ${of}, but the stack is deployed to ${own}.`
    + ` Rotate the user from a stack in the ${what} of its secret`
  );
}

/** The shape of a Region's name, which newer Regions than those of the CDK have as well. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Why a secret cannot be replicated to its Regions; undefined if it can. */
export function replicaProblem({ replicaRegions = [] }: RotatedUserProps, stack: Stack): string | undefined {
  const regions = replicaRegions.map(({ region }) => region).filter((region) => !Token.isUnresolved(region));
  const problem = (region: string, why: string, fix: string) => `"replicaRegions" has "${region}", ${why}. ${fix}`;
  for (const [index, region] of regions.entries()) {
    if (!REGION.test(region)) {
      return problem(region, 'which is not the name of a Region', 'Pass one such as "eu-west-1"');
    }
    if (regions.indexOf(region) < index) return problem(region, 'and has it twice', 'Remove one of them');
    if (region === stack.region) {
      return problem(region, 'the Region of the secret itself', 'Remove it: a replica is a copy in another Region');
    }
    const [own, other] = [stack.region, region].map((name) => RegionInfo.get(name).partition);
    if (own && other && own !== other) {
      return problem(
        region,
        `in the partition ${other}, but the stack is in ${own}`,
        'Pass Regions of the same partition',
      );
    }
  }
  return undefined;
}

/** Regions of replicas that this version of the CDK does not have in its list. */
export function unknownRegions({ replicaRegions = [] }: RotatedUserProps): string[] {
  const isKnown = (region: string): boolean => RegionInfo.regions.some(({ name }) => name === region);
  return replicaRegions.map(({ region }) => region).filter((region) => !Token.isUnresolved(region) && !isKnown(region));
}

/** In a list, jsii drops the keys of a Python dict that are in snake case, so the dict can be empty here. */
function missingUserFix(): string {
  return process.env.JSII_AGENT?.startsWith('Python')
    ? 'Pass one of them, as RotatedUserProps(user_name=…) and not as a dict: jsii drops the keys of a dict here'
    : 'Pass one of them';
}

function userNameProblem(userName: string): string | undefined {
  if (Token.isUnresolved(userName) || USER_NAME.test(userName)) return undefined;
  if (userName.length > MAX_USER_NAME_LENGTH) {
    return `the user name has ${userName.length} characters, and IAM allows up to ${MAX_USER_NAME_LENGTH}. Pass a shorter name`;
  }
  if (userName.includes('/')) {
    const fix = userName.startsWith('arn:')
      ? 'To adopt a user, pass iam.User.fromUserArn(…) as "user"'
      : 'Pass the part up to the last slash as "path"';
    return `the user name contains a slash, which IAM does not allow. ${fix}`;
  }
  return 'the user name must have 1 to 64 characters: letters, digits and any of _+=,.@- (IAM). Pass another name';
}

function secretNameProblem(secretName: string): string | undefined {
  if (Token.isUnresolved(secretName)) return undefined;
  const fix = 'Pass a valid "secretName"';
  if (!SECRET_NAME.test(secretName)) {
    return (
      `the secret name "${secretName}" must have 1 to 512 characters: letters, digits and any of /_+=.@- and no comma`
      + ` (Secrets Manager). ${fix}`
    );
  }
  if (ARN_SUFFIX.test(secretName)) {
    return (
      `the secret name "${secretName}" must not end in a hyphen and six characters, which look like the end of an ARN`
      + ` (Secrets Manager). ${fix}`
    );
  }
  return undefined;
}

function fieldProblem(props: RotatedUserProps): string | undefined {
  const { accessKey, secretKey } = DEFAULT_SETTINGS.fields;
  const { accessKeyField = accessKey, secretKeyField = secretKey } = props;
  if (accessKeyField === '' || secretKeyField === '') {
    return '"accessKeyField" or "secretKeyField" is empty. Pass a name, or omit the option';
  }
  if (accessKeyField === secretKeyField) {
    return `"accessKeyField" and "secretKeyField" are both "${accessKeyField}". Pass two different names`;
  }
  const { sesSmtpRegions = [] } = props;
  if (sesSmtpRegions.some((region) => Token.isUnresolved(region))) {
    return '"sesSmtpRegions" has a Region that is unknown at synth, and the names of the fields depend on it. Pass its code, such as "eu-west-1"';
  }
  const names = smtpFields(sesSmtpRegions);
  for (const [option, name] of Object.entries({ accessKeyField, secretKeyField })) {
    if (names.includes(name)) {
      return `"${option}" is "${name}", which is a field of "sesSmtpRegions". Pass another name`;
    }
  }
  return smtpRegionsProblem(sesSmtpRegions);
}

/**
 * Mistakes that a compiler of Java or Go does not find: the name that the programs in `bad-input/` give them, and the
 * message, which reaches the caller whole.
 */
import { stripVTControlCharacters } from 'node:util';

const IN_USERS = (index: number, name: string) => `AccessKeyRotation AccessKeys/Rotation, users[${index}]${name}: `;
const OF_ALICE = IN_USERS(0, ' ("alice")');
const NOT_WHOLE_DAYS = 'but must be a whole number of days, at least 1';
const NOT_AN_ADDRESS =
  'is not an email address. It must have a name, an @ and a domain with a dot, in at most 254 ASCII characters without'
  + ' spaces. Pass an address such as alice@example.com, without a display name.';
const NO_USER = 'it has neither "userName", to create a user, nor "user", to adopt one. Pass one of them.';

/** An error of the CDK with those of constructs, which synth collects. */
function atSynth(...problems: string[]): string {
  return [
    'ValidationFailedWithErrors: Validation failed with the following errors:',
    ...problems.map((problem) => `  [AccessKeys/Rotation] ${problem}`),
  ].join('\n');
}

/** An error of jsii, which compares values with the types of the package before it calls it. */
function ofJsii(path: string, reason: string): string {
  return `Passed to parameter props of new cdk-access-key-rotation.AccessKeyRotation: ${path}: ${reason}`;
}

const REQUIRED = 'A value is required (type is non-optional)';

export type Mistakes = Record<string, string>;

const IN_BOTH: Mistakes = {
  'no users': atSynth('The rotation has no users. Pass "users", or call addUser().'),
  'an empty list of users':
    'AccessKeyRotation AccessKeys/Rotation: "users" is empty. Pass at least one user, or omit "users" and call addUser().',
  'nothing in the list of users': ofJsii('users[0]', REQUIRED),
  'neither a name nor a user': `${IN_USERS(0, '')}${NO_USER}`,
  'both a name and a user': `${OF_ALICE}it has both "userName", which creates a user, and "user", which adopts one. Pass one of them.`,
  'a user twice': `${IN_USERS(1, ' ("Alice")')}this user is in the rotation already (IAM ignores case in user names). Remove one of the entries.`,
  'a user twice, by addUser()':
    'Error: AccessKeyRotation AccessKeys/Rotation, addUser() ("alice"): this user is in the rotation already (IAM ignores case in user names). Remove one of the entries.',
  'a user of another account': `${IN_USERS(0, ' ("bob")')}the user belongs to account 444455556666, but the stack is deployed to 111122223333. Rotate it from a stack in its own account.`,
  'existing keys of a new user': `${OF_ALICE}"existingKeys" is only for an adopted user, and the rotation creates this one. Remove it.`,
  'an unknown name in user()':
    'Error: AccessKeyRotation AccessKeys/Rotation: no user has the name or id "bob". The users of this rotation are: alice.',
  'an empty name in user()':
    'Error: AccessKeyRotation AccessKeys/Rotation: no user has the name or id "". The users of this rotation are: alice.',

  'an empty user name': `${IN_USERS(0, ' ("")')}the user name must have 1 to 64 characters: letters, digits and any of _+=,.@- (IAM). Pass another name.`,
  'a user name with a path': `${IN_USERS(0, ' ("teams/alice")')}the user name contains a slash, which IAM does not allow. Pass the part up to the last slash as "path".`,
  'an ARN as a user name': `${IN_USERS(0, ' ("arn:aws:iam::111122223333:user/alice")')}the user name contains a slash, which IAM does not allow. To adopt a user, pass iam.User.fromUserArn(…) as "user".`,
  'a token as a user name': `${IN_USERS(0, '')}the user name is a token, which cannot name constructs. Pass an "id", a literal string.`,
  'an empty id': `${OF_ALICE}"id" is "", but must be a literal, non-empty string without a slash. Pass another "id".`,
  'an empty secret name': `${OF_ALICE}the secret name "" must have 1 to 512 characters: letters, digits and any of /_+=.@- and no comma (Secrets Manager). Pass a valid "secretName".`,
  'an empty field name': `${OF_ALICE}"accessKeyField" or "secretKeyField" is empty. Pass a name, or omit the option.`,
  'a name in place of an address': `${OF_ALICE}Recipient.email: "alice" ${NOT_AN_ADDRESS}`,
  'an empty address': `${OF_ALICE}Recipient.email: "" ${NOT_AN_ADDRESS}`,
  'a token as an address': 'no warning',
  'a path without slashes': atSynth(
    'The user "alice": the path "teams" must begin and end with a slash and have at most 512 ASCII characters, none of them a blank (IAM). Pass a path such as "/teams/blue/".',
  ),
  'an empty path': atSynth(
    'The user "alice": the path "" must begin and end with a slash and have at most 512 ASCII characters, none of them a blank (IAM). Pass a path such as "/teams/blue/".',
  ),
  'an empty tag key': atSynth(
    'The user "alice": tags of the secret: the key "" must have 1 to 128 letters, digits, spaces and any of _.:/=+-@. Pass another key.',
    'The user "alice": tags of the user: the key "" must have 1 to 128 letters, digits, spaces and any of _.:/=+-@. Pass another key.',
  ),

  'periods in place of ages':
    'Error: RotationSchedule.of(60/14/14): "deactivate" (14 days) must come at least a day after "create" (60 days): raise it, so that people have time to switch to the new key. Ages count from the creation of the key, not from the step before.',
  'periods that do not fit':
    'Error: RotationSchedule.of(20/34/48): an IAM user can have two access keys, so the old key must be deleted before the next key is due, but "delete" - "create" (48 - 20 = 28 days) does not fit into "create" (20 days): shorten the periods, or rotate less often.',
  'an age of 36 hours': `Error: RotationSchedule.of(1.5/15.5/29.5): "create" is 1.5 days, ${NOT_WHOLE_DAYS}: use whole days.`,
  'a negative age': 'DurationAmountsCannotNegative: Duration amounts cannot be negative. Received: -90',
  'a limit of three days':
    'Error: RotationSchedule.activeUnder: "limit" is 3 days, but it must be a whole number of days from 5 to 365. Pass a duration such as Duration.days(90).',
  'a delay of half a day': `Error: Deactivation.whenUnused: "maxDelay" is 12 hours, ${NOT_WHOLE_DAYS}. Use a duration such as Duration.days(14).`,
  'a reminder after one and a half days': `${OF_ALICE}"reminderDays" has 1.5, but each entry must be a whole number of days, at least 1 and less than the shorter period (14 days): change or remove it.`,
  'checks every 7 hours':
    'Error: RotationTrigger.eventBridgeRules: "checkInterval" is 7 hours, but it must divide the day evenly or be whole days. Use 1, 2, 3, 4, 6, 8, 12 or 24 hours, or a whole number of days up to 28.',
  'checks every 15 days': `${OF_ALICE}checks every 15 days are too far apart for the schedule 90/104/118: the interval must not be longer than its switch and recovery periods (14 and 14 days). Set "checkInterval" to Duration.days(14) or less.`,

  'no user stack':
    'Error: UserStacks.nested: "count" is 0, but must be a whole number from 1 to 200. Use one stack for every 40 users.',
  'an empty list of stacks':
    'Error: UserStacks.fromStacks: the list of stacks is empty. Pass one stack for every 40 users.',
  'an unknown name in keepInRotationStack':
    '"keepInRotationStack" has "bob", and no user has this name or "id". Correct the name, or the user moves to a user stack and the deploy fails. Remove the name of a user that was removed.'
    + ' To accept this, call Annotations.of(rotation).acknowledgeWarning(\'cdk-access-key-rotation:unknownKeptUser\') or run the CDK CLI with "--context cdk-access-key-rotation:unknownKeptUser=accepted". [ack: cdk-access-key-rotation:unknownKeptUser]',
  'a country in place of a Region': `${OF_ALICE}"replicaRegions" has "ireland", which is not the name of a Region. Pass one such as "eu-west-1".`,
  'a removal policy for databases': `${OF_ALICE}"removalPolicy" is SNAPSHOT, which users and secrets do not support. Use DESTROY or RETAIN.`,
  'actions without alarms':
    'AccessKeyRotation AccessKeys/Rotation: "alarmActions" needs alarms, but "alarms" is false. Remove one of the two.',
  'nothing in the list of recipients': ofJsii('users[0].recipients[0]', REQUIRED),
  'nothing in the list of groups': ofJsii('users[0].groups[0]', REQUIRED),
};

export const IN_JAVA: Mistakes = {
  ...IN_BOTH,
  'null in place of ages': 'ages is required',
  'null in place of an address': 'address is required',
  'names in place of users': ofJsii('users[0]', 'Value is not an object'),
  'maps in place of users': `${IN_USERS(0, '')}${NO_USER}`,
  'a number as the value of a tag': ofJsii('users[0].tags.team', 'Value is not a string'),
  'an address in place of a recipient': ofJsii('users[0].recipients[0]', 'Value does not have the "$jsii.byref" key'),
};

export const IN_GO: Mistakes = {
  ...IN_BOTH,
  'nil in place of options': 'parameter props is required, but nil was provided',
  'nil in place of ages': 'parameter ages is required, but nil was provided',
  'nil in place of an address': 'parameter address is required, but nil was provided',
  'nil in place of a name': 'parameter name is required, but nil was provided',
  'a delay that is not set': 'Field awscdk.Duration.MaxDelay is required, but has nil value',
  'nil as the value of a tag': ofJsii('users[0].tags.team', REQUIRED),
  'a variable of an interface without a value': `${IN_USERS(0, '')}${NO_USER}`,
};

/** What a program printed, one line for each mistake. The other lines are a remark of jsii on Node. */
export function mistakesOf(output: string): Mistakes {
  const rows = output
    .split('\n')
    .filter((line) => line.includes(' => '))
    .map((line) => stripVTControlCharacters(line).split(' => '))
    .map(([name, ...message]) => [name, condensed(withoutStack(message.join(' => ').replaceAll('\\n', '\n')))]);
  return Object.fromEntries(rows);
}

/** Java repeats the message, with the stack of the Node.js process. */
function withoutStack(message: string): string {
  const [text] = message.split('\n    at ');
  return text.replace(/^(.*)\n(?:@jsii\/kernel\.)?\w+: \1$/s, '$1');
}

/** jsii shows each value on the way to the wrong one: their path in one line. */
function condensed(message: string): string {
  if (!message.includes('Failure reason(s)')) return message;
  const steps = [...message.matchAll(/─ (?:Key '(\w+)'|Index (\d+)):/g)];
  const path = steps.map(([, key, index]) => (key ? `.${key}` : `[${index}]`)).join('');
  return `${message.split(': ')[0]}: ${path.slice(1)}: ${message.split('─ ').at(-1)!.trim()}`;
}

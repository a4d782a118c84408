/**
 * Validates what CloudFormation sends for a first key. Nothing is taken from a request that the rotation has recorded
 * itself: the request only has to agree.
 */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { settingsOf, Users } from './users';
import { FirstKeyProperties, UserSettings } from '../../contract/settings';
import { BadRequest } from '../domain/failure';
import { describeValue, foreignText } from '../domain/foreign-text';
import { RotationContext } from '../domain/user-state';

/** User, secret, and whether the rotation created the user: they cannot change during the life of the resource. */
export function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

/** The ARN of a secret is the longest. */
const MAX_NAME_LENGTH = 2_048;

const REQUIRED = ['Username', 'Secret', 'Created', 'Owner'] as const satisfies (keyof FirstKeyProperties)[];

/** @throws `BadRequest` if a property is missing or invalid, or if the request is for another rotation */
export function propertiesOf(event: CloudFormationCustomResourceEvent, rotation: string): FirstKeyProperties {
  const properties = (event.ResourceProperties ?? {}) as Record<string, unknown>;
  for (const name of REQUIRED) {
    const value = properties[name];
    const isValid = name === 'Created' ? value === 'true' || value === 'false' : isName(value);
    if (!isValid) {
      throw new BadRequest(
        `the property "${name}" of ${foreignText(`${event.LogicalResourceId}`)} is ${describeValue(value)}, and nothing was changed.`
          + ' Deploy the resource with the template of the rotation',
      );
    }
  }
  if (properties.Owner !== rotation) {
    throw new BadRequest(
      `the property "Owner" of ${foreignText(`${event.LogicalResourceId}`)} is ${describeValue(properties.Owner)}, but this rotation is "${rotation}", and nothing was changed.`
        + ' Deploy the resource with the template of the rotation',
    );
  }
  return properties as unknown as FirstKeyProperties;
}

/**
 * The deployed settings of the user of a Create or Update. The function has them before CloudFormation sends these.
 *
 * @throws `BadRequest` if the user is not listed, or if the list does not agree on who created the user and the secret
 */
export function listedSettings({ Username, Created, ExistingSecret }: FirstKeyProperties, users: Users): UserSettings {
  const settings = settingsOf(Username, users);
  const { adopted, existingSecret } = settings;
  if (Boolean(adopted) !== (Created === 'false')) {
    const listed = `${adopted ? 'an adopted' : 'a created'} user`;
    throw contradiction(Username, `the property "Created" is "${Created}"`, listed);
  }
  if (Boolean(existingSecret) !== (ExistingSecret === 'true')) {
    const listed = `${existingSecret ? 'an existing' : 'a created'} secret`;
    throw contradiction(Username, `the property "ExistingSecret" is ${describeValue(ExistingSecret)}`, listed);
  }
  return settings;
}

function contradiction(username: string, came: string, listed: string): BadRequest {
  return new BadRequest(
    `${username}: ${came}, but the list of users has ${listed}, and nothing was changed.`
      + ' Deploy the resource with the template of the rotation',
  );
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && foreignText(value, MAX_NAME_LENGTH) === value;
}

/**
 * The ID of the resource names its user. CloudFormation makes up another ID for a Create without an answer, and an
 * earlier release did not say whether the user was created.
 *
 * @throws `BadRequest` if a Delete is for another user than the one that the resource was created for
 */
export function requireSameUser(physicalId: unknown, properties: FirstKeyProperties): void {
  const [username, secret, created] = `${physicalId as string}`.split('|');
  if (secret === undefined) return;
  const isSame = created === undefined ? username === properties.Username : physicalId === physicalIdOf(properties);
  if (isSame) return;
  throw new BadRequest(
    `the resource is "${foreignText(physicalId as string)}", but its properties are those of "${physicalIdOf(properties)}", and no key was deleted.`
      + ' Delete the keys of the user by hand, and then delete the stack again with this resource retained',
  );
}

/**
 * Synth cannot compare these if one of them is a token.
 *
 * @throws `BadRequest` if the secret is in another account or Region than the function
 */
export function requireSameLocation(
  { Username, Secret, ExistingSecret }: FirstKeyProperties,
  { account, region }: RotationContext,
): void {
  if (ExistingSecret !== 'true' || !Secret.startsWith('arn:')) return;
  const [, , , secretRegion, secretAccount] = Secret.split(':');
  const [secret, own] = [`${secretAccount} in ${secretRegion}`, `${account} in ${region}`];
  if (secret === own) return;
  throw new BadRequest(
    `${Username}: the secret ${Secret} is in account ${secret}, but the rotation is in ${own}, and nothing was changed.`
      + ' Rotate the user from a stack in the account and Region of the secret, or pass a secret of this account and Region',
  );
}

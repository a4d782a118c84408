/** Validates what CloudFormation sends for a first key. */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { FirstKeyProperties } from '../../contract/settings';
import { BadRequest } from '../domain/failure';
import { describeValue, foreignText } from '../domain/foreign-text';

/** User, secret, and whether the rotation created the user: they cannot change during the life of the resource. */
export function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

const REQUIRED = ['Username', 'Secret', 'Created', 'Owner'] as const satisfies (keyof FirstKeyProperties)[];

/** @throws `BadRequest` if a property is missing or is not what the template has */
export function propertiesOf(event: CloudFormationCustomResourceEvent): FirstKeyProperties {
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
  return properties as unknown as FirstKeyProperties;
}

/** The ARN of a secret is the longest. */
const MAX_NAME_LENGTH = 2_048;

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
  const isSame =
    username === properties.Username && [undefined, physicalIdOf(properties).split('|')[2]].includes(created);
  if (isSame) return;
  throw new BadRequest(
    `the resource is "${foreignText(physicalId as string)}", but its properties are those of "${physicalIdOf(properties)}", and no key was deleted.`
      + ' Delete the keys of the user by hand, and then delete the stack again with this resource retained',
  );
}

/**
 * Reads what CloudFormation sends for a first key, before anything else happens with it. Nothing is taken from a
 * request that the rotation has recorded itself: the request only has to agree. A value is repeated in an error only if
 * it is known, has a form that no secret has, or is short: see foreign-text.ts.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html
 */
import { isUserName } from './event-fields';
import { settingsOf, Users } from './users';
import { SECRET_NAME } from '../../contract/names';
import { FirstKeyProperties, UserSettings } from '../../contract/settings';
import { BadRequest } from '../domain/failure';
import { fieldsOf } from '../domain/fields';
import { describeValue, foreignText } from '../domain/foreign-text';
import { isLogicalId } from '../domain/qualifier';
import { RotationContext } from '../domain/user-state';

export type FirstKeyRequest = CreateRequest | UpdateRequest | DeleteRequest | DeleteOfRefused;

interface OfUser {
  readonly properties: FirstKeyProperties;
  readonly physicalId: string;
}

interface CreateRequest extends OfUser {
  readonly type: 'Create';
  /** As deployed: the function has them before CloudFormation sends the request. */
  readonly settings: UserSettings;
}

interface UpdateRequest extends OfUser {
  readonly type: 'Update';
  readonly settings: UserSettings;
  readonly hasNewKmsKey: boolean;
}

interface DeleteRequest extends OfUser {
  readonly type: 'Delete';
  /** Whether CloudFormation has no answer to its Create: then it makes up the ID. */
  readonly isCreateOpen: boolean;
  /** Whether the list has the user with another secret. */
  readonly hasMoved: boolean;
}

/** The Create was refused before any change, so there is nothing to delete. */
interface DeleteOfRefused {
  readonly type: 'DeleteOfRefused';
  readonly physicalId: string;
}

export interface Deployed {
  readonly users: Users;
  readonly context: Pick<RotationContext, 'account' | 'region' | 'rotation'>;
}

/** The ID of a resource whose Create was refused: its Delete must not end what another resource stands for. */
export const REFUSED_ID = 'refused';

/** CloudFormation allows up to 1 KB. */
const MAX_ID_BYTES = 1_024;

const SECRET_ARN = /^arn:aws[a-z-]{0,20}:secretsmanager:[a-z0-9-]{1,30}:\d{12}:secret:([\w/+=.@-]{1,519})$/;
/** The name in an ARN is shown if it is shorter than a secret access key. */
const MAX_SHOWN_NAME = 39;

const isFlag = (value: unknown) => value === 'true' || value === 'false';
const isText = (value: unknown) => typeof value === 'string' && value !== '';

const RULES = {
  Username: isUserName,
  Secret: (value) => isText(value) && [SECRET_ARN, SECRET_NAME].some((form) => form.test(value as string)),
  Created: isFlag,
  ExistingSecret: (value) => value === undefined || value === 'true',
  Owner: isText,
  KmsKey: (value) => value === undefined || isText(value),
} as const satisfies Partial<Record<keyof FirstKeyProperties, (value: unknown) => boolean>>;

const DEPLOY = 'Deploy the resource with the template of the rotation';
const DELETE_MANUALLY =
  'Delete the keys of the user by hand, and then delete the stack again with this resource retained';

/** @throws `BadRequest` before any call if the request is not one of CloudFormation for a user of this rotation */
export function readRequest(event: unknown, deployed: Deployed): FirstKeyRequest {
  const { RequestType: type, PhysicalResourceId: physicalId, ...request } = fieldsOf(event);
  const resource = isLogicalId(request.LogicalResourceId)
    ? request.LogicalResourceId
    : `the resource (${describeValue(request.LogicalResourceId)})`;
  if (type !== 'Create' && type !== 'Update' && type !== 'Delete') {
    throw refused(
      `"RequestType" of ${resource} is ${describeValue(type)}, expected "Create", "Update" or "Delete"`,
      DEPLOY,
    );
  }
  if (type !== 'Create' && !isPhysicalId(physicalId)) {
    throw refused(
      `"PhysicalResourceId" of ${resource} is ${describeValue(physicalId)}, and is needed for "${type}"`,
      DEPLOY,
    );
  }
  if (type === 'Delete' && physicalId === REFUSED_ID) return { type: 'DeleteOfRefused', physicalId };
  const properties = readProperties(resource, request.ResourceProperties, deployed.context.rotation);
  if (type === 'Delete') {
    const isCreateOpen = requireSameResource(physicalId as string, properties);
    requireNoOtherUser(properties, deployed.users);
    const hasMoved = requireSameSecret(properties, deployed.users);
    return { type, properties, physicalId: physicalId as string, isCreateOpen, hasMoved };
  }
  const settings = listedSettings(properties, deployed.users);
  requireSameLocation(properties, deployed.context);
  if (type === 'Create') return { type, properties, settings, physicalId: physicalIdOf(properties) };
  requireUnchanged(physicalId as string, properties);
  const { OldResourceProperties: old } = request;
  if (typeof old !== 'object' || old === null) {
    throw refused(
      `"OldResourceProperties" of ${resource} is ${describeValue(old)}, and is needed for "Update"`,
      DEPLOY,
    );
  }
  const hasNewKmsKey = properties.KmsKey !== fieldsOf(old).KmsKey;
  return { type, properties, settings, physicalId: physicalId as string, hasNewKmsKey };
}

/** What a request is about, for the log: only values that are valid, because a request can hold anything. */
export function namedInRequest(event: unknown, request: FirstKeyRequest | undefined, users?: Users): object {
  const { RequestType, LogicalResourceId, ResourceProperties } = fieldsOf(event);
  const named = fieldsOf(ResourceProperties).Username;
  const username =
    request && 'properties' in request
      ? request.properties.Username
      : users?.has(named as string)
        ? (named as string)
        : undefined;
  return {
    ...(username !== undefined && { username }),
    ...(isLogicalId(LogicalResourceId) && { logicalId: LogicalResourceId }),
    ...(['Create', 'Update', 'Delete'].includes(RequestType as string) && { requestType: RequestType }),
  };
}

/** CloudFormation requires the ID that it has, also with a failure. */
export function responseIdOf(event: unknown, request: FirstKeyRequest | undefined): string {
  if (request) return request.physicalId;
  const { RequestType, PhysicalResourceId } = fieldsOf(event);
  return RequestType !== 'Create' && isPhysicalId(PhysicalResourceId) ? PhysicalResourceId : REFUSED_ID;
}

/** What a response has to repeat, so that CloudFormation recognizes it: IDs of at most this length. */
const REPEATED = { StackId: 512, RequestId: 128, LogicalResourceId: 255 } as const;

/** @returns undefined if a response is possible. Then CloudFormation gets one, also if all else is wrong */
export function unanswerable(event: unknown): BadRequest | undefined {
  const fields = fieldsOf(event);
  for (const [name, maxLength] of Object.entries(REPEATED)) {
    const value = fields[name];
    if (typeof value === 'string' && value.length <= maxLength && /^[\x21-\x7e]+$/.test(value)) continue;
    return new BadRequest(
      `"${name}" is ${describeValue(value)}, and nothing was done: only CloudFormation sends this request, with an ID`,
    );
  }
  return undefined;
}

function isPhysicalId(value: unknown): value is string {
  return (
    isText(value) && foreignText(value as string, MAX_ID_BYTES) === value && Buffer.byteLength(value) <= MAX_ID_BYTES
  );
}

/** User, secret, and whether the rotation created the user: they cannot change during the life of the resource. */
function physicalIdOf({ Username, Secret, Created }: FirstKeyProperties): string {
  return `${Username}|${Secret}|${Created === 'true' ? 'created' : 'adopted'}`;
}

function readProperties(resource: string, given: unknown, rotation: string): FirstKeyProperties {
  const properties = fieldsOf(given);
  for (const [name, isValid] of Object.entries(RULES)) {
    if (isValid(properties[name])) continue;
    throw refused(
      `the property "${name}" of ${resource} is ${describeValue(properties[name])}, and nothing was changed`,
      DEPLOY,
    );
  }
  if (properties.Owner !== rotation) {
    throw refused(
      `the property "Owner" of ${resource} is ${describeValue(properties.Owner)}, but this rotation is "${rotation}", and nothing was changed`,
      DEPLOY,
    );
  }
  return properties as unknown as FirstKeyProperties;
}

/** @throws if the user is not listed, or if the list does not agree on who created the user and the secret */
function listedSettings({ Username, Secret, Created, ExistingSecret }: FirstKeyProperties, users: Users): UserSettings {
  const settings = settingsOf(Username, users);
  const { adopted, existingSecret } = settings;
  if (Boolean(adopted) !== (Created === 'false')) {
    const listed = `${adopted ? 'an adopted' : 'a created'} user`;
    throw contradiction(Username, `the property "Created" is "${Created}"`, listed);
  }
  requireSameOrigin(Username, existingSecret, ExistingSecret);
  if (!isSecret(settings.secret, Secret)) throw otherSecret(Username, Secret, settings.secret);
  return settings;
}

/** @throws if the list does not agree on who created the secret */
function requireSameOrigin(username: string, listed: unknown, came: unknown): void {
  if (Boolean(listed) === (came === 'true')) return;
  const origin = `${listed ? 'an existing' : 'a created'} secret`;
  throw contradiction(username, `the property "ExistingSecret" is ${describeValue(came)}`, origin);
}

function otherSecret(username: string, came: string, listed: string): BadRequest {
  return contradiction(username, `the property "Secret" is ${describeName(came)}`, `the secret ${listed}`);
}

function contradiction(username: string, came: string, listed: string): BadRequest {
  return refused(`${username}: ${came}, but the list of users has ${listed}, and nothing was changed`, DEPLOY);
}

/**
 * The ID of the resource names its user. CloudFormation makes up another ID for a Create without an answer.
 *
 * @returns whether the ID is made up
 * @throws if a Delete is for another user than the one that the resource was created for
 */
function requireSameResource(physicalId: string, properties: FirstKeyProperties): boolean {
  if (physicalId === physicalIdOf(properties)) return false;
  if (!physicalId.includes('|')) return true;
  throw refused(`${difference(physicalId, properties)}, and no key was deleted`, DELETE_MANUALLY);
}

/** @throws if CloudFormation would replace the resource */
function requireUnchanged(physicalId: string, properties: FirstKeyProperties): void {
  if (physicalId === physicalIdOf(properties)) return;
  throw refused(
    `${properties.Username}: the keys cannot move: ${difference(physicalId, properties)}.`
      + ' CloudFormation would delete the old user or secret with a key that is in use',
    'Keep userName or user, and secretName or secret. To change them, add another user, switch all consumers to it, and'
      + ' then remove this user',
  );
}

/** The first part of an ID that the properties contradict. */
function difference(physicalId: string, properties: FirstKeyProperties): string {
  const [was, is] = [physicalId, physicalIdOf(properties)].map((id) => {
    const [user, secret, ...origin] = id.split('|');
    return { user, secret, origin: origin.join('|') };
  });
  const part = (['user', 'secret', 'origin'] as const).find((name) => was[name] !== is[name])!;
  // A secret that is divided by a vertical bar is not an ID.
  const isShown = SECRET_ARN.test(was.secret) || describeValue(physicalId) === JSON.stringify(physicalId);
  const before = isShown ? describeName(was[part]) : 'another';
  return `the ${part} in the ID of the resource is ${before}, but that in its properties is ${describeName(is[part])}`;
}

/** A name of any length can be a secret access key, also in an ARN. */
function describeName(value: string | undefined): string {
  const named = SECRET_ARN.exec(value ?? '')?.[1] ?? '';
  return named !== '' && named.length <= MAX_SHOWN_NAME ? JSON.stringify(value) : describeValue(value);
}

/**
 * A removal writes into the secret, and deletes what the secret records. The list may lack the user of a Delete
 * already, but not the others.
 */
function requireNoOtherUser({ Username, Secret }: FirstKeyProperties, users: Users): void {
  for (const username of users.keys()) {
    if (username === Username || !isSecret(settingsOf(username, users).secret, Secret)) continue;
    throw refused(
      `the request is to remove the user ${describeName(Username)}, but its secret ${JSON.stringify(Secret)} is that of ${username}, and nothing was changed`,
      DELETE_MANUALLY,
    );
  }
}

/**
 * The list may lack the user of a Delete already. If it has the user, the user and its secret stay in the rotation, or
 * the whole stack goes, or a roll-back removes what the list has. An adopted user can have moved to another secret in
 * one deploy: then the Delete is for the former one. A created user cannot: its name is in use until it is deleted. Who
 * created the user, its tag records.
 *
 * @returns whether the list has the user with another secret
 * @throws if the list does not agree on the secret of a created user, or on who created the secret
 */
function requireSameSecret({ Username, Secret, Created, ExistingSecret }: FirstKeyProperties, users: Users): boolean {
  if (!users.has(Username)) return false;
  const { secret, existingSecret } = settingsOf(Username, users);
  const hasMoved = !isSecret(secret, Secret);
  if (!hasMoved) requireSameOrigin(Username, existingSecret, ExistingSecret);
  else if (Created === 'true') throw otherSecret(Username, Secret, secret);
  return hasMoved;
}

/**
 * Secrets Manager ends each ARN in a hyphen and six random characters. The CDK cannot take them from the name of an
 * imported secret whose ARN is a token.
 */
function isSecret(name: string, nameOrArn: string): boolean {
  if (!SECRET_ARN.test(nameOrArn)) return nameOrArn === name;
  const resource = nameOrArn.split(':')[6];
  return [resource, resource.slice(0, -7)].includes(name);
}

/** Synth cannot compare these if one of them is a token. */
function requireSameLocation(
  { Username, Secret, ExistingSecret }: FirstKeyProperties,
  { account, region }: Deployed['context'],
): void {
  if (ExistingSecret !== 'true' || !SECRET_ARN.test(Secret)) return;
  const [, , , secretRegion, secretAccount] = Secret.split(':');
  const [secret, own] = [`${secretAccount} in ${secretRegion}`, `${account} in ${region}`];
  if (secret === own) return;
  throw refused(
    `${Username}: the secret ${Secret} is in account ${secret}, but the rotation is in ${own}, and nothing was changed`,
    'Rotate the user from a stack in the account and Region of the secret, or pass a secret of this account and Region',
  );
}

function refused(what: string, fix: string): BadRequest {
  return new BadRequest(`${what}. ${fix}`);
}

/** Reads the reports of AWS about access keys: events of AWS Health and of GuardDuty, as EventBridge delivers them. */
import { BadRequest } from './failure';
import { Fields, fieldsOf, isObject } from './fields';
import { describeLength, describeValue } from './foreign-text';
import { EXPOSURE_CODES, HEALTH_DETAIL_TYPES } from '../../contract/exposure';

export interface Exposure {
  readonly source: 'AWS Health' | 'GuardDuty';
  /** Such as AWS_RISK_CREDENTIALS_EXPOSED, or UnauthorizedAccess:IAMUser/MaliciousIPCaller. */
  readonly code: string;
  /** Access key IDs anywhere in the report, without duplicates. Which user has them, only IAM knows. */
  readonly keyIds: readonly string[];
  /** Identify the report in AWS Health or GuardDuty, for the log. */
  readonly eventArn?: string;
  readonly communicationId?: string;
}

/** Why a report is not handled: it is not about long-term keys of this account. */
export interface Ignored {
  readonly ignored: string;
}

/**
 * Long-term access keys. Those of sessions begin with ASIA.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const KEY_ID = /\bAKIA[A-Z0-9]{12,124}\b/g;

/**
 * The forms of what identifies a report. No secret access key has one of them, so the log and notifications can show
 * the value. Another identity is left out, another code or type is described: the report counts nevertheless.
 */
const ARN_OF = (service: string) => `^arn:aws[a-z-]{0,20}:${service}:[a-z0-9-]{0,30}:\\d{0,12}`;
/** A secret access key has lower-case letters too. */
const CODE = '[A-Z0-9_]{1,100}';
/** Service and code, then the code with an ID. @see https://docs.aws.amazon.com/health/latest/APIReference/API_Event.html */
const EVENT_ARN = new RegExp(`${ARN_OF('health')}:event/(?:${CODE}/${CODE}/)?${CODE}[_-][\\w-]{1,39}$`);
const FINDING_ARN = new RegExp(`${ARN_OF('guardduty')}:detector/[0-9a-f]{1,64}/finding/[0-9a-f]{1,64}$`);
const COMMUNICATION_ID = /^[0-9a-f-]{1,64}$/;
const EVENT_CODE = new RegExp(`^${CODE}$`);
/** @see https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html */
const FINDING_TYPE = /^[A-Za-z]{1,50}:\w{1,50}\/[\w.!-]{1,100}$/;
/** The length of a secret access key, in the alphabets of base64. */
const CAN_BE_SECRET = /[\w/+=-]{40}/;

const ACCOUNT_ID = /^\d{12}$/;
const AS_AWS_SENDS = 'send an event as EventBridge delivers it';

const SOURCES: readonly unknown[] = ['aws.health', 'aws.guardduty'];

/** Whether an event is from AWS Health or GuardDuty. Its other fields are checked later. */
export function isReport(event: unknown): event is Fields {
  return isObject(event) && SOURCES.includes(event.source);
}

/**
 * Each account that a report names is that of the function. A rule can forward events of other accounts to a bus, and
 * an organization can receive those of its members: `account` is the recipient then. AWS Health names the other one as
 * `affectedAccount`, GuardDuty as `accountId`.
 *
 * @see https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
 * @param account - of the function
 * @throws `BadRequest` for what AWS does not send: a person sent it, and gets the error
 */
export function readReport(event: Fields, account: string): Exposure | Ignored {
  const { source, account: sender, detail, resources } = event;
  if (!isObject(detail)) {
    throw new BadRequest(`"detail" ${described(source, detail)}, expected an object: ${AS_AWS_SENDS}`);
  }
  const { affectedAccount, accountId } = detail;
  const accounts = Object.entries({ account: sender, affectedAccount, accountId });
  for (const [field, id] of accounts.filter(([name, value]) => name === 'account' || value !== undefined)) {
    if (typeof id !== 'string' || !ACCOUNT_ID.test(id)) {
      const expected = 'expected the 12 digits of an account';
      throw new BadRequest(`"${field}" ${described(source, id)}, ${expected}: ${AS_AWS_SENDS}`);
    }
    if (id !== account) return { ignored: `it is about account ${id}` };
  }
  return source === 'aws.health' ? readHealth(event['detail-type'], detail, resources) : readFinding(detail);
}

function described(source: unknown, value: unknown): string {
  return `of the event of ${String(source)} is ${describeValue(value)}`;
}

function readHealth(detailType: unknown, detail: Fields, resources: unknown): Exposure | Ignored {
  const { eventTypeCode: code, affectedEntities, eventMetadata } = detail;
  const isExposure =
    HEALTH_DETAIL_TYPES.includes(detailType as string)
    && typeof code === 'string'
    && /^\w{1,100}$/.test(code)
    && EXPOSURE_CODES.some((prefix) => code.startsWith(prefix));
  if (!isExposure) return { ignored: 'it is not about exposed credentials' };
  const entities = listOf(affectedEntities).map((entity) => (isObject(entity) ? entity.entityValue : entity));
  const keyIds = keyIdsIn([...listOf(resources), ...entities, fieldsOf(eventMetadata).publicKey]);
  if (keyIds.length === 0) return { ignored: 'it names no access key' };
  const { eventArn, communicationId } = detail;
  return {
    source: 'AWS Health',
    code: EVENT_CODE.test(code) ? code : describeLength(code),
    keyIds,
    eventArn: textOf(EVENT_ARN, eventArn),
    communicationId: textOf(COMMUNICATION_ID, communicationId),
  };
}

function readFinding({ type, resource, service, arn }: Fields): Exposure | Ignored {
  const details = fieldsOf(fieldsOf(resource).accessKeyDetails);
  const keyIds = keyIdsIn([details.accessKeyId, ...credentialsIn(service)]);
  const known = textOf(FINDING_TYPE, type);
  if (known === undefined || keyIds.length === 0) return { ignored: 'it names no access key of an IAM user' };
  const code = CAN_BE_SECRET.test(known) ? describeLength(known) : known;
  return { source: 'GuardDuty', code, keyIds, eventArn: textOf(FINDING_ARN, arn) };
}

/**
 * An attack sequence has no `accessKeyDetails`: its actors have the credentials that they used, and its resources are
 * listed by their IDs or ARNs.
 *
 * @see https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
 */
function credentialsIn(service: unknown): unknown[] {
  const { actors, resources } = fieldsOf(fieldsOf(fieldsOf(service).detection).sequence);
  return [
    ...listOf(actors).map((actor) => fieldsOf(fieldsOf(actor).user).credentialUid),
    ...listOf(resources).map((resource) => fieldsOf(resource).uid),
  ];
}

/** A value can be a key ID, or have one in it, such as an ARN. */
function keyIdsIn(values: readonly unknown[]): string[] {
  const found = values.flatMap((value) => (typeof value === 'string' ? (value.match(KEY_ID) ?? []) : []));
  return [...new Set(found)];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(form: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : undefined;
}

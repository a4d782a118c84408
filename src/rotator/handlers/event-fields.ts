/**
 * The fields that an event can have. All else comes from the deployed settings, so that who may only invoke the
 * function cannot change them. An error names the field and what came, and never repeats what may be a secret: it is in
 * the answer and in the log.
 */
import { ACTIONS, COMMANDS, DIGEST_FREQUENCIES, DigestEvent, RotationEvent } from '../../contract/events';
import { Invoker } from '../../contract/log-records';
import { USER_NAME } from '../../contract/names';
import { invokerOf } from '../decisions/change-record';
import { isReport } from '../domain/exposure';
import { BadRequest } from '../domain/failure';
import { fieldsOf, isObject } from '../domain/fields';
import { describeLength, describeValue } from '../domain/foreign-text';
import { isFirstKeyRequest } from '../domain/qualifier';

const EVENT_ACTIONS: readonly unknown[] = [...ACTIONS, ...COMMANDS];
export const EXAMPLE = `expected {"action": ${EVENT_ACTIONS.map((action) => `"${String(action)}"`).join(' | ')}, "username": "…"}`;

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const KEY_ID = /^A[A-Z0-9]{15,127}$/;

type Field = keyof RotationEvent | keyof DigestEvent;

interface Rule {
  readonly isValid: (value: unknown) => boolean;
  /** The end of the error: what was expected. */
  readonly expected: string;
  readonly describe?: (value: unknown) => string;
}

const isBoolean = (value: unknown) => typeof value === 'boolean';
export const isUserName = (value: unknown) => typeof value === 'string' && USER_NAME.test(value);
const isText = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const number = (expected: string): Rule => ({
  isValid: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  expected: `, expected ${expected}`,
});
const PART = 'two whole numbers, such as 2 and 5 for the second of five parts, or neither';

const RULES: Readonly<Record<Field, Rule>> = {
  action: { isValid: (value) => value === 'digest' || EVENT_ACTIONS.includes(value), expected: `, ${EXAMPLE}` },
  username: { isValid: isUserName, expected: `, ${EXAMPLE}` },
  ifDue: {
    isValid: isBoolean,
    expected: ', expected true or false: send true to act only if the step is due, or omit it to act now',
  },
  dryRun: { isValid: isBoolean, expected: ', expected true or false' },
  accessKeyId: {
    isValid: isText(KEY_ID),
    expected:
      ': "revoke" needs the ID of the leaked key, such as AKIAIOSFODNN7EXAMPLE. If it is a secret access key, it is in the event: treat its key as leaked',
    describe: describeLength,
  },
  page: number('a whole number from 1 on'),
  frequency: {
    isValid: (value) => (DIGEST_FREQUENCIES as readonly unknown[]).includes(value),
    expected: `, expected ${DIGEST_FREQUENCIES.map((name) => `"${name}"`).join(' | ')}, or omit it for "DAILY"`,
  },
  part: number(PART),
  parts: number(PART),
};

/** The number of unknown fields that an error names. */
const MAX_NAMES = 5;

/** @throws `BadRequest` without a valid action, with a field that no event has, or with one of a wrong form */
export function readFields(event: unknown): RotationEvent | DigestEvent {
  if (!isObject(event)) throw new BadRequest(`the event is ${describeValue(event)}, ${EXAMPLE}`);
  requireValid('action', event.action);
  // A misspelled "ifDue" or "dryRun" must not start a step at once.
  const unknown = Object.keys(event).filter((name) => !Object.hasOwn(RULES, name));
  if (unknown.length > 0) {
    const names = unknown.slice(0, MAX_NAMES).map(describeValue).join(', ');
    const more = unknown.length > MAX_NAMES ? ` and ${unknown.length - MAX_NAMES} more` : '';
    throw new BadRequest(`unknown field ${names}${more}, ${EXAMPLE}`);
  }
  for (const [name, value] of Object.entries(event)) if (value !== undefined) requireValid(name as Field, value);
  return event as unknown as RotationEvent | DigestEvent;
}

/** What an event is about, for the log: only valid values, because an event can hold anything. */
export function namedIn(event: unknown, users: Pick<ReadonlySet<string>, 'has'> | undefined): object {
  const { action, username } = fieldsOf(event);
  return {
    ...(RULES.action.isValid(action) && { action }),
    ...(users?.has(username as string) && { username }),
    invokedBy: invokedBy(event),
  };
}

/** Of an event that may not be valid; undefined for a digest, which schedules and people send alike. */
function invokedBy(event: unknown): Invoker | undefined {
  const { action, ifDue } = fieldsOf(event);
  if (action === 'digest') return undefined;
  return invokerOf({ ifDue: ifDue === true, duringDeploy: isFirstKeyRequest(event), byReport: isReport(event) });
}

export function requireValid(field: Field, value: unknown): void {
  const { isValid, expected, describe = describeValue } = RULES[field];
  if (!isValid(value)) throw new BadRequest(`"${field}" is ${describe(value)}${expected}`);
}

/**
 * Text that another principal can write: fields of events, version IDs and labels, endpoints of subscriptions, values
 * of tags, error messages of AWS that quote one of them. It goes into notifications, answers and the log only through
 * these functions: as one line of limited length, and never with what may be a secret.
 */

/** The longest staging label, user name, tag value and email address are shorter. */
const MAX_LENGTH = 300;

/** Controls, invisible characters and those that change the direction of text; separators of lines and paragraphs. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** @param maxLength - in characters; what is longer is cut */
export function foreignText(text: string, maxLength = MAX_LENGTH): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(UNPRINTABLE, '?');
}

/**
 * The longest value of an event that is repeated. A secret access key has 40 characters, an SMTP password 44, and both
 * have more if they are divided, escaped or encoded: what is repeated holds none, in any of these forms.
 */
const MAX_SHOWN_LENGTH = 20;

/** Names a value of an event for an error: what it is, or only how long it is if it can be a secret. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return `${value as number | boolean | null}`;
  return value.length > MAX_SHOWN_LENGTH ? textOf(value) : JSON.stringify(foreignText(value));
}

/** For a value that can be a secret in any form. */
export function describeLength(value: unknown): string {
  return typeof value === 'string' ? textOf(value) : describeValue(value);
}

function textOf({ length }: string): string {
  return `a text of ${length} characters`;
}

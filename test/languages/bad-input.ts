import { stripVTControlCharacters } from 'node:util';

/**
 * The error messages that the programs of `bad-input/` print, in every language, for a schedule of 20/34/48 and an
 * address without an @.
 */
export const MESSAGES = [
  'Error: RotationSchedule.of(20/34/48): an IAM user holds two keys at most, so the old key must be gone before the next one is due, but "delete" - "create"'
    + ' (48 - 20 = 28 days) does not fit into "create" (20 days): shorten the graces, or rotate less often.',
  'Error: Recipient.email: "alice at example.com" is not an email address. It must have a name, an @ and a domain with a dot, in at most'
    + ' 254 ASCII characters without spaces. Pass an address such as alice@example.com, without a display name.',
];

/** The lines that a program printed, one message each. Maven prints colors. */
export function messagesOf(output: string): string[] {
  return stripVTControlCharacters(output).trim().split('\n');
}

import { stripVTControlCharacters } from 'node:util';

/** The errors of the first programs in JavaScript and Python: the schedule 20/34/48, and no user stacks. */
export const MESSAGES = [
  'Error: RotationSchedule.of(20/34/48): an IAM user can have two access keys, so the old key must be deleted before the next key is due, but "delete" - "create"'
    + ' (48 - 20 = 28 days) does not fit into "create" (20 days): shorten the periods, or rotate less often.',
  'Error: UserStacks.nested: "count" is 0, but must be a whole number from 1 to 200. Use one stack for every 40 users.',
];

/** The lines that a program printed, one message each, without the colors of Maven. */
export function messagesOf(output: string): string[] {
  return stripVTControlCharacters(output).trim().split('\n');
}

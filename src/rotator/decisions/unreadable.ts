/** Records that another release of the rotation wrote, that are damaged, or that contradict each other. */
import { removeLabelsCommand } from '../domain/commands';
import { foreignText } from '../domain/foreign-text';
import { Ledger } from '../domain/ledger';
import { blocked } from '../domain/step';

/**
 * Such a record can mean that a key leaked, or that another principal created it. Without the record, the rotation
 * could publish or delete that key. Only a revocation is not blocked: see next-step.ts.
 */
export function unreadableStep(
  request: Parameters<typeof removeLabelsCommand>[0],
  { unreadable, contradictory }: Pick<Ledger, 'unreadable' | 'contradictory'>,
): ReturnType<typeof blocked> | undefined {
  const { secret } = request;
  if (unreadable.length > 0) {
    return blocked(
      `this release of the rotation cannot read the staging labels ${unreadable.map(({ label }) => foreignText(label)).join(', ')} of secret ${secret}`,
      [
        'deploy the newest release that this secret was used with',
        `or, if no release wrote them, remove them: ${removeLabelsCommand(request, unreadable)}`,
      ].join('; '),
    );
  }
  if (contradictory.length === 0) return undefined;
  const names = contradictory.map(({ label, version }) => `${foreignText(label)} on version ${foreignText(version)}`);
  // Of which none is to be removed without a look: without its true record, a key is not retired any more.
  return blocked(
    `the staging labels of secret ${secret} contradict each other: ${names.join(', ')}`,
    [
      'if Secrets Manager cannot decrypt one of these versions, repair that first: a check compares the values with the labels, and removes each label whose version does not hold its key',
      `if each version holds the key that its label names, remove all of these labels but one: ${removeLabelsCommand(request)}`,
    ].join('; '),
  );
}

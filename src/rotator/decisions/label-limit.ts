/**
 * A secret can have 20 staging labels, those of other principals included.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
import { noNewKey } from './no-new-key';
import { removeLabelsCommand } from '../domain/commands';
import { Ledger } from '../domain/ledger';
import { Ending, Step } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

const MAX_LABELS = 20;

const NEEDED_BY_NEW_KEY = 3;

/** A leak, and the key that replaces the leaked one. */
const NEEDED_BY_REVOCATION = 1 + NEEDED_BY_NEW_KEY;

type Labels = Pick<Ledger, 'versions'>;

export function hasRoomFor(count: number, ledger: Labels): boolean {
  return labelsOf(ledger) + count <= MAX_LABELS;
}

/** A label that moves needs no room. */
export function canRecord({ add }: Extract<Step, { do: 'record' }>, ledger: Labels): boolean {
  return !add || add.from !== undefined || hasRoomFor(1, ledger);
}

/** Void labels can take the room of the records that a revocation needs. */
export function isCrowded({ versions, invalid }: Pick<Ledger, 'versions' | 'invalid'>): boolean {
  return invalid.length > 0 && !hasRoomFor(NEEDED_BY_REVOCATION, { versions });
}

/** @returns undefined if a new key has room */
export function labelLimitStep(request: RotationRequest, ledger: Labels, leaked?: string): Ending | undefined {
  if (hasRoomFor(NEEDED_BY_NEW_KEY, ledger)) return undefined;
  return noNewKey(
    `the secret ${request.secret} has ${labelsOf(ledger)} staging labels, and a new key needs ${NEEDED_BY_NEW_KEY} of the ${MAX_LABELS} that a secret can have`,
    `remove labels that this rotation did not write (${removeLabelsCommand(request)})`,
    request,
    leaked,
  );
}

function labelsOf({ versions }: Labels): number {
  return new Set(Object.values(versions).flat()).size;
}

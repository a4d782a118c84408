/** Decisions by example: a user's keys, their records, and the next step. */
import { DAY } from '../../src/contract/ages';
import { nextStep } from '../../src/rotator/decisions/next-step';
import { readLedger, Versions } from '../../src/rotator/domain/ledger';
import { Step, StepOptions } from '../../src/rotator/domain/step';
import {
  AccessKey,
  RotationRequest,
  Decryption,
  LastUseStatus,
  UserKey,
  userState,
  UserState,
} from '../../src/rotator/domain/user-state';

export const NOW = new Date('2026-06-01T12:00:00Z');
export const ago = (days: number) => new Date(Math.floor((NOW.getTime() - days * DAY) / 1000) * 1000);
/** As in labels. */
export const iso = (date: Date) =>
  date
    .toISOString()
    .replace(/\.\d+Z/, 'Z')
    .replace(/[-:]/g, '');
export const ahead = (days: number) => ago(-days);

export const key = (keyId: string, ageInDays: number, active = true): AccessKey => ({
  keyId,
  active,
  createdAt: ago(ageInDays),
});
export const inactive = (keyId: string, ageInDays: number) => key(keyId, ageInDays, false);

/** A label such as `akr1.inactive.A.20260501T120000Z`, with a time this many days ago. */
export const fact = (kind: string, keyId: string, days: number) => `akr1.${kind}.${keyId}.${iso(ago(days))}`;

/** The version of an issued key of this age that is current, and that of the key before it. */
export const current = (keyId: string, ageInDays: number, ...more: string[]): Versions => ({
  v1: ['AWSCURRENT', fact('key', keyId, ageInDays), ...more],
});
export const previous = (keyId: string, ageInDays: number, ...more: string[]): Versions => ({
  v0: ['AWSPREVIOUS', fact('key', keyId, ageInDays), ...more],
});

export interface Known extends StepOptions {
  /** By key ID; a key that is not here was never used. */
  readonly uses?: Record<string, LastUseStatus>;
  /** Of AWSCURRENT. Default: possible. */
  readonly decryption?: Decryption;
  /** The key in AWSCURRENT. Default: the one that is recorded. */
  readonly holds?: string;
}

export const stateOf = (keys: readonly AccessKey[], versions: Versions, now = NOW): UserState =>
  userState(keys, readLedger(versions), now);

/** A listed key, with its records. */
export const userKey = (listed: AccessKey, versions: Versions = {}): UserKey => stateOf([listed], versions).keys[0];

/** The next step, with what the decision needs to read. */
export function step(
  requested: RotationRequest,
  keys: readonly AccessKey[],
  versions: Versions,
  { uses = {}, decryption = 'possible', holds, ...options }: Known = {},
): Step {
  const decideWith = (state: UserState): Step => {
    const next = nextStep(requested, state, options);
    if (next.do === 'get-last-used' && !state.lastUse) {
      const lastUse = new Map(next.keys.map(({ keyId }) => [keyId, uses[keyId] ?? ('never' as const)]));
      return decideWith({ ...state, lastUse });
    }
    const read = { decryption, holds: holds ?? state.ledger.current?.subject };
    return next.do === 'decrypt-current' && !state.decryption ? decideWith({ ...state, ...read }) : next;
  };
  return asListed(decideWith(stateOf(keys, versions)));
}

/** A step with its keys as IAM lists them, without the records, which the versions contain. */
export function asListed(decided: Step): Step {
  const listed = (value?: AccessKey) =>
    value?.keyId ? { keyId: value.keyId, active: value.active, createdAt: value.createdAt } : value;
  const parts = Object.entries(decided).map(([name, value]) => [
    name,
    name === 'keys' ? value.map(listed) : listed(value),
  ]);
  return Object.fromEntries(parts);
}

export const used = (days: number): LastUseStatus => ({ at: ago(days), service: 's3', region: 'eu-west-1' });

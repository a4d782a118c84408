/** The key that AWSCURRENT holds: whether it works, and how to fix it if it does not. */
import { activateCommand, invokeCommand } from '../domain/commands';
import { foreignText } from '../domain/foreign-text';
import { IssuedKey, Ledger, recordsOf } from '../domain/ledger';
import { blocked, Step, waiting } from '../domain/step';
import { addMs } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/**
 * IAM is eventually consistent: a key counts as deleted when two lists this many milliseconds apart lack it. See
 * "Changes that I make are not always immediately visible" in the IAM user guide.
 */
export const MISSING_CONFIRMATION = 10 * 60_000;

/** When a check first read the current key as current and active. */
export function currentSince(current: UserKey): Date {
  return current.facts['current-since']?.at ?? current.createdAt;
}

/** Waits for a second list before a missing current key counts as deleted. */
export function awaitConfirmation({ current, ledger, now }: UserState): Step | undefined {
  if (!ledger.current || current) return undefined;
  const keyId = ledger.current.subject;
  const until = addMs(recordsOf(ledger, keyId).facts.missing?.at ?? now, MISSING_CONFIRMATION);
  const why = `IAM does not list the current key ${keyId}: it counts as deleted if IAM still does not list it after ${MISSING_CONFIRMATION / 60_000} minutes`;
  return now < until ? waiting(why, until) : undefined;
}

export type IssuedUserKey = UserKey & { readonly issued: IssuedKey };

export function isIssued(key: UserKey): key is IssuedUserKey {
  return key.issued !== undefined;
}

/**
 * The key that should be current, if AWSCURRENT was moved outside the rotation. If AWSCURRENT is on an older key,
 * without a roll-back, it is the newest key. If it is on a value that is no key of this rotation, it is the newest
 * key that is active.
 */
export function expectedCurrent({ keys, ledger: { current } }: UserState): IssuedUserKey | undefined {
  const candidates = keys.filter(isIssued).filter(({ published, withdrawn }) => published && !withdrawn);
  return current
    ? newest(candidates.filter(({ issued }) => issued.at > current.at))
    : (newest(candidates.filter(({ active }) => active)) ?? newest(candidates));
}

/** The key that was current before another principal wrote its own value, even if it has leaked or was rejected. */
export function replacedCurrent(state: UserState): IssuedUserKey | undefined {
  const published = state.keys.filter(isIssued).filter((key) => key.published);
  return expectedCurrent(state) ?? (state.ledger.unmanagedValue ? newest(published) : undefined);
}

export function newest<T extends { readonly issued: IssuedKey }>(keys: readonly T[]): T | undefined {
  return [...keys].sort((a, b) => b.issued.at.getTime() - a.issued.at.getTime())[0];
}

/** The key that a roll-back rejected, or that AWSCURRENT was moved back from, if IAM does not list it any more. */
export function deletedSuccessor({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): IssuedKey | undefined {
  const { current, issued } = ledger;
  const last = newest(issued.map((one) => ({ issued: one })))?.issued;
  const isListed = keys.some(({ keyId }) => keyId === last?.subject);
  return current && last && last.at > current.at && !isListed ? last : undefined;
}

/** The newest key that people may have read from the secret, whether IAM lists it or not. */
export function lastPublished(ledger: Ledger): IssuedKey | undefined {
  const published = ledger.issued.filter(({ subject }) => recordsOf(ledger, subject).published);
  return newest(published.map((issued) => ({ issued })))?.issued;
}

/**
 * Why AWSCURRENT has no key of this rotation, although it issued one: another principal wrote a value, or moved the
 * label.
 */
export function valueProblem({ secret }: Pick<RotationRequest, 'secret'>, state: UserState): string | undefined {
  const { current, currentVersion, issued, unmanagedValue } = state.ledger;
  if (current || !(unmanagedValue ? issued.length > 0 : expectedCurrent(state))) return undefined;
  const what = unmanagedValue ? 'was not written by this rotation' : 'holds no access key';
  return `the current value of secret ${secret} (version ${foreignText(`${currentVersion}`)}) ${what}`;
}

/**
 * A version of this rotation that can replace another value, if no key can be current: the first one, which holds no
 * key. Without it, the newest published one: a key that a run was still issuing may not have been verified.
 */
export function versionWithoutKey({ ledger }: UserState): string {
  return (
    ledger.initializedVersion
    ?? (lastPublished(ledger) ?? newest(ledger.issued.map((issued) => ({ issued })))!.issued).version
  );
}

/** Makes the newest key current again, after AWSCURRENT was moved back: a person requests a new key. */
export function forwardStep({ ifDue }: Pick<RotationRequest, 'ifDue'>, state: UserState): Step | undefined {
  const expected = ifDue || !state.ledger.current ? undefined : expectedCurrent(state);
  return expected?.active ? { do: 'restore', key: expected.issued } : undefined;
}

/** A change of the current key or of the secret's value that a person has to resolve before the rotation continues. */
export function currentKeyProblem(request: RotationRequest, state: UserState): Step | undefined {
  const { username } = request;
  const { current, ledger } = state;
  const expected = expectedCurrent(state);
  const send = (action: 'create' | 'rollback') => invokeCommand({ action, username }, request);
  const why = valueProblem(request, state);
  if (why) {
    return expected
      ? blocked(why, `make ${expected.keyId} of ${username} current again: ${send('rollback')}`)
      : blocked(
          `${why}, and no key of this rotation can be made current`,
          `if a new key may replace that value: ${send('rollback')}`,
        );
  }
  if (current && !current.active) {
    return blocked(
      `the current key ${current.keyId} was deactivated outside the rotation`,
      `activate it (${activateCommand(request, current.keyId)}), or delete it, and a later check issues a new key`,
    );
  }
  if (expected) {
    const [forward, back] = [
      `to make ${expected.keyId} current: ${send('create')}`,
      `to retire ${expected.keyId}: ${send('rollback')}`,
    ];
    return blocked(
      `the current key ${ledger.current!.subject} is older than ${expected.keyId}: AWSCURRENT was moved back outside the rotation`,
      [...(expected.active ? [forward] : []), ...(current ? [back] : [])].join('; or ')
        || `make ${expected.keyId} of ${username} current again: ${send('rollback')}`,
    );
  }
  return undefined;
}

/** A key that was issued after the current one: it was rolled back, or AWSCURRENT was moved outside the rotation. */
export function newerThan(current: UserKey, { keys }: UserState): IssuedUserKey | undefined {
  return keys.filter(isIssued).find((key) => key.createdAt > current.createdAt);
}

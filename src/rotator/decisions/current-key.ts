/** The key that AWSCURRENT holds: whether it works, and what is amiss where it does not. */
import { activateCommand, makeCurrentCommand } from '../domain/commands';
import { INITIALIZED_LABEL, IssuedKey, recordsOf } from '../domain/ledger';
import { blocked, Step, waiting } from '../domain/step';
import { addMs } from '../domain/time';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

/** IAM's lists lag behind its writes: believe that a key is gone when it was not listed twice, so long apart. */
export const MISSING_CONFIRMATION = 10 * 60_000;

/** Since when the current key is current and active, as first seen by us. */
export function currentSince(current: UserKey): Date {
  return current.facts['current-since']?.at ?? current.createdAt;
}

/** There was a current key, and it is not listed any more: only seen once so far? */
export function awaitConfirmation({ current, ledger, now }: UserState): Step | undefined {
  if (!ledger.current || current) return undefined;
  const keyId = ledger.current.subject;
  const until = addMs(recordsOf(ledger, keyId).facts.missing?.at ?? now, MISSING_CONFIRMATION);
  const why = `IAM does not list the current key ${keyId}: it is believed to be gone if it is still not listed then`;
  return now < until ? waiting(why, until) : undefined;
}

export type OurKey = UserKey & { readonly issued: IssuedKey };

export function isIssued(key: UserKey): key is OurKey {
  return key.issued !== undefined;
}

/**
 * The key that ought to be current, where somebody moved AWSCURRENT: to a value without a key of ours, or to an older
 * key without having said so. In the first case, that is the last one which works.
 */
export function expectedCurrent({ keys, ledger: { current } }: UserState): OurKey | undefined {
  const candidates = keys.filter(isIssued).filter(({ published, withdrawn }) => published && !withdrawn);
  return current
    ? newest(candidates.filter(({ issued }) => issued.at > current.at))
    : (newest(candidates.filter(({ active }) => active)) ?? newest(candidates));
}

/** The key that was current before another principal wrote its own value, even if it leaked or was rejected since. */
export function replacedCurrent(state: UserState): OurKey | undefined {
  const beneath = () => newest(state.keys.filter(isIssued).filter(({ published }) => published));
  return expectedCurrent(state) ?? (state.ledger.unmanagedValue ? beneath() : undefined);
}

export function newest<T extends { readonly issued: IssuedKey }>(keys: readonly T[]): T | undefined {
  return [...keys].sort((a, b) => b.issued.at.getTime() - a.issued.at.getTime())[0];
}

/** What people did to the current key or to the secret's value, and what they have to do before anything goes on. */
export function currentKeyProblem(request: RotationRequest, state: UserState): Step | undefined {
  const { username, secret } = request;
  const { current, ledger } = state;
  const expected = expectedCurrent(state);
  const activate = (keyId: string) => activateCommand(request, keyId);
  if (!ledger.current && (expected || (ledger.unmanagedValue && ledger.issued.length > 0))) {
    const why = `the current value of secret ${secret} (version ${ledger.currentVersion}) ${ledger.unmanagedValue ? 'was not written by this rotation' : 'holds no key'}`;
    if (expected) {
      return blocked(
        why,
        `make ${expected.keyId} of ${username} current again: ${expected.active ? '' : `${activate(expected.keyId)} && `}${makeCurrentCommand(expected.issued, ledger, request)}`,
      );
    }
    // Not to one that a run was still issuing: it was perhaps never seen to work.
    const initialized = Object.keys(ledger.versions).find((id) => ledger.versions[id].includes(INITIALIZED_LABEL));
    const all = ledger.issued.map((issued) => ({ issued }));
    const published = all.filter(({ issued }) => recordsOf(ledger, issued.subject).published);
    const version = newest(published)?.issued.version ?? initialized ?? newest(all)!.issued.version;
    return blocked(
      `${why}, and no key of this rotation is left to make current`,
      `if that value can be replaced by a new key, give AWSCURRENT back: ${makeCurrentCommand({ version }, ledger, request)}`,
    );
  }
  if (current && !current.active) {
    return blocked(
      `the current key ${current.keyId} was deactivated by somebody else`,
      `either activate it again (${activate(current.keyId)}) or delete it, and a later check issues a new one`,
    );
  }
  if (expected) {
    const rollback = `send {"action": "rollback", "username": "${username}"} to have ${expected.keyId} retired`;
    const forward = `move it forward (${makeCurrentCommand(expected.issued, ledger, request)})`;
    return blocked(
      `the current key ${ledger.current!.subject} is older than ${expected.keyId}, so somebody moved AWSCURRENT back`,
      [...(expected.active ? [forward] : []), ...(current ? [rollback] : [])].join(', or ')
        || `${activate(expected.keyId)} && ${makeCurrentCommand(expected.issued, ledger, request)}`,
    );
  }
  return undefined;
}

/** A key that we issued after the current one: it was rolled back, or somebody moved AWSCURRENT. */
export function newerThan(current: UserKey, { keys }: UserState): OurKey | undefined {
  return keys.filter(isIssued).find((key) => key.createdAt > current.createdAt);
}

/** The key that AWSCURRENT holds: whether it works, and what is amiss where it does not. Pure, like next-step.ts. */
import { activateCommand, makeCurrentCommand } from '../domain/commands';
import { factOf, INITIALIZED_LABEL, isSetAside, IssuedKey, issuedKey, Ledger, wasPublished } from '../domain/ledger';
import { blocked, Step, waiting } from '../domain/step';
import { plus } from '../domain/time';
import { AccessKey, RotationRequest, UserState } from '../domain/user-state';

/** IAM's lists lag behind its writes: believe that a key is gone when it was not listed twice, so long apart. */
export const LOOK_TWICE = 10 * 60_000;

export function currentKey({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): AccessKey | undefined {
  return keys.find((key) => key.keyId === ledger.current?.subject);
}

/** Since when the current key is current and active, as first seen by us. */
export function currentSince(current: AccessKey, ledger: Ledger): Date {
  return factOf(ledger, 'current-since', current.keyId)?.at ?? current.createdAt;
}

/** There was a current key, and it is not listed any more: only seen once so far? */
export function stillBelieved({ keys, ledger, now }: UserState): Step | undefined {
  const { current } = ledger;
  if (!current || currentKey({ keys, ledger })) return undefined;
  const until = plus(factOf(ledger, 'missing', current.subject)?.at ?? now, LOOK_TWICE);
  return now < until ? waiting(`IAM does not list the current key ${current.subject}: it is believed to be gone if it is still not listed then`, until) : undefined;
}

/**
 * The key that ought to be current, where somebody moved AWSCURRENT: to a value without a key of ours, or to an older key
 * without having said so. In the first case, that is the last one which works.
 */
export function bypassed({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): IssuedKey | undefined {
  const { current, issued } = ledger;
  const exists = ({ subject: keyId }: IssuedKey) => keys.some((key) => key.keyId === keyId);
  const isCandidate = (key: IssuedKey) => exists(key) && !isSetAside(key.subject, ledger) && wasPublished(key, ledger);
  if (current) return newest(issued.filter((key) => key.at > current.at && isCandidate(key)));

  const isActive = ({ subject: keyId }: IssuedKey) => keys.some((key) => key.keyId === keyId && key.active);
  const candidates = issued.filter(isCandidate);
  return newest(candidates.filter(isActive)) ?? newest(candidates);
}

/** The key that was current before somebody put a value of their own over it: although it leaked, or was rejected, since. */
export function displaced({ keys, ledger }: Pick<UserState, 'keys' | 'ledger'>): IssuedKey | undefined {
  const aside = bypassed({ keys, ledger });
  if (aside || !ledger.foreignValue) return aside;
  const exists = ({ subject: keyId }: IssuedKey) => keys.some((key) => key.keyId === keyId);
  return newest(ledger.issued.filter((key) => exists(key) && wasPublished(key, ledger)));
}

function newest(keys: readonly IssuedKey[]): IssuedKey | undefined {
  return [...keys].sort((a, b) => b.at.getTime() - a.at.getTime())[0];
}

/** What people did to the current key or to the secret's value, and what they have to do before anything goes on. */
export function broken(request: RotationRequest, { keys, ledger }: UserState): Step | undefined {
  const { username, secret } = request;
  const aside = bypassed({ keys, ledger });
  const asideIsActive = keys.some((key) => key.keyId === aside?.subject && key.active);
  const activate = (keyId: string) => activateCommand(request, keyId);
  if (!ledger.current && (aside || (ledger.foreignValue && ledger.issued.length > 0))) {
    const why = `the current value of secret ${secret} (version ${ledger.currentVersion}) ${ledger.foreignValue ? 'was not written by this rotation' : 'holds no key'}`;
    if (aside) {
      return blocked(why, `make ${aside.subject} of ${username} current again: ${asideIsActive ? '' : `${activate(aside.subject)} && `}${makeCurrentCommand(aside, ledger, request)}`);
    }
    // Not to one that a run was still issuing: it was perhaps never seen to work.
    const initialized = Object.keys(ledger.versions).find((id) => ledger.versions[id].includes(INITIALIZED_LABEL));
    const version = newest(ledger.issued.filter((key) => wasPublished(key, ledger)))?.version ?? initialized ?? newest(ledger.issued)!.version;
    return blocked(`${why}, and no key of this rotation is left to make current`,
      `if that value can be replaced by a new key, give AWSCURRENT back: ${makeCurrentCommand({ version }, ledger, request)}`);
  }
  const current = currentKey({ keys, ledger });
  if (current && !current.active) {
    return blocked(`the current key ${current.keyId} was deactivated by somebody else`,
      `either activate it again (${activate(current.keyId)}) or delete it, and a later check issues a new one`);
  }
  if (aside) {
    const rollback = `send {"action": "rollback", "username": "${username}"} to have ${aside.subject} retired`;
    const forward = `move it forward (${makeCurrentCommand(aside, ledger, request)})`;
    return blocked(`the current key ${ledger.current!.subject} is older than ${aside.subject}, so somebody moved AWSCURRENT back`,
      [...(asideIsActive ? [forward] : []), ...(current ? [rollback] : [])].join(', or ') || `${activate(aside.subject)} && ${makeCurrentCommand(aside, ledger, request)}`);
  }
  return undefined;
}

/** A key that we issued after the current one: it was rolled back, or somebody moved AWSCURRENT. */
export function newerThan(current: AccessKey, keys: readonly AccessKey[], ledger: Ledger): AccessKey | undefined {
  return keys.find((key) => key.createdAt > current.createdAt && issuedKey(ledger, key.keyId));
}

/** Checks every call of a life against the invariants, and some rules that need a whole life. */
import type { Setting } from './history';
import { DAY } from '../../src/contract/ages';
import { ModelAws } from '../fake-aws/fake-aws';
import { checkCall, CallerRequests } from '../fake-aws/invariants';

/** A day, less the tolerance of all ages. */
const MIN_AGE_FOR_MANUAL_CREATE = DAY - 3_600_000;

export class Oracle {
  /** The first violation. */
  public violation?: string;
  /** The state at a manual change during a run: what the run has read before may be out of date. */
  public raceFrom?: ModelAws;
  /** Whether the run is a check that began while the change window was closed. */
  public closed = false;
  /** Keys that were reported as leaked. */
  public readonly leaked = new Set<string>();
  /** Keys that the rotation adopted. */
  private readonly adopted = new Set<string>();

  /** With `retireExistingKeys`, the keys of the user before the first publication may be retired. */
  constructor(
    private readonly aws: ModelAws,
    public ages: CallerRequests['ages'],
    private readonly requests: Pick<Setting, 'retireExistingKeys' | 'retireUnmanagedKeys'>,
  ) {
    aws.afterEachCall = (before) => this.afterCall(before);
  }

  /** Keys that were created outside the rotation. */
  public unmanaged(): ReadonlySet<string> {
    return new Set([...this.aws.keys.keys()].filter((keyId) => this.aws.trail.keys.get(keyId)!.createdBy === 'person'));
  }

  /** The current key, if it works. */
  public working(): string | undefined {
    const current = this.aws.currentKey();
    return current !== undefined && this.aws.keys.get(current)?.active ? current : undefined;
  }

  /** Calls that only read need no check. */
  private afterCall(before: ModelAws): void {
    const { aws, ages, adopted, requests } = this;
    if (aws.history === before.history && aws.sent === before.sent && aws.trail.keys === before.trail.keys) return;
    if (requests.retireExistingKeys && !before.trail.everPublished) {
      for (const keyId of before.keys.keys()) adopted.add(keyId);
    }
    const requested = (keyId: string) => requests.retireUnmanagedKeys || adopted.has(keyId);
    const leaked = (keyId: string) => this.leaked.has(keyId);
    try {
      this.check(before, { ages, requested, leaked, closed: () => this.closed });
      if (aws.history !== before.history && aws.history.at(-1)!.what === 'published') this.checkFreshness(before);
    } catch (error) {
      this.violation ??= (error as Error).message;
    }
  }

  private check(before: ModelAws, requests: CallerRequests): void {
    try {
      checkCall(before, this.aws, requests);
    } catch (error) {
      const { message } = error as Error;
      if (!this.raceFrom) throw error;
      // The key that was current when the run read it may not be so any more.
      if (message.startsWith('invariant 1')) return;
      // It may have read the keys before the change, the secret, or both. A retirement changes no secret, and the
      // current key works as it did.
      const { trail, iam, secret } = this.raceFrom;
      const isRetirement = this.aws.secret === before.secret;
      const states = [{}, { iam }].flatMap((state) => [state, ...(isRetirement ? [{ ...state, secret }] : [])]);
      const isAllowed = states.some((state) => {
        const after = Object.assign(this.aws.clone(), state);
        return [{}, { trail }].some((read) => isValid(Object.assign(before.clone(), state, read), after, requests));
      });
      if (!isAllowed) throw error;
    }
  }

  /** Invariant 7: a key is not replaced on the day of its creation, so that people have time to switch. */
  private checkFreshness(before: ModelAws): void {
    const keyId = before.currentKey();
    const key = keyId === undefined ? undefined : before.keys.get(keyId);
    // Except for a return to an older key, and for a leaked key.
    if (
      before.trail.keys.get(this.aws.currentKey()!)?.published
      || (key && before.trail.keys.get(key.keyId)!.leakedAt !== undefined)
    ) {
      return;
    }
    if (!key?.active || before.trail.keys.get(key.keyId)!.createdBy === 'person') return;
    if (this.aws.now.getTime() - key.createdAt.getTime() < MIN_AGE_FOR_MANUAL_CREATE) {
      throw new Error(`invariant 7: ${key.keyId} was replaced before it was a day old`);
    }
  }
}

function isValid(before: ModelAws, after: ModelAws, requests: CallerRequests): boolean {
  try {
    checkCall(before, after, requests);
    return true;
  } catch {
    return false;
  }
}

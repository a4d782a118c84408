/** Judges every call of a life by the invariants, and a few things that only a whole life shows. */
import type { Setting } from './history';
import { DAY } from '../../src/contract/ages';
import { ModelAws } from '../fake-aws/fake-aws';
import { checkCall, CallerRequests } from '../fake-aws/invariants';

/** Of a day's patience, an hour is the tolerance that all ages have. */
const MIN_AGE_FOR_MANUAL_CREATE = DAY - 3_600_000;

export class Oracle {
  /** The first thing that went wrong. */
  public violation?: string;
  /** What could be known when a person acted amid a run: whoever looked before that goes by it. */
  public raceFrom?: ModelAws['trail'];
  /** Keys that somebody named as leaked. */
  public readonly leaked = new Set<string>();
  /** Keys of people that a caller put into our hands. */
  private readonly entrusted = new Set<string>();

  /** `retireExistingKeys`: the keys that the user has until its first key of ours is current are ours to retire. */
  constructor(
    private readonly aws: ModelAws,
    public ages: CallerRequests['ages'],
    private readonly requests: Pick<Setting, 'retireExistingKeys' | 'retireUnmanagedKeys'>,
  ) {
    aws.afterEachCall = (before) => this.afterCall(before);
  }

  /** Keys that people made. */
  public unmanaged(): ReadonlySet<string> {
    return new Set([...this.aws.keys.keys()].filter((keyId) => this.aws.trail.keys.get(keyId)!.createdBy === 'person'));
  }

  /** The current key, if it works. */
  public working(): string | undefined {
    const current = this.aws.currentKey();
    return current !== undefined && this.aws.keys.get(current)?.active ? current : undefined;
  }

  /** Most calls only read: there is nothing to judge then. */
  private afterCall(before: ModelAws): void {
    const { aws, ages, entrusted, requests } = this;
    if (aws.history === before.history && aws.sent === before.sent && aws.trail.keys === before.trail.keys) return;
    if (requests.retireExistingKeys && !before.trail.everPublished) {
      for (const keyId of before.keys.keys()) entrusted.add(keyId);
    }
    const requested = (keyId: string) => requests.retireUnmanagedKeys || entrusted.has(keyId);
    const leaked = (keyId: string) => this.leaked.has(keyId);
    try {
      this.check(before, { ages, requested, leaked });
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
      // The key that was current when the run looked may not be so any more.
      if (message.startsWith('invariant 1')) return;
      const then = before.clone();
      then.trail = this.raceFrom;
      checkCall(then, this.aws, requests);
    }
  }

  /** Invariant 7: two keys in a row would leave people no time to switch. */
  private checkFreshness(before: ModelAws): void {
    const keyId = before.currentKey();
    const key = keyId === undefined ? undefined : before.keys.get(keyId);
    // Back to an older key, or away from one that leaked, is another matter.
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

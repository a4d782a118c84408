/**
 * The history of the keys of a user, replayed from the changes that took effect, and the rules that must hold after
 * each change. The rules are written here independently of the code of the rotation.
 */
import type { Ages } from './soak-users';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Periods have a tolerance of one hour, and a run takes minutes from reading the time to the change. */
const SLACK = HOUR + 5 * 60_000;

export interface Change {
  readonly at: Date;
  readonly what: 'created' | 'verified' | 'published' | 'deactivated' | 'activated' | 'deleted';
  /** Undefined if AWSCURRENT was moved to a value that holds no key of the rotation. */
  readonly keyId?: string;
}

export interface KeyLife {
  readonly keyId: string;
  readonly createdAt: Date;
  /** The user had it when it was adopted. */
  readonly adopted: boolean;
  active: boolean;
  /** When it became active or inactive. */
  since: Date;
  /** The rotation has verified it. */
  verified: boolean;
  /** It is or was current. */
  published: boolean;
}

export class KeyHistory {
  public readonly keys = new Map<string, KeyLife>();
  /** The key that AWSCURRENT holds, and when it became current. */
  public current?: { readonly keyId?: string; readonly since: Date };
  /** When the last key was deleted, which left a slot for a new one. */
  public slotFreeSince = new Date(0);
  public readonly events: Change[] = [];

  constructor(public ages: Ages) {}

  /** A key that existed before the rotation. */
  public adopt(keyId: string, at: Date): void {
    this.keys.set(keyId, {
      keyId,
      createdAt: at,
      adopted: true,
      active: true,
      since: at,
      verified: true,
      published: false,
    });
  }

  /** @returns the violations of the change */
  public apply(change: Change): string[] {
    const violations = this.violationsOf(change);
    this.events.push(change);
    this.record(change);
    const current = this.current && this.keys.get(this.current.keyId ?? '');
    if (this.current && !current?.active) {
      violations.push(
        `AWSCURRENT holds ${this.current.keyId ?? 'no key'}, which is ${current ? 'inactive' : 'not a key of the user'}`,
      );
    }
    if (this.keys.size > 2) {
      violations.push(`the user has ${this.keys.size} keys`);
    }
    return violations;
  }

  private violationsOf({ what, keyId, at }: Change): string[] {
    const key = this.keys.get(keyId ?? '');
    if (!key) {
      return what === 'created' || what === 'published' ? [] : [`${keyId} was ${what}, but is not a key of the user`];
    }
    const days = (from: Date) => ((at.getTime() - from.getTime()) / DAY).toFixed(2);
    const tooEarly = (from: Date, period: number) => at.getTime() - from.getTime() < period * DAY - SLACK;
    switch (what) {
      case 'published':
        return key.verified ? [] : [`${keyId} was published before it was verified`];
      case 'deactivated': {
        if (!key.active) {
          return [];
        }
        if (!key.published && !key.adopted) {
          return [`${keyId} was deactivated, which is neither a previous key nor adopted`];
        }
        const period = this.ages.deactivate - this.ages.create;
        const since = this.currentAndActiveSince();
        return since && !tooEarly(since, period)
          ? []
          : [
              `${keyId} was deactivated when the next key had been current for ${since ? days(since) : 'no'} days, expected ${period}`,
            ];
      }
      case 'deleted': {
        const period = this.ages.delete - this.ages.deactivate;
        // A key that was never published has no consumers.
        if (!key.published && !key.adopted) {
          return [];
        }
        return !key.active && !tooEarly(key.since, period)
          ? []
          : [
              `${keyId} was deleted when it had been inactive for ${key.active ? 'no' : days(key.since)} days, expected ${period}`,
            ];
      }
      default:
        return [];
    }
  }

  /** When the current key became current and active. */
  private currentAndActiveSince(): Date | undefined {
    const key = this.keys.get(this.current?.keyId ?? '');
    return key?.active ? new Date(Math.max(this.current!.since.getTime(), key.since.getTime())) : undefined;
  }

  private record({ what, keyId, at }: Change): void {
    const key = this.keys.get(keyId ?? '');
    switch (what) {
      case 'created':
        this.keys.set(keyId!, {
          keyId: keyId!,
          createdAt: at,
          adopted: false,
          active: true,
          since: at,
          verified: false,
          published: false,
        });
        break;
      case 'published':
        if (!this.current || this.current.keyId !== keyId) {
          this.current = { keyId, since: at };
        }
        break;
      case 'deleted':
        this.keys.delete(keyId!);
        this.slotFreeSince = at;
        break;
    }
    if (key) {
      const active = what === 'activated' || (key.active && what !== 'deactivated');
      key.since = active === key.active ? key.since : at;
      key.active = active;
      key.verified ||= what === 'verified';
      key.published ||= what === 'published';
    }
  }
}

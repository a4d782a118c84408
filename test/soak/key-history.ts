/**
 * The life of a user's keys, replayed from what took effect, and the rules that must hold at each moment of it. They
 * are written down here independently of the code that keeps them. Pure.
 */
import type { Ages } from './soak-users';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Grace periods are kept to the hour, and a run takes minutes from reading the time to acting. */
const SLACK = HOUR + 5 * 60_000;

export interface Change {
  readonly at: Date;
  readonly what: 'created' | 'verified' | 'published' | 'deactivated' | 'activated' | 'deleted';
  /** Nothing where AWSCURRENT was moved to a value that holds no key of the rotation. */
  readonly keyId?: string;
}

export interface KeyLife {
  readonly keyId: string;
  readonly createdAt: Date;
  /** The user had it when it was adopted. */
  readonly adopted: boolean;
  active: boolean;
  /** Since when it is active, or inactive. */
  since: Date;
  /** The rotation has seen it work. */
  verified: boolean;
  /** It was current once, or is. */
  published: boolean;
}

export class KeyHistory {
  public readonly keys = new Map<string, KeyLife>();
  /** What AWSCURRENT holds, and since when. */
  public current?: { readonly keyId?: string; readonly since: Date };
  /** Since when the user holds less than two keys. */
  public roomSince = new Date(0);
  public readonly events: Change[] = [];

  constructor(public ages: Ages) {}

  /** A key that was there before the rotation. */
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

  /** Returns what is wrong with it. */
  public apply(change: Change): string[] {
    const wrong = this.wrongWith(change);
    this.events.push(change);
    this.take(change);
    const current = this.current && this.keys.get(this.current.keyId ?? '');
    if (this.current && !current?.active) {
      wrong.push(
        `AWSCURRENT holds ${this.current.keyId ?? 'no key'}, which is ${current ? 'inactive' : 'no key of the user'}`,
      );
    }
    if (this.keys.size > 2) {
      wrong.push(`the user holds ${this.keys.size} keys`);
    }
    return wrong;
  }

  private wrongWith({ what, keyId, at }: Change): string[] {
    const key = this.keys.get(keyId ?? '');
    if (!key) {
      return what === 'created' || what === 'published' ? [] : [`${keyId} was ${what}, but is no key of the user`];
    }
    const days = (from: Date) => ((at.getTime() - from.getTime()) / DAY).toFixed(2);
    const tooEarly = (from: Date, grace: number) => at.getTime() - from.getTime() < grace * DAY - SLACK;
    switch (what) {
      case 'published':
        return key.verified ? [] : [`${keyId} was published before it was seen to work`];
      case 'deactivated': {
        if (!key.active) {
          return [];
        }
        if (!key.published && !key.adopted) {
          return [`${keyId} was deactivated, which is neither a previous key nor adopted`];
        }
        const grace = this.ages.deactivate - this.ages.create;
        const since = this.currentAndActiveSince();
        return since && !tooEarly(since, grace)
          ? []
          : [
              `${keyId} was deactivated when its successor had been current for ${since ? days(since) : 'no'} days, not ${grace}`,
            ];
      }
      case 'deleted': {
        const grace = this.ages.delete - this.ages.deactivate;
        // What never was current was never handed out.
        if (!key.published && !key.adopted) {
          return [];
        }
        return !key.active && !tooEarly(key.since, grace)
          ? []
          : [
              `${keyId} was deleted when it had been inactive for ${key.active ? 'no' : days(key.since)} days, not ${grace}`,
            ];
      }
      default:
        return [];
    }
  }

  /** Since when the key that is current now is so, and active. */
  private currentAndActiveSince(): Date | undefined {
    const key = this.keys.get(this.current?.keyId ?? '');
    return key?.active ? new Date(Math.max(this.current!.since.getTime(), key.since.getTime())) : undefined;
  }

  private take({ what, keyId, at }: Change): void {
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
        this.roomSince = at;
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

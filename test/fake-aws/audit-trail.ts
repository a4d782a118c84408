/** What an observer who misses nothing knows of each key: the facts that the invariants are about. */
import { KeyRecord } from './iam';
import { identity } from './identity';
import { LayeredMap } from './layered-map';
import { AccessKey } from '../../src/rotator/domain/user-state';

export type Actor = 'rotation' | 'person';

/** What happened to a key, in order. */
export interface KeyEvent {
  readonly at: Date;
  readonly what: 'created' | 'published' | 'activated' | 'deactivated' | 'deleted';
  readonly keyId: string;
  /** Left out: the rotation. */
  readonly by?: 'person';
}

export interface KeyTrail {
  readonly made: Actor;
  /** Seen to work, and not switched on again since by the rotation. */
  readonly verified: boolean;
  /** Was AWSCURRENT once. */
  readonly published: boolean;
  /** What the rotation's lists say of it, and since when without a break: nobody can know more. */
  readonly seen: { readonly active: boolean; readonly since: number };
  /** When it was put on record as a key to retire that the rotation did not issue. */
  readonly adoptedAt?: number;
  /** The rotation switched it on to make it current again, and has not done so yet: it may take that back. */
  readonly restoring?: boolean;
  /** Since when it is on record as leaked. */
  readonly leakedAt?: number;
}

/** Announced events of which people have to hear. */
const OWED = ['published', 'deactivated', 'deleted'] as const;
const MESSAGE = { published: 'created', deactivated: 'deactivated', deleted: 'deleted' } as const;

/** Owed once, whichever of the two keys the message is about. */
const ROLLED_BACK = 'rolled-back';

const NO_NOTES = new LayeredMap<KeyTrail>();
const NONE: [] = [];

/** Never changes: what is learned makes new notes. */
export class AuditTrail {
  /** Keys that are gone included. */
  public readonly keys: LayeredMap<KeyTrail> = NO_NOTES;
  /** What DescribeSecret said was current, and since when without a break. */
  public readonly seenCurrent?: { readonly keyId: string | undefined; readonly since: number };
  /** When runs began to issue keys. */
  public readonly claims: readonly number[] = NONE;
  /** Facts that people have not been told, as `event keyId` of the message. */
  public readonly unnotified: readonly string[] = NONE;
  public readonly everPublished: boolean = false;

  constructor(from?: AuditTrail, more?: Partial<AuditTrail>) {
    if (from) Object.assign(this, from, more);
  }

  public made(key: KeyRecord, by: Actor): AuditTrail {
    const seen = { active: key.active, since: key.createdAt.getTime() };
    return this.with(key.keyId, { made: by, verified: false, published: false, seen });
  }

  public listed(keys: readonly AccessKey[], at: Date): AuditTrail {
    return keys.reduce((notes: AuditTrail, { keyId, active }) => notes.sawStatus(keyId, active, at), this);
  }

  public sawStatus(keyId: string, active: boolean, at: Date): AuditTrail {
    return this.keys.get(keyId)!.seen.active === active
      ? this
      : this.change(keyId, { seen: { active, since: at.getTime() } });
  }

  public sawCurrent(keyId: string | undefined, at: Date): AuditTrail {
    if (this.seenCurrent && this.seenCurrent.keyId === keyId) return this;
    return new AuditTrail(this, { seenCurrent: { keyId, since: at.getTime() } });
  }

  public change(keyId: string, more: Partial<KeyTrail>): AuditTrail {
    return this.with(keyId, { ...this.keys.get(keyId)!, ...more });
  }

  /** Labels are how the rotation says what it means to do. */
  public labelled(label: string, at: Date): AuditTrail {
    const [, kind, keyId] = label.split('.');
    if (kind === 'claim') return new AuditTrail(this, { claims: [...this.claims, at.getTime()] });
    // Labels may tell of a key that is gone by then.
    if (!this.keys.has(keyId)) return this;
    if (kind === 'adopted' && this.keys.get(keyId)?.adoptedAt === undefined) {
      return this.change(keyId, { adoptedAt: at.getTime() });
    }
    return kind === 'leaked' ? this.change(keyId, { leakedAt: at.getTime() }) : this;
  }

  public happened({ what, keyId, by }: KeyEvent): AuditTrail {
    const known = this.keys.get(keyId);
    // A value that names no key of this user's: nobody has to hear of it.
    if (!known) return new AuditTrail(this, { everPublished: this.everPublished || what === 'published' });
    const { made, published, restoring, leakedAt, adoptedAt } = known;
    const matters = OWED.find((owed) => owed === what);
    // An unpublished key goes without a word, or as "orphan-deleted"; one that is current again is told otherwise.
    const owes =
      matters
      && !by
      && !(what === 'deactivated' && restoring)
      && (matters === 'published'
        ? !published
        : published || adoptedAt !== undefined || (leakedAt !== undefined && made === 'person'));
    // That a key is new is no news once it is gone, nor that it was off once it is on again.
    const over = { deleted: 'created', activated: 'deactivated' }[what as string];
    // A roll-back that was undone before anybody heard of it is none either.
    const still = this.unnotified.filter(
      (fact) => fact !== `${over} ${keyId}` && !(what === 'published' && fact === ROLLED_BACK),
    );
    const rolledBack =
      what === 'published' && !by && published && this.keys.get(this.seenCurrent!.keyId!)?.leakedAt === undefined;
    if (rolledBack) return new AuditTrail(this, { unnotified: [...new Set([...still, ROLLED_BACK])].sort() });
    const unnotified = owes ? [...still, `${MESSAGE[matters]} ${keyId}`].sort() : still;
    return new AuditTrail(this, { unnotified, everPublished: this.everPublished || what === 'published' });
  }

  public told(event: string, keyId: string | undefined): AuditTrail {
    const gone = event === 'deleted' || event === 'orphan-deleted';
    // Who hears that a key is gone need not hear that it is off.
    const facts =
      event === ROLLED_BACK
        ? [ROLLED_BACK]
        : gone
          ? [`deleted ${keyId}`, `deactivated ${keyId}`]
          : [`${event} ${keyId}`];
    return facts.some((fact) => this.unnotified.includes(fact))
      ? new AuditTrail(this, { unnotified: this.unnotified.filter((owed) => !facts.includes(owed)) })
      : this;
  }

  public fingerprint(): number {
    return identity(this, show);
  }

  private with(keyId: string, notes: KeyTrail): AuditTrail {
    return new AuditTrail(this, { keys: this.keys.with(keyId, notes) });
  }
}

function show({ seenCurrent, everPublished, claims, unnotified, keys }: AuditTrail): string {
  return JSON.stringify([seenCurrent, everPublished, claims, unnotified, [...keys]]);
}

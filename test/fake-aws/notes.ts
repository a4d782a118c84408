/** What an observer who misses nothing knows of each key: the facts that the invariants are about. */
import { KeyRecord } from './iam';
import { identity } from './identity';
import { LayeredMap } from './layered-map';
import { AccessKey } from '../../src/rotator/domain/user-state';

export type By = 'rotation' | 'person';

/** What happened to a key, in order. */
export interface KeyEvent {
  readonly at: Date;
  readonly what: 'created' | 'published' | 'activated' | 'deactivated' | 'deleted';
  readonly keyId: string;
  /** Left out: the rotation. */
  readonly by?: 'person';
}

export interface KeyNotes {
  readonly made: By;
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

const NO_NOTES = new LayeredMap<KeyNotes>();
const NONE: [] = [];

/** Never changes: what is learned makes new notes. */
export class Notes {
  /** Keys that are gone included. */
  public readonly keys: LayeredMap<KeyNotes> = NO_NOTES;
  /** What DescribeSecret said was current, and since when without a break. */
  public readonly seenCurrent?: { readonly keyId: string | undefined; readonly since: number };
  /** When runs began to issue keys. */
  public readonly claims: readonly number[] = NONE;
  /** Facts that people have not been told, as `event keyId` of the message. */
  public readonly untold: readonly string[] = NONE;
  public readonly everPublished: boolean = false;

  constructor(from?: Notes, more?: Partial<Notes>) {
    if (from) Object.assign(this, from, more);
  }

  public made(key: KeyRecord, by: By): Notes {
    const seen = { active: key.active, since: key.createdAt.getTime() };
    return this.with(key.keyId, { made: by, verified: false, published: false, seen });
  }

  public listed(keys: readonly AccessKey[], at: Date): Notes {
    return keys.reduce((notes: Notes, { keyId, active }) => notes.sawStatus(keyId, active, at), this);
  }

  public sawStatus(keyId: string, active: boolean, at: Date): Notes {
    return this.keys.get(keyId)!.seen.active === active
      ? this
      : this.change(keyId, { seen: { active, since: at.getTime() } });
  }

  public sawCurrent(keyId: string | undefined, at: Date): Notes {
    if (this.seenCurrent && this.seenCurrent.keyId === keyId) return this;
    return new Notes(this, { seenCurrent: { keyId, since: at.getTime() } });
  }

  public change(keyId: string, more: Partial<KeyNotes>): Notes {
    return this.with(keyId, { ...this.keys.get(keyId)!, ...more });
  }

  /** Labels are how the rotation says what it means to do. */
  public labelled(label: string, at: Date): Notes {
    const [, kind, keyId] = label.split('.');
    if (kind === 'claim') return new Notes(this, { claims: [...this.claims, at.getTime()] });
    // Labels may tell of a key that is gone by then.
    if (!this.keys.has(keyId)) return this;
    if (kind === 'adopted' && this.keys.get(keyId)?.adoptedAt === undefined) {
      return this.change(keyId, { adoptedAt: at.getTime() });
    }
    return kind === 'leaked' ? this.change(keyId, { leakedAt: at.getTime() }) : this;
  }

  public happened({ what, keyId, by }: KeyEvent): Notes {
    const known = this.keys.get(keyId);
    // A value that names no key of this user's: nobody has to hear of it.
    if (!known) return new Notes(this, { everPublished: this.everPublished || what === 'published' });
    const { made, published, restoring, leakedAt, adoptedAt } = known;
    const matters = OWED.find((owed) => owed === what);
    // A key that nobody had yet goes without a word, or as "discarded"; one that is current again is told otherwise.
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
    const still = this.untold.filter(
      (fact) => fact !== `${over} ${keyId}` && !(what === 'published' && fact === ROLLED_BACK),
    );
    const rolledBack =
      what === 'published' && !by && published && this.keys.get(this.seenCurrent!.keyId!)?.leakedAt === undefined;
    if (rolledBack) return new Notes(this, { untold: [...new Set([...still, ROLLED_BACK])].sort() });
    const untold = owes ? [...still, `${MESSAGE[matters]} ${keyId}`].sort() : still;
    return new Notes(this, { untold, everPublished: this.everPublished || what === 'published' });
  }

  public told(event: string, keyId: string | undefined): Notes {
    const gone = event === 'deleted' || event === 'discarded';
    // Who hears that a key is gone need not hear that it is off.
    const facts =
      event === ROLLED_BACK
        ? [ROLLED_BACK]
        : gone
          ? [`deleted ${keyId}`, `deactivated ${keyId}`]
          : [`${event} ${keyId}`];
    return facts.some((fact) => this.untold.includes(fact))
      ? new Notes(this, { untold: this.untold.filter((owed) => !facts.includes(owed)) })
      : this;
  }

  public fingerprint(): number {
    return identity(this, show);
  }

  private with(keyId: string, notes: KeyNotes): Notes {
    return new Notes(this, { keys: this.keys.with(keyId, notes) });
  }
}

function show({ seenCurrent, everPublished, claims, untold, keys }: Notes): string {
  return JSON.stringify([seenCurrent, everPublished, claims, untold, [...keys]]);
}

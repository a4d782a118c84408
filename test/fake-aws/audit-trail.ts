/** The complete history of each key, as the invariants need it: what happened, and what the rotation has read. */
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
  /** Default: the rotation. */
  readonly by?: 'person';
}

export interface KeyTrail {
  readonly createdBy: Actor;
  /** Verified, and not activated by the rotation since. */
  readonly verified: boolean;
  /** Was AWSCURRENT once. */
  readonly published: boolean;
  /** The status that the rotation last read, and since when it reads this status without a break. */
  readonly observed: { readonly active: boolean; readonly since: number };
  /** When it was recorded as adopted. */
  readonly adoptedAt?: number;
  /**
   * The rotation activated it to make it current again, and has not made it current yet: it may deactivate it again.
   */
  readonly restoring?: boolean;
  /** When it was recorded as leaked. */
  readonly leakedAt?: number;
}

/** Events that need a notification. */
const NOTIFIED = ['published', 'deactivated', 'deleted'] as const;
const NOTIFICATION = { published: 'created', deactivated: 'deactivated', deleted: 'deleted' } as const;

/** Needs one notification, about either of the two keys. */
const ROLLED_BACK = 'rolled-back';

const NO_KEYS = new LayeredMap<KeyTrail>();
const NONE: [] = [];

/** Immutable: each event results in a new trail. */
export class AuditTrail {
  /** Includes deleted keys. */
  public readonly keys: LayeredMap<KeyTrail> = NO_KEYS;
  /** The current key that DescribeSecret last returned, and since when without a break. */
  public readonly observedCurrent?: { readonly keyId: string | undefined; readonly since: number };
  /** The times of the claims to issue a key. */
  public readonly claims: readonly number[] = NONE;
  /** Notifications that are not sent yet, as `event keyId`. */
  public readonly unnotified: readonly string[] = NONE;
  /** The keys of the notifications about reports of AWS, one for each notification. */
  public readonly reported: readonly string[] = NONE;
  public readonly everPublished: boolean = false;

  constructor(from?: AuditTrail, more?: Partial<AuditTrail>) {
    if (from) Object.assign(this, from, more);
  }

  public created(key: KeyRecord, by: Actor): AuditTrail {
    const observed = { active: key.active, since: key.createdAt.getTime() };
    return this.with(key.keyId, { createdBy: by, verified: false, published: false, observed });
  }

  public listed(keys: readonly AccessKey[], at: Date): AuditTrail {
    return keys.reduce((trail: AuditTrail, { keyId, active }) => trail.observeStatus(keyId, active, at), this);
  }

  public observeStatus(keyId: string, active: boolean, at: Date): AuditTrail {
    return this.keys.get(keyId)!.observed.active === active
      ? this
      : this.change(keyId, { observed: { active, since: at.getTime() } });
  }

  public observeCurrent(keyId: string | undefined, at: Date): AuditTrail {
    if (this.observedCurrent && this.observedCurrent.keyId === keyId) return this;
    return new AuditTrail(this, { observedCurrent: { keyId, since: at.getTime() } });
  }

  public change(keyId: string, more: Partial<KeyTrail>): AuditTrail {
    return this.with(keyId, { ...this.keys.get(keyId)!, ...more });
  }

  /** Labels record what the rotation begins. */
  public labelled(label: string, at: Date): AuditTrail {
    const [, kind, keyId] = label.split('.');
    if (kind === 'claim') return new AuditTrail(this, { claims: [...this.claims, at.getTime()] });
    // The key of a label may be deleted already.
    if (!this.keys.has(keyId)) return this;
    if (kind === 'adopted' && this.keys.get(keyId)?.adoptedAt === undefined) {
      return this.change(keyId, { adoptedAt: at.getTime() });
    }
    // A key that another principal created is taken over with its secret: from then on, it is as if it was issued.
    if (kind === 'key' && this.keys.get(keyId)?.createdBy === 'person') {
      return new AuditTrail(this.change(keyId, { createdBy: 'rotation', published: true }), { everPublished: true });
    }
    return kind === 'leaked' ? this.change(keyId, { leakedAt: at.getTime() }) : this;
  }

  public happened({ what, keyId, by }: KeyEvent): AuditTrail {
    const key = this.keys.get(keyId);
    // A value without a key of this user needs no notification.
    if (!key) return new AuditTrail(this, { everPublished: this.everPublished || what === 'published' });
    const { createdBy, published, restoring, leakedAt, adoptedAt } = key;
    const event = NOTIFIED.find((notified) => notified === what);
    // An unpublished key is deleted without a notification or with "orphan-deleted"; a key that is current again has
    // another event.
    const isPending =
      event
      && !by
      && !(what === 'deactivated' && restoring)
      && (event === 'published'
        ? !published
        : published || adoptedAt !== undefined || (leakedAt !== undefined && createdBy === 'person'));
    // A deletion makes a pending "created" obsolete, an activation a pending "deactivated".
    const obsolete = { deleted: 'created', activated: 'deactivated' }[what as string];
    // Another publication makes a pending "rolled-back" obsolete, and one of the rotation the "created" of other keys:
    // no one should switch to them any more.
    const isReplaced = (pending: string) =>
      pending === ROLLED_BACK || (!by && pending.startsWith('created ') && pending !== `created ${keyId}`);
    const remaining = this.unnotified.filter(
      (pending) => pending !== `${obsolete} ${keyId}` && !(what === 'published' && isReplaced(pending)),
    );
    // Not if it replaces a value of another principal, or an older key: a person requests it after a manual change.
    const replaced = this.observedCurrent?.keyId;
    const rolledBack =
      what === 'published'
      && !by
      && published
      && replaced !== undefined
      && replaced > keyId
      && this.keys.get(replaced)?.leakedAt === undefined;
    if (rolledBack) return new AuditTrail(this, { unnotified: [...new Set([...remaining, ROLLED_BACK])].sort() });
    const unnotified = isPending ? [...remaining, `${NOTIFICATION[event]} ${keyId}`].sort() : remaining;
    return new AuditTrail(this, { unnotified, everPublished: this.everPublished || what === 'published' });
  }

  /** Another principal wrote labels that are void: people are notified of it. */
  public forged(): AuditTrail {
    return new AuditTrail(this, { unnotified: [...new Set([...this.unnotified, 'forged undefined'])].sort() });
  }

  public notified(event: string, keyId: string | undefined): AuditTrail {
    if (event === 'exposed') return new AuditTrail(this, { reported: [...this.reported, keyId!].sort() });
    const isDeletion = event === 'deleted' || event === 'orphan-deleted';
    // After the notification of a deletion, that of the deactivation is not needed.
    const sent =
      event === ROLLED_BACK
        ? [ROLLED_BACK]
        : isDeletion
          ? [`deleted ${keyId}`, `deactivated ${keyId}`]
          : [`${event} ${keyId}`];
    return sent.some((pending) => this.unnotified.includes(pending))
      ? new AuditTrail(this, { unnotified: this.unnotified.filter((pending) => !sent.includes(pending)) })
      : this;
  }

  public fingerprint(): number {
    return identity(this, show);
  }

  private with(keyId: string, key: KeyTrail): AuditTrail {
    return new AuditTrail(this, { keys: this.keys.with(keyId, key) });
  }
}

function show({ observedCurrent, everPublished, claims, unnotified, reported, keys }: AuditTrail): string {
  return JSON.stringify([observedCurrent, everPublished, claims, unnotified, reported, [...keys]]);
}

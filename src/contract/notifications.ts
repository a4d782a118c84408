/** What people and machines are notified of. */
export const NOTIFICATIONS = [
  'created',
  'reminder',
  'deactivated',
  'deleted',
  'postponed',
  'rolled-back',
  'unmanaged',
  'orphan-deleted',
  'blocked',
  'failed',
  'digest',
] as const;

export type NotificationEvent = (typeof NOTIFICATIONS)[number];

/** Message attributes of every announcement, for filter policies. */
export interface NotificationAttributes {
  readonly event: NotificationEvent;
  /** Of whom it is; a digest is of all. */
  readonly username?: string;
  readonly accessKeyId?: string;
}

/** `source` of the events on the default bus. */
export const EVENT_SOURCE = 'cdk-access-key-rotation';

/** `detail-type` of the events on the default bus. A digest is none. */
export const DETAIL_TYPES: Readonly<Record<Exclude<NotificationEvent, 'digest'>, string>> = {
  created: 'Access Key Created',
  reminder: 'Access Key Reminder',
  deactivated: 'Access Key Deactivated',
  deleted: 'Access Key Deleted',
  postponed: 'Access Key Deactivation Postponed',
  'rolled-back': 'Access Key Rolled Back',
  unmanaged: 'Unmanaged Access Key Found',
  'orphan-deleted': 'Orphaned Access Key Deleted',
  blocked: 'Access Key Rotation Blocked',
  failed: 'Access Key Rotation Failed',
};

/**
 * The message to queues, functions and HTTP endpoints, and the `detail` of the event. An added field keeps the version;
 * a field that changes its meaning gets a new one.
 */
export interface Notification extends NotificationAttributes {
  readonly version: '1';
  readonly rotation: string;
  readonly region: string;
  /** The name of the secret that holds the current key. */
  readonly secret?: string;
  readonly currentAccessKeyId?: string;
  /** Keys that people switch from. */
  readonly previousAccessKeyIds?: readonly string[];
  /** When what happens next is due, ISO 8601. */
  readonly replacedAt?: string;
  readonly deactivatedAt?: string;
  readonly deletedAt?: string;
  /** What is amiss, and what to do about it. */
  readonly reason?: string;
  readonly remedy?: string;
  /** What people read. */
  readonly text: string;
}

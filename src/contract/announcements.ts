/** What people and machines are notified of. */
export const ANNOUNCEMENTS = [
  'created',
  'reminder',
  'deactivated',
  'deleted',
  'held',
  'rolled-back',
  'foreign',
  'discarded',
  'blocked',
  'failed',
  'digest',
] as const;

export type AnnouncementEvent = (typeof ANNOUNCEMENTS)[number];

/** Message attributes of every announcement, for filter policies. */
export interface AnnouncementAttributes {
  readonly event: AnnouncementEvent;
  /** Of whom it is; a digest is of all. */
  readonly username?: string;
  readonly accessKeyId?: string;
}

/** `source` of the events on the default bus. */
export const EVENT_SOURCE = 'cdk-access-key-rotation';

/** `detail-type` of the events on the default bus. A digest is none. */
export const DETAIL_TYPES: Readonly<Record<Exclude<AnnouncementEvent, 'digest'>, string>> = {
  created: 'Access Key Created',
  reminder: 'Access Key Reminder',
  deactivated: 'Access Key Deactivated',
  deleted: 'Access Key Deleted',
  held: 'Access Key Held',
  'rolled-back': 'Access Key Rolled Back',
  foreign: 'Foreign Access Key Found',
  discarded: 'Access Key Discarded',
  blocked: 'Access Key Rotation Blocked',
  failed: 'Access Key Rotation Failed',
};

/**
 * The message to queues, functions and HTTP endpoints, and the `detail` of the event. An added field keeps the version;
 * a field that changes its meaning gets a new one.
 */
export interface Announcement extends AnnouncementAttributes {
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

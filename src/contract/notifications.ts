/** The events of which SNS and EventBridge carry notifications. */
export const NOTIFICATIONS = [
  'created',
  'reminder',
  'deactivated',
  'deleted',
  'postponed',
  'rolled-back',
  'unmanaged',
  'orphan-deleted',
  'exposed',
  'blocked',
  'failed',
  'digest',
] as const;

export type NotificationEvent = (typeof NOTIFICATIONS)[number];

/**
 * Message attributes of every SNS notification, for filter policies.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export interface NotificationAttributes {
  readonly event: NotificationEvent;
  /** The IAM user; absent in a digest, which is about all users. */
  readonly username?: string;
  readonly accessKeyId?: string;
}

/** `source` of the events on the default event bus. */
export const EVENT_SOURCE = 'cdk-access-key-rotation';

/** `detail-type` of the events on the default event bus. */
export const DETAIL_TYPES: Readonly<Record<NotificationEvent, string>> = {
  created: 'Access Key Created',
  reminder: 'Access Key Reminder',
  deactivated: 'Access Key Deactivated',
  deleted: 'Access Key Deleted',
  postponed: 'Access Key Deactivation Postponed',
  'rolled-back': 'Access Key Rolled Back',
  unmanaged: 'Unmanaged Access Key Found',
  'orphan-deleted': 'Orphaned Access Key Deleted',
  exposed: 'Access Key Exposed',
  blocked: 'Access Key Rotation Blocked',
  failed: 'Access Key Rotation Failed',
  digest: 'Access Key Digest',
};

/** What a digest has found, as numbers: a program that receives the digests of many accounts reads no text. */
export interface DigestCounts {
  /** All users of the digest, or of its part. */
  readonly users: number;
  /** Users with at least one of the next five problems. A user that the run had no time for is not among them. */
  readonly needAttention: number;
  /** Users whose status was not read: a call failed, or the run had no time left. */
  readonly unread: number;
  readonly blocked: number;
  readonly leaked: number;
  readonly overLimit: number;
  readonly overdue: number;
  readonly inactiveSubscriptions: number;
  readonly unusedKeys: number;
}

/**
 * The JSON message to queues, functions and HTTP endpoints, and the `detail` of the event. An added field keeps the
 * version; a changed meaning of a field raises it.
 */
export interface Notification extends NotificationAttributes {
  readonly version: '1';
  readonly rotation: string;
  readonly account: string;
  readonly region: string;
  /** Name of the secret that holds the current key. */
  readonly secret?: string;
  readonly currentAccessKeyId?: string;
  /** Keys that the current key replaces. */
  readonly previousAccessKeyIds?: readonly string[];
  /** The times of the checks that take the next steps, ISO 8601. */
  readonly replacedAt?: string;
  readonly deactivatedAt?: string;
  readonly deletedAt?: string;
  /** The rotation has fixed rates, so each of these times is the earliest one. */
  readonly notBefore?: true;
  /** The problem, and its fix. In `created`: why before its time. */
  readonly reason?: string;
  readonly remedy?: string;
  readonly counts?: DigestCounts;
  /** Number of this part of a digest, from 1. Absent if the digest has one part. */
  readonly part?: number;
  readonly parts?: number;
  /** The text of the email. */
  readonly text: string;
}

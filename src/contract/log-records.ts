/**
 * The records in the log of the Lambda function: one JSON object a line. The audit queries, and the programs in
 * clients/, read them. docs/audit.md describes each field. Each record has the account and the name of the rotation:
 * records of several rotations can be in one place.
 */
import { Action, Command } from './events';
import { NotificationEvent } from './notifications';

/** An added field or record keeps the version; a changed meaning raises it. */
export const LOG_SCHEMA = 1;

/** What a line is about. */
export type RecordName =
  /** A write to IAM that changed a key. */
  | 'change'
  /** A change outside the rotation, as a check found it. */
  | 'intervention'
  /** A notification that was sent, or could not be sent. */
  | 'notification'
  /** The outcome of an event for one user. */
  | 'outcome'
  /** An event that failed. */
  | 'failure'
  /** A request of CloudFormation. */
  | 'deploy'
  /** A report of AWS about an exposed key. */
  | 'report'
  | 'digest';

/** What caused an event. An event with `ifDue` counts as a check, also if a person sent it. Unknown for a digest. */
export type Invoker = 'check' | 'person' | 'deploy' | 'report';

export type KeyChange = 'created' | 'activated' | 'deactivated' | 'deleted';

export type ChangeReason =
  | 'schedule'
  /** A person's event. */
  | 'request'
  | 'first-key'
  /** The current key was deleted outside the rotation. */
  | 'no-current-key'
  /** The value of the current key cannot be decrypted. */
  | 'undecryptable'
  | 'leaked'
  | 'roll-back'
  /** The cleanup of a run that failed: no consumer could read the key. */
  | 'failed-run'
  /** CloudFormation removes the user from the rotation. */
  | 'removal';

/** Written right after the answer of IAM: a run that fails later leaves the record. */
export interface ChangeRecord {
  readonly record: 'change';
  readonly message: string;
  readonly username: string;
  readonly accessKeyId: string;
  readonly change: KeyChange;
  readonly reason: ChangeReason;
  readonly invokedBy: Invoker;
  readonly action?: Action | Command;
  /** Age of the key in whole days. A new key, and a removal of the user, have none. */
  readonly ageDays?: number;
  /** Of a new key: the key that was current before, and its age in whole days. */
  readonly replaces?: string;
  readonly replacedAgeDays?: number;
  /**
   * The time of the check that had to take the step, ISO 8601, by the settings of that time. It is what notifications
   * announced, if no setting changed since.
   */
  readonly announcedAt?: string;
  /** Whole days since then. */
  readonly lateDays?: number;
}

export type Intervention =
  | 'key-activated'
  | 'key-deactivated'
  | 'key-used-while-inactive'
  | 'current-key-missing'
  | 'current-value-replaced'
  | 'secret-edited'
  | 'labels-forged'
  | 'unmanaged-key';

export interface InterventionRecord {
  readonly record: 'intervention';
  readonly message: string;
  readonly username: string;
  readonly accessKeyId?: string;
  readonly intervention: Intervention;
  /** The labels that are void. */
  readonly labels?: readonly string[];
}

export interface NotificationRecord {
  readonly record: 'notification';
  /** The subject. Of one that was not sent, also the error. */
  readonly message: string;
  readonly username?: string;
  readonly accessKeyId?: string;
  readonly event: NotificationEvent;
  readonly sent: boolean;
  /** The answer of SNS, to find the message in the delivery log of the topic. */
  readonly messageId?: string;
  /** The key in the secret. Of a deletion, `replacedAt` applies to it. */
  readonly currentAccessKeyId?: string;
  /** The keys to which `deactivatedAt` and `deletedAt` apply, if it is about their successor. */
  readonly previousAccessKeyIds?: readonly string[];
  /** The times that the notification announced. */
  readonly replacedAt?: string;
  readonly deactivatedAt?: string;
  readonly deletedAt?: string;
}

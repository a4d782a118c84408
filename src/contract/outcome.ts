/** The response of the Lambda function. */
import { Action, Command } from './events';
import { Measurements } from './metrics';

export interface Deadline {
  readonly action: 'replace' | 'deactivate' | 'delete';
  readonly dueAt: Date;
}

export interface KeyStatus {
  readonly accessKeyId: string;
  /**
   * "displaced": AWSCURRENT was moved away from it outside the rotation. "unpublished": a run is issuing it, or failed
   * to.
   */
  readonly role: 'current' | 'previous' | 'rejected' | 'displaced' | 'adopted' | 'unmanaged' | 'unpublished';
  readonly active: boolean;
  readonly leaked: boolean;
  readonly createdAt: string;
  readonly ageDays: number;
  readonly lastUse: string;
  /**
   * The next step for the key, and the time of the check that takes it (ISO 8601). The deactivation of an old key may
   * be postponed; after its date, this is the latest one. `notBefore`: the rotation has fixed rates, so the time is
   * the earliest one.
   */
  readonly next?: { readonly action: Deadline['action']; readonly dueAt: string; readonly notBefore?: true };
}

export interface UserStatus {
  /** The time of the status by IAM's clock, ISO 8601. */
  readonly at: string;
  readonly summary: string;
  readonly keys: readonly KeyStatus[];
  /** Whether every active key is younger than the limit of `activeUnder`, or without one, at most 90 days old. */
  readonly compliant: boolean;
  /** The age in days that `compliant` compares with: the limit of the user's schedule, otherwise 90. */
  readonly limitDays: number;
  /** The active keys that have reached the limit of `activeUnder`, with their ages. Keys of any origin count. */
  readonly overLimit?: string;
  /** Whole days by which the most overdue step is late. */
  readonly overdueDays: number;
  /** Why the rotation of the user is blocked, and the fix. */
  readonly blocked?: string;
  /** The freezes of the change window that are over, and can be removed from the app. */
  readonly endedFreezes?: readonly string[];
  /** The end of another run's lock on the user, ISO 8601. */
  readonly lockedUntil?: string;
}

/** The response to an event: the step that was taken, or why none was. */
export interface Outcome {
  readonly username: string;
  readonly action: Action | Command;
  readonly outcome:
    | 'created'
    | 'deactivated'
    | 'deleted'
    | 'rolled-back'
    | 'postponed'
    | 'not-due'
    | 'refused'
    | 'locked'
    | 'waiting'
    | 'blocked'
    | 'removed'
    | 'dry-run'
    | 'status'
    | 'failed';
  readonly message: string;
  readonly accessKeyId?: string;
  /** When the same event can have another outcome, ISO 8601. With `ifDue`, this is the time of the next such check. */
  readonly until?: string;
  readonly status?: UserStatus;
  /** Measured before the step. */
  readonly measurements?: Measurements;
}

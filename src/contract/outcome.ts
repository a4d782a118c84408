/** What the Lambda answers. */
import { Action, Command } from './events';
import { Measurements } from './metrics';

export interface Deadline {
  readonly action: 'replace' | 'deactivate' | 'delete';
  readonly dueAt: Date;
}

export interface KeyStatus {
  readonly accessKeyId: string;
  /** "displaced": somebody moved AWSCURRENT back from it. "unpublished": a run is issuing it, or died at it. */
  readonly role: 'current' | 'previous' | 'rejected' | 'displaced' | 'adopted' | 'unmanaged' | 'unpublished';
  readonly active: boolean;
  readonly leaked: boolean;
  readonly createdAt: string;
  readonly ageDays: number;
  readonly lastUse: string;
  /** What happens next to it, and when it is due (ISO 8601). An old key that is in use may be held for longer. */
  readonly next?: { readonly action: Deadline['action']; readonly dueAt: string };
}

export interface UserStatus {
  /** When it was so, by IAM's clock (ISO 8601). */
  readonly at: string;
  readonly summary: string;
  readonly keys: readonly KeyStatus[];
  /** Whether every active key is at most 90 days old. */
  readonly compliant: boolean;
  /** For so many days, a step should have been taken. A check comes within a day. */
  readonly overdueDays: number;
  /** What has to be done before rotation goes on. */
  readonly blocked?: string;
  /** Until when another run has the user to itself. */
  readonly lockedUntil?: string;
}

/** The answer to an event: what was done, or why nothing was. */
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
    | 'dry-run'
    | 'status'
    | 'failed';
  readonly message: string;
  readonly accessKeyId?: string;
  /** When it is worth asking again, ISO 8601. */
  readonly until?: string;
  readonly status?: UserStatus;
  /** Of the user as it was before that. */
  readonly measurements?: Measurements;
}

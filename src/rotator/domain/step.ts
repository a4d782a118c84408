/** The steps that a decision can result in, as plain values. */
import { Claim, Fact, IssuedKey, VersionLabel } from './ledger';
import { UserKey } from './user-state';

export interface StepOptions {
  /** Notifications cannot be sent now: leave out the steps that send them. */
  readonly withoutNotifications?: boolean;
  /** This run has reported and removed void labels. More of them, written meanwhile, are for the next run. */
  readonly invalidReported?: boolean;
}

/** Why a new key is issued at once. */
export interface Replacement {
  /** The ID of the leaked key. It is deactivated before the new key is published. */
  readonly leaked: string;
  /** An active key that becomes current if no key can be issued and the leaked key does not work any more. */
  readonly fallback?: IssuedKey;
}

export type Step =
  /**
   * Issue a key and make it current. `adopt`: keys to record as managed. `frees`: a key to delete first, because no
   * slot is free and a key leaked. `early`: why before its time, if AWSCURRENT cannot be decrypted.
   */
  | {
      readonly do: 'issue';
      readonly adopt: readonly string[];
      readonly early?: string;
      readonly frees?: UserKey;
      readonly replace?: Replacement;
    }
  /** Publish the key that a failed run issued to replace a leaked key. */
  | { readonly do: 'publish'; readonly key: IssuedKey; readonly replaces: Fact }
  /** Make an issued key current again. `reject`: the key that a roll-back rejects, if one is current. */
  | { readonly do: 'restore'; readonly key: IssuedKey; readonly reject?: UserKey }
  /**
   * Make a version of this rotation current in place of another value, although its key does not work: a new key
   * follows. A person requests it. Issued over that value, a key of a failed run would look like one
   * that was published.
   */
  | { readonly do: 'replace-value'; readonly version: string }
  /** Record the adopted keys of a user that has no free slot for a first key. */
  | { readonly do: 'adopt'; readonly adopt: readonly string[] }
  /** Read the last use of these keys and decide again. `required`: fail if IAM does not return it. */
  | { readonly do: 'get-last-used'; readonly keys: readonly UserKey[]; readonly required: boolean }
  /** Read the value of AWSCURRENT, to learn whether it can be decrypted, and decide again. */
  | { readonly do: 'decrypt-current'; readonly version: string }
  /** Record a manual change, or remove records that no longer apply. `from`: the version that has the label now. */
  | {
      readonly do: 'record';
      readonly add?: VersionLabel & { readonly from?: string };
      readonly remove: readonly VersionLabel[];
    }
  /**
   * Use a secret that the rotation did not create. `key`: the key that it holds, which becomes the current key.
   * `remove`: the record of an earlier removal.
   */
  | {
      readonly do: 'take-over';
      readonly key?: UserKey;
      readonly adopt: readonly string[];
      readonly labels: readonly VersionLabel[];
      readonly remove: readonly VersionLabel[];
    }
  /** `unrecorded`: without a record and a notification, because the step after it reports why none is possible. */
  | {
      readonly do: 'deactivate';
      readonly key: UserKey;
      readonly reason: 'period-over' | 'leaked';
      readonly unrecorded?: boolean;
    }
  /** Begin the recovery period of an inactive key: it has no `inactive` fact, or was used after it. */
  | { readonly do: 'record-inactive'; readonly key: UserKey; readonly replaces?: Fact }
  | { readonly do: 'delete'; readonly key: UserKey }
  /** Report labels that no run can have written, and remove them: a date in the future would be past one day. */
  | {
      readonly do: 'remove-invalid';
      readonly labels: readonly VersionLabel[];
      /** They take the room of true records, so they are removed also if the report could not be sent. */
      readonly isCrowded: boolean;
    }
  /** Clean up after a failed run. */
  | { readonly do: 'discard'; readonly claim: Claim }
  /** Send a notification that an earlier run did not send. */
  | { readonly do: 'notify-created'; readonly key: IssuedKey; readonly claim: Claim }
  | { readonly do: 'notify-deleted'; readonly fact: Fact }
  | { readonly do: 'notify'; readonly fact: Fact }
  /** Send a reminder of a deadline. */
  | { readonly do: 'remind'; readonly key: UserKey; readonly before: 'deactivation' | 'deletion'; readonly at: Date }
  /** Send the first notification about an unmanaged key. */
  | { readonly do: 'notify-unmanaged'; readonly key: UserKey; readonly recordVersion: string }
  /** Take no step now. */
  | {
      readonly do: 'nothing';
      readonly outcome: 'not-due' | 'refused' | 'locked' | 'waiting' | 'removed';
      readonly why: string;
      readonly until?: Date;
    }
  /** Fail before anything is done: an attempt failed a short time ago, and each one takes versions of the secret. */
  | { readonly do: 'await-next-attempt'; readonly failedAt: Date; readonly until: Date }
  /** Postpone the deactivation of an old key that is in use, or whose successor `unused` was not used yet. */
  | { readonly do: 'postpone'; readonly key: UserKey; readonly until: Date; readonly unused?: UserKey }
  /** Report that a person has to act. */
  | { readonly do: 'report'; readonly why: string; readonly remedy: string };

type NoStep = Extract<Step, { do: 'nothing' }>;
type Report = Extract<Step, { do: 'report' }>;

/** The run ends here. */
export type Ending = NoStep | Report;

const noStep =
  (outcome: NoStep['outcome']) =>
  (why: string, until?: Date): NoStep => ({ do: 'nothing', outcome, why, until });

export const notDue = noStep('not-due');
export const refused = noStep('refused');
export const waiting = noStep('waiting');
export const locked = noStep('locked');
export const removed = noStep('removed');

export function blocked(why: string, remedy: string): Report {
  return { do: 'report', why, remedy };
}

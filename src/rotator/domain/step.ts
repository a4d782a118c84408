/** What a decision is made from, and what it can be. Plain values. */
import { Claim, Fact, IssuedKey, VersionLabel } from './ledger';
import { UserKey } from './user-state';

export interface StepOptions {
  /** Messages cannot be sent now: leave them to a later check. */
  readonly withoutNotifications?: boolean;
}

export type Step =
  /** Make a new key current. `adopt`: keys to record as ours to retire. `revoke`: a leaked key to deactivate then. */
  | { readonly do: 'issue'; readonly adopt: readonly string[]; readonly revoke?: UserKey }
  /** Make an older key of ours current again: to be rid of a leaked one, or because people rejected the new one. */
  | { readonly do: 'restore'; readonly key: IssuedKey; readonly revoke?: UserKey; readonly reject?: UserKey }
  /** No slot for a first key, but put the adopted keys on record. */
  | { readonly do: 'adopt'; readonly adopt: readonly string[] }
  /** Read when these keys were last used, and decide again. `required`: without an answer there is no decision. */
  | { readonly do: 'get-last-used'; readonly keys: readonly UserKey[]; readonly required: boolean }
  /** Put on record what somebody did, or that it is over. */
  | { readonly do: 'record'; readonly add?: VersionLabel; readonly remove: readonly VersionLabel[] }
  | { readonly do: 'deactivate'; readonly key: UserKey; readonly reason: 'period-over' | 'leaked' }
  /** An inactive key whose grace begins now, late but never early: it bears no stamp, or was used in spite of it. */
  | { readonly do: 'record-inactive'; readonly key: UserKey; readonly replaces?: Fact }
  | { readonly do: 'delete'; readonly key: UserKey; readonly reason: 'period-over' | 'leaked' }
  /** A run died between its claim and its end. */
  | { readonly do: 'discard'; readonly claim: Claim }
  /** Messages that a run before this one owes. */
  | { readonly do: 'notify-created'; readonly key: IssuedKey; readonly claim: Claim }
  | { readonly do: 'notify-deleted'; readonly fact: Fact }
  | { readonly do: 'notify'; readonly fact: Fact }
  /** Of a deadline that comes. */
  | { readonly do: 'remind'; readonly key: UserKey; readonly before: 'deactivation' | 'deletion'; readonly at: Date }
  /** A key that somebody else made, and that nobody has been told of. */
  | { readonly do: 'notify-unmanaged'; readonly key: UserKey; readonly recordVersion: string }
  /** Nothing to do now. */
  | {
      readonly do: 'nothing';
      readonly outcome: 'not-due' | 'refused' | 'locked' | 'waiting';
      readonly why: string;
      readonly until?: Date;
    }
  /** The old key is still in use, and its deactivation can wait. */
  | { readonly do: 'postpone'; readonly key: UserKey; readonly until: Date }
  /** Somebody has to act; nothing is touched. */
  | { readonly do: 'report'; readonly why: string; readonly remedy: string };

type Nothing = Extract<Step, { do: 'nothing' }>;

const nothing =
  (outcome: Nothing['outcome']) =>
  (why: string, until?: Date): Nothing => ({ do: 'nothing', outcome, why, until });

export const notDue = nothing('not-due');
export const refused = nothing('refused');
export const waiting = nothing('waiting');
export const locked = nothing('locked');

export function blocked(why: string, remedy: string): Extract<Step, { do: 'report' }> {
  return { do: 'report', why, remedy };
}

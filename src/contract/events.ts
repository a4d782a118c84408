/** The events that invoke the Lambda function. What they do not name comes from the deployed settings. */

/** The actions that rules, schedules and people send. */
export const ACTIONS = ['create', 'deactivate', 'delete'] as const;

export type Action = (typeof ACTIONS)[number];

/** The actions that only people send. */
export const COMMANDS = ['revoke', 'rollback', 'status'] as const;

export type Command = (typeof COMMANDS)[number];

/**
 * An event about users. With only `action` and `username`, it comes from a person: the step is taken now, as far as
 * the switch period and the recovery period allow. With `ifDue: true`, it comes from a rule or schedule.
 */
export interface RotationEvent {
  readonly action: Action | Command;
  /** Required, except with "status", which then reports all users. */
  readonly username?: string;
  /** Take the step only if it is due. Default: false. */
  readonly ifDue?: boolean;
  /** The ID of the leaked key. Required with "revoke", not accepted with other actions. */
  readonly accessKeyId?: string;
  /** Report the next step and its reason without taking it. Default: false. */
  readonly dryRun?: boolean;
  /** A page of 100 users, counted from 1; only with "status" without `username`. */
  readonly page?: number;
}

/** `digestFrequency` of the rotation. */
export const DIGEST_FREQUENCIES = ['DAILY', 'WEEKLY', 'WHEN_NEEDED'] as const;

export type DigestFrequencyName = (typeof DIGEST_FREQUENCIES)[number];

/** The event for the digest: the status of all users, and the subscriptions that are not active. */
export interface DigestEvent {
  readonly action: 'digest';
  /** "WEEKLY": new keys of seven days. "WHEN_NEEDED": only sent if something needs attention. Default: "DAILY". */
  readonly frequency?: DigestFrequencyName;
  /** Which part of the users, from 1 to `parts`, if one run cannot check all of them. Requires `parts`. */
  readonly part?: number;
  readonly parts?: number;
}

/** The users that one run can check at the pace of paced.ts, with time to spare. */
export const USERS_PER_DIGEST = 1000;

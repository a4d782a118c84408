/** What the Lambda is invoked with. */
import { Ages } from './ages';

/** What rules and schedules ask for, and people as well. */
export const ACTIONS = ['create', 'deactivate', 'delete'] as const;

export type Action = (typeof ACTIONS)[number];

/** What only people ask for. */
export const COMMANDS = ['revoke', 'rollback', 'status'] as const;

export type Command = (typeof COMMANDS)[number];

/**
 * An event for the Lambda. Bare (`action` and `username`), it comes from a person and means "now, as far as the
 * grace periods allow". With `ifDue: true`, it comes from a rule or schedule and means "if it is time".
 */
export interface RotationEvent {
  readonly action: Action | Command;
  /** May be left out of a "status" only: then it is about all users. */
  readonly username?: string;
  /** Act only if the step is due. */
  readonly ifDue?: boolean;
  /** The user's ages; only in the event of a rule or schedule. */
  readonly ages?: Ages;
  /** The leaked key; only with "revoke", which needs it. */
  readonly accessKeyId?: string;
  /** Say what would be done, and why, and do nothing. */
  readonly dryRun?: boolean;
  /** Which hundred of the users, counted from one; only with "status" without a name, where there are more. */
  readonly page?: number;
}

/** Once a day, where anybody is to be told: how all users stand, and whether the messages still arrive. */
export interface DigestEvent {
  readonly action: 'digest';
  /** How many subscriptions the rotation made. */
  readonly subscriptions: number;
  /** Their endpoints, as far as there is room for them in a rule's input. */
  readonly recipients?: readonly string[];
  /** The second of five, say: a part of the users, which are too many for one run. With `parts`, or neither. */
  readonly part?: number;
  readonly parts?: number;
}

/** So many users can be looked at in one run, at the pace of paced.ts and with some time to spare. */
export const USERS_PER_DIGEST = 1000;

/**
 * What the constructs and the Lambda tell each other. Both sides are held to these types, so neither can drift.
 */
import { Ages, DEFAULT_AGES } from './ages';

/** What rules and schedules ask for, and people as well. */
export const ACTIONS = ['create', 'deactivate', 'delete'] as const;
export type Action = typeof ACTIONS[number];

/** What only people ask for. */
export const COMMANDS = ['revoke', 'rollback', 'status'] as const;
export type Command = typeof COMMANDS[number];

/**
 * An event for the Lambda. Bare (`action` and `username`), it comes from a person and means "now, as far as the
 * grace periods allow". With `when: "due"`, it comes from a rule or schedule and means "if it is time".
 */
export interface RotationEvent {
  readonly action: Action | Command;
  /** May be left out of a "status" only: then it is about all users. */
  readonly username?: string;
  readonly when?: 'due';
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

/** The names of the two JSON fields in the secret. */
export interface FieldNames {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What the Lambda has to know of one user. In the list of users, whatever equals the default is left out. */
export interface UserSettings {
  /** Name of the secret. Default: the user name. */
  readonly secret: string;
  readonly ages: Ages;
  readonly fields: FieldNames;
  /** Retire the keys that the user has when its first key is issued. */
  readonly adopt: boolean;
  /** Retire the keys that somebody else makes later. */
  readonly retireForeign: boolean;
  /** For so many days more, an old key that is still in use is not deactivated. */
  readonly holdDays: number;
  /** So many days before a deadline people are reminded of it. */
  readonly reminderDays: readonly number[];
}

export const DEFAULT_SETTINGS: Omit<UserSettings, 'secret'> = {
  ages: DEFAULT_AGES,
  fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
  adopt: false,
  retireForeign: false,
  holdDays: 0,
  reminderDays: [7, 1],
};

/** A user name, and what is not default about it. Pairs, because the name may be a token, and an object's key cannot. */
export type UserEntry = readonly [username: string, settings: Partial<UserSettings>];

/** Beside the Lambda's code, JSON of `UserEntry[]`: the users as far as a synth knows them. */
export const USERS_FILE = 'users.json';

/** Environment of the Lambda: plain strings, and never a credential. */
export interface RotatorEnvironment {
  /** JSON of `UserEntry[]`: users whose name or secret is only known when they are deployed. Who is in neither list is not managed. */
  readonly USERS?: string;
  readonly TOPIC_ARN: string;
  /** Which rotation this is: in metrics and in events. */
  readonly ROTATION: string;
  /** Nothing is done to any key: each check only says what it would do. */
  readonly DRY_RUN: 'true' | 'false';
}

/** AWS allows 4 KB for all names and values of a function's environment. */
export const ENVIRONMENT_LIMIT = 4096;

/** The function's time-out, in minutes. A run that is cut off is discarded by a later check. */
export const RUN_MINUTES = 5;

/** For so long, CloudFormation waits for a user's first key, in minutes. */
export const FIRST_KEY_MINUTES = 15;

/** `Type` of the custom resource that issues a user's first key during the deploy. */
export const FIRST_KEY_TYPE = 'Custom::AccessKeyRotationFirstKey';

/** Tag of an IAM user: the rotation that it belongs to. */
export const OWNER_TAG = 'cdk-access-key-rotation';

/** Properties of that custom resource. They repeat what the list of users says: at its Delete, the user is no longer in there. */
export interface FirstKeyProperties {
  readonly Username: string;
  /** ARN of the secret. */
  readonly Secret: string;
  /** Whether the rotation created the user ("true", CloudFormation makes strings of booleans) or adopted it. */
  readonly Created: 'true' | 'false';
  /** Which rotation this is: the value of the user's tag. */
  readonly Owner: string;
  /** Whether the rotation only looks on. It is here so that the end of the dry run issues the first keys. */
  readonly DryRun: 'true' | 'false';
}

/** What people and machines are told of. */
export const ANNOUNCEMENTS = [
  'created', 'reminder', 'deactivated', 'deleted', 'held', 'rolled-back', 'foreign', 'discarded', 'blocked', 'failed', 'digest',
] as const;
export type AnnouncementEvent = typeof ANNOUNCEMENTS[number];

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
  'created': 'Access Key Created',
  'reminder': 'Access Key Reminder',
  'deactivated': 'Access Key Deactivated',
  'deleted': 'Access Key Deleted',
  'held': 'Access Key Held',
  'rolled-back': 'Access Key Rolled Back',
  'foreign': 'Foreign Access Key Found',
  'discarded': 'Access Key Discarded',
  'blocked': 'Access Key Rotation Blocked',
  'failed': 'Access Key Rotation Failed',
};

/**
 * An announcement for machines: the message to queues, functions and HTTP endpoints, and the `detail` of the event. A field
 * that is added keeps the version; one that changes its meaning gets a new one.
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

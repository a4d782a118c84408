/**
 * What the constructs and the Lambda tell each other. Both sides are held to these types, so neither can drift.
 */
import { Ages } from './ages';

/** What the rules ask for, and people as well. */
export const ACTIONS = ['create', 'deactivate', 'delete'] as const;
export type Action = typeof ACTIONS[number];

/** What only people ask for. */
export const COMMANDS = ['revoke', 'rollback', 'status'] as const;
export type Command = typeof COMMANDS[number];

/**
 * An event for the Lambda. Bare (`action` and `username`), it comes from a person and means "now, as far as the
 * grace periods allow". With `when: "due"`, it comes from a rule and means "if it is time".
 */
export interface RotationEvent {
  readonly action: Action | Command;
  /** May be left out of a "status" only: then it is about all users. */
  readonly username?: string;
  readonly when?: 'due';
  /** The user's ages; only in a rule's event. */
  readonly ages?: Ages;
  /** The leaked key; only with "revoke", which needs it. */
  readonly accessKeyId?: string;
  /** Say what would be done, and why, and do nothing. */
  readonly dryRun?: boolean;
}

/** The names of the two JSON fields in the secret. */
export interface FieldNames {
  readonly accessKey: string;
  readonly secretKey: string;
}

export const DEFAULT_FIELDS: FieldNames = { accessKey: 'AccessKey', secretKey: 'SecretKey' };

/** What the Lambda has to know of one user. In the environment, whatever equals the default is left out. */
export interface UserSettings {
  readonly ages: Ages;
  /** Name of the secret. Default: the user name. */
  readonly secret: string;
  readonly fields: FieldNames;
  /** Retire the keys that the user has when its first key is issued. Default: false. */
  readonly adopt: boolean;
  /** Retire the keys that somebody else makes later. Default: false. */
  readonly retireForeign: boolean;
  /** For so many days more, an old key that is still in use is not deactivated. Default: 0. */
  readonly holdDays: number;
}

/** A user name, and what is not default about it. Pairs, because the name may be a token, and an object's key cannot. */
export type UserEntry = readonly [username: string, settings: Partial<UserSettings>];

/** Environment of the Lambda: plain strings, and never a credential. */
export interface RotatorEnvironment {
  /** JSON of `UserEntry[]`. Who is not in it is not managed. */
  readonly USERS: string;
  readonly TOPIC_ARN: string;
  /** Nothing is done to any key: each check only says what it would do. */
  readonly DRY_RUN: 'true' | 'false';
}

/** AWS allows 4 KB for all names and values of a function's environment. */
export const ENVIRONMENT_LIMIT = 4096;

/** The function's time-out, in minutes. A run that is cut off is discarded by a later check. */
export const RUN_MINUTES = 5;

/** `Type` of the custom resource that issues a user's first key during the deploy. */
export const FIRST_KEY_TYPE = 'Custom::AccessKeyRotationFirstKey';

/** Tag of an IAM user: the rotation that it belongs to. */
export const OWNER_TAG = 'cdk-access-key-rotation';

/** Properties of that custom resource. They repeat what the environment says: at its Delete, the user is no longer in there. */
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

/** Message attributes of every announcement, for filter policies. */
export interface AnnouncementAttributes {
  readonly username: string;
  readonly event: 'created' | 'deactivated' | 'deleted' | 'discarded' | 'held' | 'rolled-back' | 'foreign' | 'blocked';
  readonly accessKeyId?: string;
}

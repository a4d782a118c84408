/** The settings that the constructs write and the Lambda reads: both are compiled against these types. */
import { Ages, DEFAULT_AGES } from './ages';

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
  readonly retireExistingKeys: boolean;
  /** Retire the keys that somebody else makes later. */
  readonly retireUnmanagedKeys: boolean;
  /** For so many days more, an old key that is still in use is not deactivated. */
  readonly maxDelayDays: number;
  /** So many days before a deadline people are reminded of it. */
  readonly reminderDays: readonly number[];
}

export const DEFAULT_SETTINGS: Omit<UserSettings, 'secret'> = {
  ages: DEFAULT_AGES,
  fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
  retireExistingKeys: false,
  retireUnmanagedKeys: false,
  maxDelayDays: 0,
  reminderDays: [7, 1],
};

/** A user name, and its settings that are not default. A pair: the name may be a token, which cannot be a JSON key. */
export type UserEntry = readonly [username: string, settings: Partial<UserSettings>];

/** Beside the Lambda's code, JSON of `UserEntry[]`: the users as far as a synth knows them. */
export const USERS_FILE = 'users.json';

/** Environment of the Lambda: plain strings, and never a credential. */
export interface RotatorEnvironment {
  /** JSON of `UserEntry[]`: users whose name or secret is only known at deployment. Default: none. */
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

/** Properties of that custom resource. They repeat the list of users, which no longer has the user at the Delete. */
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

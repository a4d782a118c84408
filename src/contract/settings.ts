/** The settings that the constructs write and the Lambda function reads. */
import { Ages, DEFAULT_AGES } from './ages';
import { CheckTimes } from './check-times';
import { ExposureResponse } from './exposure';

/** The names of the two JSON fields in the secret. */
export interface FieldNames {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The settings of one user. The list of users leaves out values that equal the default. */
export interface UserSettings {
  /** Name of the secret. Default: the user name. */
  readonly secret: string;
  /** The user existed before the rotation. Default: the rotation creates it. */
  readonly adopted?: boolean;
  readonly ages: Ages;
  readonly fields: FieldNames;
  /** The Regions for which the secret holds an SMTP password. */
  readonly sesSmtpRegions: readonly string[];
  /**
   * The secret is not created by the rotation. With a key: its current value holds the current key of an adopted user.
   * Without one: the first key of a created user is issued into it. Default: the rotation creates the secret.
   */
  readonly existingSecret?: 'with-key' | 'without-key';
  /** The user may read its own secret. */
  readonly selfRead: boolean;
  /** Retire the keys that the user has when the rotation issues its first key. */
  readonly retireExistingKeys: boolean;
  /** Retire keys that are created outside the rotation later. */
  readonly retireUnmanagedKeys: boolean;
  /** Days for which the deactivation of an old key can be postponed. Default: 0, on schedule. */
  readonly maxDelayDays: number;
  /** Days before a deactivation or deletion on which a reminder is sent. */
  readonly reminderDays: readonly number[];
  /** The age that no active key may reach, in days. Default: none. */
  readonly limitDays?: number;
  /** When the checks of the user run. Default: unknown, because fixed rates count from the deploy. */
  readonly checkTimes?: CheckTimes;
}

export const DEFAULT_SETTINGS: Omit<UserSettings, 'secret'> = {
  ages: DEFAULT_AGES,
  fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
  sesSmtpRegions: [],
  selfRead: true,
  retireExistingKeys: false,
  retireUnmanagedKeys: false,
  maxDelayDays: 0,
  reminderDays: [7, 1],
};

/** What a value of the rotation has, beside the fields of the secret's owner. */
export type ValueSettings = Pick<UserSettings, 'fields' | 'sesSmtpRegions'>;

/** A user name and its settings that differ from the default. A pair, because a token cannot be a JSON key. */
export type UserEntry = readonly [username: string, settings: Partial<UserSettings>];

/** A file in the function's code asset, JSON of `UserEntry[]`: the users whose names are known at synth. */
export const USERS_FILE = 'users.json';

/** The subscriptions that the rotation created, for the digest: it reports those that no longer exist. */
export interface CreatedSubscriptions {
  /** The endpoints that are known at synth, such as email addresses. */
  readonly endpoints: readonly string[];
  /** The number of the other ones. Their names in the code or environment would make the function depend on them. */
  readonly others: number;
}

/** A file beside the list of users, JSON of `CreatedSubscriptions`. */
export const SUBSCRIPTIONS_FILE = 'subscriptions.json';

/** Context key of the CDK: a new value changes the object key of each file asset, so the code is uploaded again. */
export const ASSET_SALT = '@aws-cdk/core:assetHashSalt';

/** Environment variables of the Lambda function. They never hold a credential. */
export interface RotatorEnvironment {
  /** JSON of `UserEntry[]`: the users whose name or secret is a token. Default: none. */
  readonly USERS?: string;
  readonly TOPIC_ARN: string;
  /** The name of the rotation in metrics and events. */
  readonly ROTATION: string;
  /** "true": checks report their next step and change nothing. */
  readonly DRY_RUN: 'true' | 'false';
  /** What a report of AWS about a key does. Default: reports are not handled. */
  readonly EXPOSED_KEYS?: ExposureResponse;
}

/**
 * The size of all environment variables of a function, in bytes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const ENVIRONMENT_LIMIT = 4096;

/** The function's timeout, in minutes. A later check cleans up after a run that reaches it. */
export const RUN_MINUTES = 5;

/** The `ServiceTimeout` of the custom resource for a user's first key, in minutes. */
export const FIRST_KEY_MINUTES = 15;

/** `Type` of the custom resource that issues a user's first key during the deploy. */
export const FIRST_KEY_TYPE = 'Custom::AccessKeyRotationFirstKey';

/**
 * The alias of the function that CloudFormation invokes, and nothing else does. It is part of the `ServiceToken` of the
 * custom resources, which CloudFormation refuses to change: never rename it.
 */
export const FIRST_KEY_ALIAS = 'CloudFormation';

/**
 * Tag key on an IAM user. Its value is the rotation that manages the user: for a created user as the template sets it,
 * for an adopted user as {@link adoptedBy} returns it.
 */
export const OWNER_TAG = 'cdk-access-key-rotation';

/** The value of the owner tag that the function writes when it adopts a user. A rotation's own name has two slashes. */
export const adoptedBy = (rotation: string): string => `${rotation}/adopted`;

/**
 * Properties of that custom resource. At the Delete, the list of users no longer has the user. The request alone proves
 * nothing: the function compares `Created` and `Owner` with its own settings and with the user's tag.
 */
export interface FirstKeyProperties {
  readonly Username: string;
  /** ARN of the secret. */
  readonly Secret: string;
  /** Whether the rotation created the user or adopted it. CloudFormation converts booleans to strings. */
  readonly Created: 'true' | 'false';
  /** Whether the secret existed before the rotation. Default: the rotation created it. */
  readonly ExistingSecret?: 'true';
  /** The rotation. */
  readonly Owner: string;
  /** A property, so that the end of a dry run updates the resource, which issues the first key. */
  readonly DryRun: 'true' | 'false';
  /** As in the secret. A property, so that a change of the KMS key updates the resource, which reads AWSCURRENT. */
  readonly KmsKey?: string;
}

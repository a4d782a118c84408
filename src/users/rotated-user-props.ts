import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import { UnmanagedKeys, Deactivation } from './key-policies';
import { Recipient } from '../notifications/recipient';
import { ChangeWindow } from '../schedule/change-window';
import { RotationSchedule } from '../schedule/rotation-schedule';

/** Options that can be set for all users of a rotation, and for a single user. */
export interface RotationOptions {
  /**
   * The ages at which keys are replaced, deactivated and deleted.
   *
   * This is the `RotationSchedule` of this package, not that of `aws-cdk-lib/aws-secretsmanager`, which attaches a
   * rotation function of Secrets Manager to a secret. Do not call `addRotationSchedule()` on the secret of a user.
   *
   * @default RotationSchedule.STANDARD - replaced at 90 days, deactivated at 104 days, deleted at 118 days
   */
  readonly schedule?: RotationSchedule;

  /**
   * Whether the deactivation of an old key waits for its consumers.
   *
   * @default Deactivation.onSchedule() - the old key is deactivated at the end of the switch period, in use or not
   */
  readonly deactivation?: Deactivation;

  /**
   * When scheduled checks may change keys: the days of the week, the hours, and no day of a freeze.
   *
   * @default ChangeWindow.always() - at any time
   */
  readonly changeWindow?: ChangeWindow;

  /**
   * What happens to an access key that another principal creates for a user of the rotation.
   *
   * @default UnmanagedKeys.IGNORE
   */
  readonly unmanagedKeys?: UnmanagedKeys;

  /**
   * How many days before a deadline reminders are sent. Each value is a whole number, at least 1 and less than the
   * shorter of the switch period and the recovery period. With an empty list, none is sent.
   *
   * Before the deactivation, a reminder is sent on each of these days if the old key is in use, or if the new key was
   * never used. Before the deletion, one reminder is sent, as many days ahead as the smallest value.
   *
   * @default [7, 1] - of these, the days that are less than the shorter period
   */
  readonly reminderDays?: number[];

  /**
   * The name of the JSON field of the secret that holds the access key ID. Not empty, and not the name of the other
   * field.
   *
   * @default 'AccessKey'
   */
  readonly accessKeyField?: string;

  /**
   * The name of the JSON field of the secret that holds the secret access key. Not empty, and not the name of the other
   * field.
   *
   * @default 'SecretKey'
   */
  readonly secretKeyField?: string;

  /**
   * The Regions for which the secret also holds credentials for the SMTP interface of Amazon SES, such as
   * `['eu-west-1']`. Region codes that this release does not know are possible.
   *
   * The field `SmtpUserName` holds the user name, which is the access key ID. For each Region, a field holds the
   * password, for example `SmtpPassword_eu_west_1`. The rotation derives the passwords from the secret access key, so
   * they change with the key, and work as long as it does. The user needs the permission `ses:SendRawEmail`.
   *
   * A change of the list applies from the next key on: the current value does not change. For a new key now, send
   * `create`. These names belong to the rotation: in an existing `secret`, do not use them for other values.
   *
   * @default - none; the secret holds the access key only
   * @see https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
   */
  readonly sesSmtpRegions?: string[];

  /**
   * The KMS key that encrypts the secret. The user and the rotation may use it through Secrets Manager only.
   *
   * An alias is possible too. If it is imported by name, the permission is for the keys that have this alias.
   *
   * A secret that another account reads needs a customer managed key.
   *
   * When you change it, keep the earlier KMS key enabled, and let the deploying principal decrypt with it. Otherwise
   * Secrets Manager does not encrypt the secret again, and the rotation issues a new access key.
   *
   * @default - the AWS managed key `aws/secretsmanager`
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/kms.md
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The Regions to which the secret is replicated. The user may read the replicas of its secret.
   *
   * Set `encryptionKey` of each replica if the secret has one: otherwise the AWS managed key of its Region encrypts the
   * replica, and synth warns.
   *
   * @default - no replicas
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/kms.md#replicas
   */
  readonly replicaRegions?: secretsmanager.ReplicaRegion[];

  /**
   * Whether the user may read its own secret with its access key, so that its programs fetch the next key by
   * themselves.
   *
   * The permission is for the current key only (`AWSCURRENT`), and only for requests that are signed with an access
   * key: sessions that were created from one, such as those of `GetSessionToken`, cannot read the secret. With `true`,
   * a thief who has the current key can also read its successor, until the key is revoked. With `false`, the consumers
   * need another principal: `rotation.user(name).secret.grantRead(principal)`.
   *
   * @default true
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/security.md#permissions-of-a-user
   */
  readonly selfRead?: boolean;

  /**
   * What happens to the user, its secret and its keys when its entry is removed, its `userName` changes, or the stack
   * is deleted: `DESTROY` or `RETAIN`.
   *
   * - With `DESTROY`, the secret is deleted, and so are the keys: all keys of a created user, and those keys of an
   *   adopted user that the rotation issued. A created user is deleted, an adopted user stays.
   * - With `RETAIN`, user, secret and keys stay, and the keys stay active. Nothing rotates them any more.
   *
   * **By default, removing or renaming an entry deletes a created user at once, and nothing restores its keys.** To
   * keep it, deploy `RETAIN` before you remove the entry, together with a change of its `tags` or `description`:
   * CloudFormation did not apply a deletion policy that changed alone.
   *
   * In both cases, a deploy that rolls back deletes what it created. If the app sets a removal policy for only some of
   * the user's resources, synth fails.
   *
   * @default - `DESTROY` for users that the rotation creates, `RETAIN` for adopted users and with an existing `secret`
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/quickstart.md#remove-it
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** One user whose access keys are rotated. Set either `userName`, to create the user, or `user`, to adopt one. */
export interface RotatedUserProps extends RotationOptions {
  /**
   * The name of the IAM user to create.
   *
   * IAM allows 1 to 64 characters: letters, digits and the characters `+ = , . @ _ -`. Names are unique in the account
   * regardless of case. The name is also the default name of the secret. Secrets Manager allows no comma there, and no
   * ending of a hyphen and six characters: set `secretName` for such a user.
   *
   * @default - none; `user` is adopted
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly userName?: string;

  /**
   * An existing IAM user of the same account to adopt.
   *
   * Import a user that has a path with `iam.User.fromUserArn()`: `iam.User.fromUserName()` loses the path, and then the
   * permissions of the rotation do not match the user.
   *
   * @default - none; a user with the name `userName` is created
   */
  readonly user?: iam.IUser;

  /**
   * An existing secret of the same account and Region, in place of a secret that the rotation creates.
   *
   * - With `user`, its current value must hold an active access key of the user. That key is the current key from then
   *   on: the deploy changes no key and no value, and the key is replaced when it is due by its age.
   * - With `userName`, both fields must be missing or empty. The first key is issued into the secret.
   *
   * The value must be a JSON object. `accessKeyField` and `secretKeyField` name the two fields of the key. All other
   * fields stay as they are, and may be changed at any time.
   *
   * The secret keeps its name, its KMS key and its policy, and it outlives the rotation: when the entry is removed,
   * user, secret and keys stay. So `secretName`, `description`, `encryptionKey`, `replicaRegions` and `removalPolicy`
   * are not allowed together with it, and those of the rotation do not apply. A secret with a customer managed KMS key
   * has to be imported with that key, by `Secret.fromSecretAttributes()`.
   *
   * The deploy fails, and nothing is changed, if the secret holds anything else, belongs to another rotation, is
   * rotated by Secrets Manager, or is scheduled for deletion. A rotation can list up to 100 users with `user` or
   * `secret`.
   *
   * @default - the rotation creates a secret with the name `secretName`
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/migration.md
   */
  readonly secret?: secretsmanager.ISecret;

  /**
   * What happens to the access keys that an adopted user has when its first key is issued. Only together with `user`.
   *
   * An IAM user has at most two access keys. If the user has two, `RETIRE` first retires the key that is inactive or
   * signed no request for 90 days, and then issues the new key. If both keys are in use, or with `IGNORE`, the rotation
   * is blocked, and the notification says what to do.
   *
   * @default UnmanagedKeys.RETIRE
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly existingKeys?: UnmanagedKeys;

  /**
   * Recipients of the notifications about this user. They receive none about other users, unless they are recipients
   * of those as well.
   *
   * If a rotation has any recipient, each run of its digest checks that all subscriptions are confirmed and exist: once
   * a day, or once a week with `DigestFrequency.WEEKLY`.
   *
   * @default - no recipients; subscribers of the rotation's topic receive the notifications of all users
   */
  readonly recipients?: Recipient[];

  /**
   * The name of the constructs of this user: a literal string, not empty and without a slash.
   *
   * It cannot be changed after the first deploy, added or removed: the deploy fails and rolls back. The new resources
   * would have the names of the old ones, which still exist at that time; a user with an existing secret would have two
   * first keys. Another `id` is possible for an adopted user together with another secret.
   *
   * @default - the user name; required if the user name is a token, as that of `new iam.User()` without `userName`
   */
  readonly id?: string;

  /**
   * The name of the secret.
   *
   * Secrets Manager allows 1 to 512 characters: letters, digits and the characters `/ _ + = . @ -`. The name must not
   * end in a hyphen and six characters, because the ARN of a secret ends like that.
   *
   * It cannot be changed after the first deploy: the deploy fails and rolls back.
   *
   * @default - the user name
   * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
   */
  readonly secretName?: string;

  /**
   * The description of the secret. Secrets Manager allows up to 2,048 characters.
   *
   * @default - a sentence with the user name
   * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
   */
  readonly description?: string;

  /**
   * The path of the user to create: `/`, or up to 512 ASCII characters that begin and end with a slash. Only together
   * with `userName`.
   *
   * @default '/'
   * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
   */
  readonly path?: string;

  /**
   * The IAM groups of the user to create. IAM allows up to 10 for each user. Only together with `userName`.
   *
   * @default - no groups
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly groups?: iam.IGroup[];

  /**
   * Managed policies of the user to create: what its key is for. IAM allows 10 for each user by default. Only together
   * with `userName`.
   *
   * @default - no managed policies; grant permissions to `rotation.user(name).user`
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly managedPolicies?: iam.IManagedPolicy[];

  /**
   * The permissions boundary of the user to create. It must allow `secretsmanager:GetSecretValue`, or the user cannot
   * fetch its next key (`selfRead`). Only together with `userName`.
   *
   * @default - no permissions boundary
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Tags of the secret, and of the user if the rotation creates it. AWS allows up to 50 for each. The rotation itself
   * uses the tag `cdk-access-key-rotation`.
   *
   * @default - no tags
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  readonly tags?: { [key: string]: string };
}

/** The ages of an access key of one user, in whole days since IAM created the key. */
export interface UserAges {
  /** The age at which a key is replaced, at the next check that creates keys. */
  readonly create: Duration;

  /** The age at which a replaced key is deactivated, if it was replaced on time. */
  readonly deactivate: Duration;

  /** The age at which a deactivated key is deleted, if it was deactivated on time. */
  readonly delete: Duration;
}

/** A user in a rotation, as `rotation.user(name)` returns it. */
export interface IRotatedUser extends IConstruct {
  /** The IAM user, created or adopted. Grant it the permissions that its access key is for. */
  readonly user: iam.IUser;

  /** The name of the IAM user. */
  readonly userName: string;

  /**
   * The secret that holds the current access key. Its consumers need read access: `secret.grantRead(principal)`. The
   * user itself has it, unless `selfRead` is `false`.
   *
   * Resources that use the value, the ARN or the name of the secret, or depend on it, are created after the first key.
   * Policies do not wait.
   *
   * Read the secret at run time. A copy goes stale at the next rotation and stops working at the end of the switch
   * period: a dynamic reference (`secretValue`, `secretValueFromJson`), which a deploy resolves only when its resource
   * changes; `secrets` of an ECS task, until a new task starts; an environment variable, until the process restarts.
   *
   * @see https://github.com/cdk-access-key-rotation/cdk-access-key-rotation/blob/main/docs/consumers.md#what-goes-stale
   */
  readonly secret: secretsmanager.ISecret;

  /** The schedule of this user: its own, or that of the rotation. */
  readonly schedule: RotationSchedule;

  /**
   * The ages at which keys of this user are replaced, deactivated and deleted. With `RotationSchedule.activeUnder()`,
   * they follow from the limit, the check interval and the maximum delay.
   */
  readonly ages: UserAges;
}

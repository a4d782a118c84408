import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import { UnmanagedKeys, Deactivation } from './key-policies';
import { Recipient } from '../notifications/recipient';
import { RotationSchedule } from '../schedule/rotation-schedule';

/** What can be set for all users of a rotation, and for a single one. */
export interface RotationOptions {
  /**
   * When keys are replaced, deactivated and deleted.
   *
   * @default RotationSchedule.STANDARD
   */
  readonly schedule?: RotationSchedule;

  /**
   * What happens to an old key that is still in use when its first grace period is over.
   *
   * @default Deactivation.onSchedule()
   */
  readonly deactivation?: Deactivation;

  /**
   * What happens to access keys that somebody else makes for a user which is in the rotation already.
   *
   * @default UnmanagedKeys.IGNORE
   */
  readonly unmanagedKeys?: UnmanagedKeys;

  /**
   * How many days before its deactivation people are reminded of an old key that is still in use, or whose successor
   * was never used. Before its deletion there is one reminder, so many days ahead as the smallest of them says. Whole
   * days, shorter than both grace periods; an empty list for no reminders.
   *
   * @default [7, 1]
   */
  readonly reminderDays?: number[];

  /**
   * The name of the secret's JSON field that holds the access key ID.
   *
   * @default 'AccessKey'
   */
  readonly accessKeyField?: string;

  /**
   * The name of the secret's JSON field that holds the secret access key.
   *
   * @default 'SecretKey'
   */
  readonly secretKeyField?: string;

  /**
   * The KMS key that encrypts the secret. The user and the rotation may decrypt with it through Secrets Manager only.
   *
   * @default - the AWS managed key `aws/secretsmanager`
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Regions that the secret is replicated to. The user may read its secret there as well.
   *
   * @default - no replicas
   */
  readonly replicaRegions?: secretsmanager.ReplicaRegion[];

  /**
   * What happens to the user, its secret and its keys when they leave the rotation or the stack is deleted. They share
   * one fate: with `DESTROY`, the keys that this rotation issued are deleted with the secret; with `RETAIN`, the secret
   * stays and the keys stay active. An adopted user itself stays in either case. A deploy that fails and rolls back
   * takes away what it made in either case.
   *
   * @default - `DESTROY` for users that the rotation creates, `RETAIN` for adopted users
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** One user whose access keys are rotated: either `userName`, to create the user, or `user`, to adopt one. */
export interface RotatedUserProps extends RotationOptions {
  /**
   * The name of the IAM user to create, 1 to 64 letters, digits and any of `_+=,.@-`.
   *
   * @default - none; `user` is adopted
   */
  readonly userName?: string;

  /**
   * An existing IAM user to adopt. A user with a path has to come from `iam.User.fromUserArn()`, for
   * `iam.User.fromUserName()` loses the path.
   *
   * @default - none; a user called `userName` is created
   */
  readonly user?: iam.IUser;

  /**
   * What happens to the access keys that an adopted user has when its first key is issued.
   *
   * A user with two keys has no slot for a new one. With `RETIRE`, the one that is inactive or was not used for 90 days
   * goes first, through both grace periods, and then the new key is issued; if both are in use, people are told what to
   * do. With `LEAVE`, people are told what to do in any case.
   *
   * @default UnmanagedKeys.RETIRE
   */
  readonly existingKeys?: UnmanagedKeys;

  /**
   * Who is told what happens to this user's keys, and nothing of other users. With any recipient, the rotation also
   * looks once a day whether all of them are still subscribed.
   *
   * @default - nobody in particular; whoever is subscribed to the rotation's topic is told
   */
  readonly recipients?: Recipient[];

  /**
   * What the constructs of this user are named after, without a slash. It cannot be changed once it is deployed: the
   * new resources would collide with the names of the old ones.
   *
   * @default - the user name; must be given if that is a token
   */
  readonly id?: string;

  /**
   * The name of the secret. It cannot be changed once it is deployed: the deploy fails and leaves everything as it was.
   *
   * @default - the user name
   */
  readonly secretName?: string;

  /**
   * The description of the secret.
   *
   * @default - says whose key it is
   */
  readonly description?: string;

  /**
   * The path of the user to create.
   *
   * @default '/'
   */
  readonly path?: string;

  /**
   * Groups that the user to create belongs to.
   *
   * @default - none
   */
  readonly groups?: iam.IGroup[];

  /**
   * Managed policies of the user to create: what its key is for.
   *
   * @default - none; grant permissions with `rotation.user(name).user`
   */
  readonly managedPolicies?: iam.IManagedPolicy[];

  /**
   * The permissions boundary of the user to create. It has to allow `secretsmanager:GetSecretValue`, or the user cannot
   * fetch its next key.
   *
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Tags for the user to create and for the secret.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** A user in a rotation, as `rotation.user(name)` returns it. */
export interface IRotatedUser extends IConstruct {
  /** The IAM user, created or adopted. Grant it what its access key is for. */
  readonly user: iam.IUser;

  /** The name of the IAM user. */
  readonly userName: string;

  /** The secret that holds the user's current access key. Grant reading to whoever uses the key. */
  readonly secret: secretsmanager.ISecret;

  /** The ages at which this user's keys are replaced, deactivated and deleted. */
  readonly schedule: RotationSchedule;
}

import { ArnFormat, CfnResource, Duration, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { existingSecret } from './existing-secret';
import { UnmanagedKeys } from './key-policies';
import { applyRemovalPolicy, removalProblems, retainLaterResources } from './removal';
import { RotatedSecret, SELF_READ_CONDITION } from './rotated-secret';
import { IRotatedUser, RotatedUserProps, UserAges } from './rotated-user-props';
import { secretNameOf, userNameOf } from './user-validation';
import { Ages } from '../contract/ages';
import { CheckTimes } from '../contract/check-times';
import {
  DEFAULT_SETTINGS,
  FirstKeyProperties,
  FIRST_KEY_MINUTES,
  FIRST_KEY_TYPE,
  OWNER_TAG,
  UserEntry,
  UserSettings,
} from '../contract/settings';
import { importedAlias, kmsVia } from '../function/kms-permissions';
import { RotationFunction } from '../function/rotation-function';
import { ManagedUser } from '../function/rotation-permissions';
import { finalProperty } from '../private/final-property';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { neverRetain } from '../private/never-retained';
import { addResourceDependency } from '../private/resource-dependency';
import { RotationSchedule } from '../schedule/rotation-schedule';

/** How long CloudFormation waits for a first key, in seconds: three times the timeout of the function. */
const FIRST_KEY_TIMEOUT = `${FIRST_KEY_MINUTES * 60}`;

/** The resources of one user, except for its scheduled checks. */
export class RotatedUser extends Construct implements IRotatedUser, ManagedUser {
  public readonly user: iam.IUser;
  public readonly userName: string;
  public readonly secret: secretsmanager.ISecret;
  public readonly secretName: string;
  public readonly schedule: RotationSchedule;
  public readonly ages: UserAges;
  public readonly agesInDays: Ages;
  public readonly encryptionKey?: kms.IKey;
  public readonly inUserStack: boolean;
  public readonly userPermittedByList: boolean;
  public readonly secretPermittedByList: boolean;
  public readonly entry: UserEntry;
  public readonly resolvedAtSynth: boolean;
  public readonly references: { readonly userName: string; readonly userArn: string; readonly secretArn: string };
  /** The user in the template; undefined if it is adopted. */
  public readonly created?: iam.CfnUser;
  /** The secret in the template; undefined if it existed before. */
  public readonly secretResource?: secretsmanager.CfnSecret;
  /** The inline policy of the user; undefined without `selfRead`. */
  public readonly readOwnSecret?: object;
  /** The custom resource that issues the first key. */
  public readonly firstKey: CfnResource;

  /** @param checkTimes - undefined if they depend on the deploy */
  constructor(
    scope: Construct,
    id: string,
    rotator: RotationFunction,
    props: RotatedUserProps,
    checkTimes: CheckTimes | undefined,
  ) {
    super(scope, id);
    this.schedule = props.schedule ?? RotationSchedule.STANDARD;
    this.agesInDays = this.schedule._agesFor(props.deactivation?._maxDelayDays ?? 0, checkTimes);
    const { create, deactivate, delete: deleteAt } = this.agesInDays;
    this.ages = {
      create: Duration.days(create),
      deactivate: Duration.days(deactivate),
      delete: Duration.days(deleteAt),
    };
    this.encryptionKey = props.secret ? props.secret.encryptionKey : props.encryptionKey;
    this.inUserStack = Stack.of(this) !== Stack.of(rotator);
    this.userPermittedByList = !this.inUserStack || props.user !== undefined;
    this.secretPermittedByList = !this.inUserStack || props.secret !== undefined;
    this.userName = userNameOf(props);
    this.secretName = secretNameOf(props);
    this.entry = [
      this.userName,
      nonDefault(settingsOf(props, this.agesInDays, checkTimes, this.secretName), this.userName),
    ];
    this.resolvedAtSynth = !Token.isUnresolved(JSON.stringify(this.entry));

    this.user = props.user ?? this.createUser(props);
    const created = props.user ? undefined : (this.user.node.defaultChild as iam.CfnUser);
    this.created = created;
    created?.tags.setTag(OWNER_TAG, rotator.owner);
    const references = { userName: created?.ref ?? this.user.userName, userArn: created?.attrArn ?? this.user.userArn };
    const createdSecret = props.secret ? undefined : this.createSecret(rotator, references.userArn, props);
    // For a user stack, the condition of the role's policy. Everywhere, what suppressions of scanners match.
    createdSecret?.resource.tags.setTag(OWNER_TAG, rotator.owner);
    this.secret = props.secret ?? createdSecret!;
    this.secretResource = createdSecret?.resource;
    this.references = {
      ...references,
      secretArn: createdSecret?.resource.ref ?? existingSecret(this.secret).arnForPolicies,
    };
    if (props.selfRead !== false) this.readOwnSecret = this.allowReadingOwnSecret(created, props);
    this.firstKey = this.createFirstKey(rotator, createdSecret, created !== undefined);
    createdSecret?.waitFor(this.firstKey);
    const isDestroyed = created !== undefined && createdSecret !== undefined;
    const { removalPolicy = isDestroyed ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN } = props;
    const all = this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
    // With an adopted user and an existing secret, the deletion of the first key deletes records, and no key.
    const releases = !created && !createdSecret;
    if (releases) neverRetain(this.firstKey);
    const resources = all.filter(
      (resource) => resource !== createdSecret?.resourcePolicy && !(releases && resource === this.firstKey),
    );
    applyRemovalPolicy(resources, removalPolicy);
    if (created && removalPolicy !== RemovalPolicy.DESTROY) retainLaterResources(this.user);
    all.forEach(fixLogicalId);
    this.node.addValidation({ validate: () => removalProblems(resources, removalPolicy) });
    for (const [key, value] of Object.entries(props.tags ?? {})) Tags.of(this).add(key, value);
  }

  /** Complete only after the aspects of the app, which can set a path. */
  public get path(): string {
    return (this.created && (finalProperty(this.created, 'Path') as string | undefined)) ?? '/';
  }

  private createUser({ userName, path, groups, managedPolicies, permissionsBoundary }: RotatedUserProps): iam.User {
    return new iam.User(this, 'User', { userName, path, groups, managedPolicies, permissionsBoundary });
  }

  private createSecret(
    rotator: RotationFunction,
    user: string,
    { description, encryptionKey, replicaRegions, selfRead }: RotatedUserProps,
  ): RotatedSecret {
    const secret = new RotatedSecret(
      this,
      'Secret',
      rotator,
      { role: rotator.arns.role, user, selfRead: selfRead !== false },
      {
        secretName: this.secretName,
        description: description ?? `Access key of IAM user ${this.userName}, rotated by cdk-access-key-rotation`,
        encryptionKey,
        replicaRegions,
      },
    );
    // The CDK names an imported alias in the Region of the stack; the key of a replica is in the Region of the replica.
    const replicas = (replicaRegions ?? []).map(({ region, encryptionKey: key }) => {
      const alias = key && importedAlias({ key, region });
      return { region, kmsKeyId: alias?.arn ?? key?.keyArn, alias };
    });
    if (replicas.some(({ alias }) => alias)) {
      secret.resource.replicaRegions = replicas.map(({ region, kmsKeyId }) => ({ region, kmsKeyId }));
    }
    return secret;
  }

  /** Allows the user to read its own secret and the replicas of it. */
  private allowReadingOwnSecret(created: iam.CfnUser | undefined, { replicaRegions = [] }: RotatedUserProps): object {
    const replicas = replicaRegions.map(({ region }) =>
      Stack.of(this).formatArn({
        service: 'secretsmanager',
        region,
        resource: 'secret',
        resourceName: `${this.secretName}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    const keys = [{ encryptionKey: this.encryptionKey, region: undefined }, ...replicaRegions].flatMap(
      ({ encryptionKey: key, region }) => (key ? [{ key, region }] : []),
    );
    const arn = this.references.secretArn;
    const Resource = replicas.length === 0 ? arn : [arn, ...replicas];
    const policyDocument = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource, Condition: SELF_READ_CONDITION },
        ...kmsVia('secretsmanager', ['kms:Decrypt'], keys).map((statement) => statement.toStatementJson()),
      ],
    };
    if (created) {
      // In the user's resource: a separate policy resource would be an eighth resource per user, and a stack has 500.
      created.policies = [{ policyName: 'ReadOwnSecret', policyDocument }];
    } else {
      new iam.CfnPolicy(this, 'ReadOwnSecret', {
        policyName: 'ReadOwnSecret',
        policyDocument,
        users: [this.references.userName],
      });
    }
    return policyDocument;
  }

  /** @param secret - undefined if it existed before */
  private createFirstKey(rotator: RotationFunction, secret: RotatedSecret | undefined, created: boolean): CfnResource {
    const firstKey = new CfnResource(this, 'FirstKey', {
      type: FIRST_KEY_TYPE,
      properties: {
        ServiceToken: rotator.arns.firstKeyAlias,
        ServiceTimeout: FIRST_KEY_TIMEOUT,
        Username: this.references.userName,
        Secret: secret ? this.references.secretArn : existingSecret(this.secret).id,
        Created: created ? 'true' : 'false',
        Owner: rotator.owner,
        DryRun: rotator.dryRun ? 'true' : 'false',
        ...(secret?.resource.kmsKeyId !== undefined && { KmsKey: secret.resource.kmsKeyId }),
        ...(!secret && { ExistingSecret: 'true' as const }),
      } satisfies FirstKeyProperties & Record<string, string>,
    });
    if (secret) {
      addResourceDependency(firstKey, secret.resource);
      addResourceDependency(firstKey, secret.resourcePolicy);
    } else {
      firstKey.node.addDependency(this.secret);
    }
    if (this.userPermittedByList || this.secretPermittedByList) firstKey.node.addDependency(rotator.permissions);
    return firstKey;
  }
}

function settingsOf(
  props: RotatedUserProps,
  ages: Ages,
  checkTimes: CheckTimes | undefined,
  secret: string,
): UserSettings {
  const { accessKey, secretKey } = DEFAULT_SETTINGS.fields;
  return {
    secret,
    adopted: props.user ? true : undefined,
    ages,
    fields: { accessKey: props.accessKeyField ?? accessKey, secretKey: props.secretKeyField ?? secretKey },
    sesSmtpRegions: props.sesSmtpRegions ?? DEFAULT_SETTINGS.sesSmtpRegions,
    existingSecret: props.secret && (props.user ? 'with-key' : 'without-key'),
    selfRead: props.selfRead !== false,
    retireExistingKeys: props.user !== undefined && props.existingKeys !== UnmanagedKeys.IGNORE,
    retireUnmanagedKeys: props.unmanagedKeys === UnmanagedKeys.RETIRE,
    maxDelayDays: props.deactivation?._maxDelayDays ?? 0,
    reminderDays: props.reminderDays ?? DEFAULT_SETTINGS.reminderDays,
    limitDays: props.schedule?._limitDays,
    checkTimes,
  };
}

function nonDefault(settings: UserSettings, userName: string): Partial<UserSettings> {
  const defaults: Record<string, unknown> = { ...DEFAULT_SETTINGS, secret: userName };
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name])),
  );
}

import { ArnFormat, CfnResource, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ForeignKeys } from './key-handling';
import { RotatedSecret } from './rotated-secret';
import { IRotatedUser, RotatedUserProps } from './rotated-user-props';
import { userNameOf } from './user-validation';
import {
  DEFAULT_SETTINGS,
  FirstKeyProperties,
  FIRST_KEY_MINUTES,
  FIRST_KEY_TYPE,
  OWNER_TAG,
  UserEntry,
  UserSettings,
} from '../contract/settings';
import { ManagedUser } from '../function/managed-user';
import { RotationFunction } from '../function/rotation-function';
import { kmsVia } from '../function/rotation-permissions';
import { fixLogicalId } from '../private/fixed-logical-ids';
import { RotationSchedule } from '../schedule/rotation-schedule';

/** How long CloudFormation waits for a first key, in seconds: three times what the function may take. */
const FIRST_KEY_TIMEOUT = `${FIRST_KEY_MINUTES * 60}`;

/** One user: its secret, its permissions and the first key. */
export class RotatedUser extends Construct implements IRotatedUser, ManagedUser {
  public readonly user: iam.IUser;
  public readonly userName: string;
  public readonly secret: secretsmanager.ISecret;
  public readonly secretName: string;
  public readonly schedule: RotationSchedule;
  public readonly encryptionKey?: kms.IKey;
  public readonly path: string;
  public readonly apart: boolean;
  public readonly listed: boolean;
  public readonly entry: UserEntry;
  public readonly known: boolean;
  public readonly references: { readonly userName: string; readonly userArn: string; readonly secretArn: string };
  /** The custom resource that issues the first key. */
  public readonly firstKey: CfnResource;

  constructor(scope: Construct, id: string, rotation: RotationFunction, props: RotatedUserProps) {
    super(scope, id);
    this.schedule = props.schedule ?? RotationSchedule.STANDARD;
    this.encryptionKey = props.encryptionKey;
    this.path = props.path ?? '/';
    this.apart = Stack.of(this) !== Stack.of(rotation);
    this.listed = !this.apart || props.user !== undefined;
    this.userName = userNameOf(props);
    this.secretName = props.secretName ?? this.userName;
    this.entry = [this.userName, unusual(settingsOf(props, this.schedule, this.secretName), this.userName)];
    this.known = !Token.isUnresolved(JSON.stringify(this.entry));

    const created = props.userName === undefined ? undefined : this.createUser(props.userName, rotation.owner, props);
    this.user = created ?? props.user!;
    const references = referencesTo(created, this.user);
    const secret = this.createSecret(rotation, references.userArn, props);
    this.secret = secret;
    this.references = { ...references, secretArn: secret.resource.ref };
    this.allowReading(created, props);
    this.firstKey = this.createFirstKey(rotation, secret, created !== undefined);
    this.shareOneFate(this.removalPolicyOf(props, created !== undefined));
    for (const [key, value] of Object.entries(props.tags ?? {})) Tags.of(this).add(key, value);
    this.resources().forEach(fixLogicalId);
  }

  private createUser(
    userName: string,
    owner: string,
    { path, groups, managedPolicies, permissionsBoundary }: RotatedUserProps,
  ): iam.User {
    const user = new iam.User(this, 'User', { userName, path, groups, managedPolicies, permissionsBoundary });
    (user.node.defaultChild as iam.CfnUser).tags.setTag(OWNER_TAG, owner);
    return user;
  }

  /**
   * RETAIN on its own would keep the secret, and with it its name, when the very deploy that created it rolls back, so
   * that the next try fails. With RETAIN_ON_UPDATE_OR_DELETE, the roll-back takes secret and key away together.
   */
  private removalPolicyOf({ removalPolicy }: RotatedUserProps, created: boolean): RemovalPolicy {
    return (removalPolicy ?? (created ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN)) === RemovalPolicy.DESTROY
      ? RemovalPolicy.DESTROY
      : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
  }

  private createSecret(
    rotation: RotationFunction,
    userArn: string,
    { description, encryptionKey, replicaRegions }: RotatedUserProps,
  ): RotatedSecret {
    const secret = new RotatedSecret(
      this,
      'Secret',
      { ...rotation.arns, user: userArn },
      {
        secretName: this.secretName,
        description: description ?? `Access key of IAM user ${this.userName}, kept fresh by cdk-access-key-rotation`,
        encryptionKey,
        replicaRegions,
      },
    );
    if (this.apart) secret.resource.tags.setTag(OWNER_TAG, rotation.owner); // what the Lambda's permission goes by
    return secret;
  }

  /** The user reads its own secret, in every region that has it. */
  private allowReading(created: iam.User | undefined, { replicaRegions = [], encryptionKey }: RotatedUserProps): void {
    const replicas = replicaRegions.map(({ region }) =>
      Stack.of(this).formatArn({
        service: 'secretsmanager',
        region,
        resource: 'secret',
        resourceName: `${this.secretName}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    const keys = [encryptionKey, ...replicaRegions.map((replica) => replica.encryptionKey)].filter(
      (key) => key !== undefined,
    );
    const arn = this.references.secretArn;
    const policyDocument = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: replicas.length === 0 ? arn : [arn, ...replicas],
        },
        ...(keys.length === 0 ? [] : [kmsVia('secretsmanager', ['kms:Decrypt'], keys).toStatementJson()]),
      ],
    };
    if (created) {
      // Within the user's own resource: a policy resource for each user would cost one in seven of a stack's 500.
      (created.node.defaultChild as iam.CfnUser).policies = [{ policyName: 'ReadOwnSecret', policyDocument }];
    } else {
      new iam.CfnPolicy(this, 'ReadOwnSecret', { policyName: 'ReadOwnSecret', policyDocument, users: [this.userName] });
    }
  }

  /** User, secret, keys, and the right to read them: whoever keeps a key has to be able to fetch it. */
  private shareOneFate(removalPolicy: RemovalPolicy): void {
    for (const resource of this.resources()) resource.applyRemovalPolicy(removalPolicy);
  }

  private resources(): CfnResource[] {
    return this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)) as CfnResource[];
  }

  private createFirstKey(rotation: RotationFunction, secret: RotatedSecret, created: boolean): CfnResource {
    const firstKey = new CfnResource(this, 'FirstKey', {
      type: FIRST_KEY_TYPE,
      properties: {
        ServiceToken: rotation.arns.handler,
        ServiceTimeout: FIRST_KEY_TIMEOUT,
        Username: this.references.userName,
        Secret: this.references.secretArn,
        Created: created ? 'true' : 'false',
        Owner: rotation.owner,
        DryRun: rotation.dryRun ? 'true' : 'false',
      } satisfies FirstKeyProperties & Record<string, string>,
    });
    firstKey.addDependency(secret.resource);
    firstKey.addDependency(secret.resourcePolicy);
    if (this.listed) firstKey.node.addDependency(rotation.permissions);
    return firstKey;
  }
}

function referencesTo(
  created: iam.User | undefined,
  { userName, userArn }: iam.IUser,
): { readonly userName: string; readonly userArn: string } {
  const resource = created?.node.defaultChild as iam.CfnUser | undefined;
  return resource ? { userName: resource.ref, userArn: resource.attrArn } : { userName, userArn };
}

function settingsOf(props: RotatedUserProps, schedule: RotationSchedule, secret: string): UserSettings {
  const { accessKey, secretKey } = DEFAULT_SETTINGS.fields;
  return {
    secret,
    ages: schedule._ages,
    fields: { accessKey: props.accessKeyField ?? accessKey, secretKey: props.secretKeyField ?? secretKey },
    adopt: props.user !== undefined && props.keysAtAdoption !== ForeignKeys.LEAVE,
    retireForeign: props.keysMadeLater === ForeignKeys.RETIRE,
    holdDays: props.oldKeyInUse?._holdDays ?? 0,
    reminderDays: props.reminderDays ?? DEFAULT_SETTINGS.reminderDays,
  };
}

function unusual(settings: UserSettings, userName: string): Partial<UserSettings> {
  const usual: Record<string, unknown> = { ...DEFAULT_SETTINGS, secret: userName };
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name])),
  );
}

import { ArnFormat, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, IConstruct } from 'constructs';
import { OWNER_TAG, UserEntry } from '../contract/settings';
import { shortHash } from '../private/hash';
import { inOrder } from '../private/order';

/** What the Lambda and its permissions need of a user. */
export interface ManagedUser extends IConstruct {
  readonly user: iam.IUser;
  readonly userName: string;
  readonly path: string;
  readonly secretName: string;
  /** The KMS key that encrypts the secret, if it is not the AWS managed key. */
  readonly encryptionKey?: kms.IKey;
  /** ARNs of the resources themselves: those of the L2 constructs are resolved by way of several more tokens. */
  readonly references: { readonly userArn: string; readonly secretArn: string };
  /** In another stack than the rotation. */
  readonly inUserStack: boolean;
  /** Named in a policy of the Lambda. Others are permitted by their tag, which an adopted user does not have yet. */
  readonly permittedByList: boolean;
  /** The user in the Lambda's list, without what equals the defaults. */
  readonly entry: UserEntry;
  /** Whether the entry is without a token, so that the synthesis knows all of it. */
  readonly resolvedAtSynth: boolean;
}

/** What writing takes to what a KMS key encrypts. */
export const DATA_KEYS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** A statement that allows KMS operations, as long as the service makes them for the caller. */
export function kmsVia(service: 'secretsmanager' | 'sns', actions: string[], keys: kms.IKey[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions,
    resources: [...new Set(keys.map((key) => key.keyArn))],
    // Replicas are read in other regions, and China has a suffix of its own.
    conditions: { StringLike: { 'kms:ViaService': [`${service}.*.amazonaws.com`, `${service}.*.amazonaws.com.cn`] } },
  });
}

/**
 * So many users with names of 64 characters fit into the 6,144 characters of a managed policy. Inline policies would be
 * worse: all those of a role share 10,240 characters, and during an update the old and the new ones are there together.
 */
const USERS_PER_POLICY = 20;

/** IAM does not count white space. */
const POLICY_LIMIT = 6144;

/** A role takes ten managed policies, and during an update the old and the new ones are there together. */
const MAX_LISTED = (10 / 2) * USERS_PER_POLICY;

const KEY_ACTIONS = [
  'iam:CreateAccessKey',
  'iam:DeleteAccessKey',
  'iam:GetAccessKeyLastUsed',
  'iam:ListAccessKeys',
  'iam:UpdateAccessKey',
];
const SECRET_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
];
/** Of all tags, only the one that says whose the user is. Requests that are about no tag satisfy it as well. */
const OWN_TAG_ONLY = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] } };

/**
 * What the Lambda may do to users and secrets that are listed one by one: those in the stack of the rotation, and all
 * adopted users, who have no tag before the Lambda sets it.
 *
 * With every change of the list of users, a policy is a new resource, and the old one goes in CloudFormation's clean-up
 * phase. Changed in place, it would lose a removed user in the update phase, before that user's keys are deleted; and
 * when an update rolls back, it would lose an added user before the key that was just made for it is taken away.
 */
export class RotationPermissions extends Construct {
  private readonly policies: iam.CfnManagedPolicy[] = [];
  private readonly users: ManagedUser[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly role: iam.IRole,
  ) {
    super(scope, id);
    this.node.addValidation({
      validate: () =>
        [
          this.listedUsersProblem(),
          ...this.policies.map((_, index) => policyLengthProblem(this.usersOfPolicy(index))),
        ].filter((one) => one !== undefined),
    });
  }

  public add(user: ManagedUser): void {
    this.users.push(user);
    const { length } = this.policies;
    if (this.users.length > length * USERS_PER_POLICY) this.policies.push(this.createPolicy(length));
  }

  private listedUsersProblem(): string | undefined {
    const count = this.users.length;
    if (count <= MAX_LISTED) return undefined;
    return (
      `${count} users are adopted or in the stack of the rotation, and the policies of its role have room for ${MAX_LISTED} of these:`
      + ' let the rotation create users in "userStacks", or move some to another rotation'
    );
  }

  private usersOfPolicy(index: number): readonly ManagedUser[] {
    return inOrder(this.users).slice(index * USERS_PER_POLICY, (index + 1) * USERS_PER_POLICY);
  }

  private createPolicy(index: number): iam.CfnManagedPolicy {
    const policy = new iam.CfnManagedPolicy(this, `Policy${index + 1}`, {
      description: 'Rotation of the access keys of some users',
      policyDocument: Lazy.uncachedAny({ produce: () => documentFor(this.usersOfPolicy(index)) }),
      roles: [this.role.roleName],
    });
    const logicalId = Stack.of(this).getLogicalId(policy);
    // Asked for by every resource that depends on the policy, so it is only made anew when there are more users. It
    // cannot be put down once as other logical IDs are: an aspect may still add a user.
    let known: { readonly count: number; readonly fingerprint: string } | undefined;
    const fingerprint = (): string => {
      const count = this.users.length;
      if (known?.count !== count) {
        const statements = JSON.stringify(Stack.of(this).resolve(documentFor(this.usersOfPolicy(index))));
        known = { count, fingerprint: shortHash(statements) };
      }
      return known.fingerprint;
    };
    policy.overrideLogicalId(Lazy.uncachedString({ produce: () => `${logicalId}${fingerprint()}` }));
    return policy;
  }
}

/**
 * What the Lambda may do to the users and secrets in user stacks. A list of 5,000 fits into no policy, so it goes by
 * the tag that the template gives to both, which nobody gets who may not tag users and secrets. The Lambda itself may
 * not.
 */
export function tagPermissions(stack: Stack, owner: string): iam.PolicyStatement[] {
  const ofThisRotation = { StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: owner } };
  const any = (service: string, region: string | undefined, resource: string, arnFormat: ArnFormat) =>
    stack.formatArn({ service, region, resource, resourceName: '*', arnFormat });
  return [
    new iam.PolicyStatement({
      sid: 'ManageAccessKeysByTag',
      actions: [...KEY_ACTIONS, 'iam:ListUserTags', 'iam:UntagUser'],
      resources: [any('iam', '', 'user', ArnFormat.SLASH_RESOURCE_NAME)],
      conditions: { ...ofThisRotation, ...OWN_TAG_ONLY },
    }),
    new iam.PolicyStatement({
      sid: 'StoreKeysInSecretsByTag',
      actions: SECRET_ACTIONS,
      resources: [any('secretsmanager', undefined, 'secret', ArnFormat.COLON_RESOURCE_NAME)],
      conditions: ofThisRotation,
    }),
  ];
}

function documentFor(users: readonly ManagedUser[]): iam.PolicyDocument {
  const inRotationStack = users.filter(({ inUserStack }) => !inUserStack);
  const keys = inRotationStack.map(({ encryptionKey }) => encryptionKey).filter((key) => key !== undefined);
  const document = new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'ManageAccessKeys',
        actions: [...KEY_ACTIONS, 'iam:ListUserTags', 'iam:TagUser', 'iam:UntagUser'],
        resources: users.map(({ references }) => references.userArn),
        conditions: OWN_TAG_ONLY,
      }),
    ],
  });
  if (inRotationStack.length > 0) {
    const resources = inRotationStack.map(({ references }) => references.secretArn);
    document.addStatements(new iam.PolicyStatement({ sid: 'StoreKeysInSecrets', actions: SECRET_ACTIONS, resources }));
  }
  if (keys.length > 0) document.addStatements(kmsVia('secretsmanager', DATA_KEYS, keys));
  return document;
}

/** What the ARNs of one user take at most, where names are no tokens. */
function arnLength({ user, path, userName, secretName, inUserStack }: ManagedUser): number {
  const userArn = 'arn:aws-us-gov:iam::123456789012:user';
  const secretArn = 'arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:-AbCdEf';
  const ofUser = Token.isUnresolved(user.userArn) ? `${userArn}${path}${userName}` : user.userArn;
  return ofUser.length + (inUserStack ? 0 : secretArn.length + secretName.length) + '"",'.length * 2;
}

/** What stands in a policy besides the users' ARNs, and for a KMS key. */
const [STATEMENTS_LENGTH, KMS_KEY_LENGTH] = [1000, 90];

function policyLengthProblem(users: readonly ManagedUser[]): string | undefined {
  const keys = new Set(users.map(({ encryptionKey }) => encryptionKey)).size;
  const length = users.map(arnLength).reduce((sum, one) => sum + one, STATEMENTS_LENGTH + keys * KMS_KEY_LENGTH);
  if (length <= POLICY_LIMIT) return undefined;
  return (
    `The policy for ${users[0].userName} and ${users.length - 1} more users would have some ${length} characters, and IAM takes ${POLICY_LIMIT}:`
    + ' give them shorter paths and secret names, or move some of them to another rotation'
  );
}

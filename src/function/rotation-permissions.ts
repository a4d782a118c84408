import { ArnFormat, AspectPriority, Aspects, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, IConstruct } from 'constructs';
import { importedAlias, KeyInUse, KMS_WRITE_ACTIONS, kmsVia } from './kms-permissions';
import { isSynthesized, precreatedRole } from './precreated-role';
import { adoptedBy, OWNER_TAG, UserEntry } from '../contract/settings';
import { finalProperty } from '../private/final-property';
import { shortHash } from '../private/hash';
import { neverRetain } from '../private/never-retained';
import { inOrder } from '../private/order';
import { lookupsArePending } from '../private/pending-lookups';

/** The properties of a user that the Lambda and its permissions need. */
export interface ManagedUser extends IConstruct {
  readonly user: iam.IUser;
  readonly userName: string;
  readonly path: string;
  readonly secretName: string;
  /** The KMS key that encrypts the secret, if it is not the AWS managed key. */
  readonly encryptionKey?: kms.IKey;
  /** ARNs of the L1 resources. Those of the L2 constructs contain more tokens, which makes each synth slower. */
  readonly references: { readonly userArn: string; readonly secretArn: string };
  /** Whether the resources are in another stack than the rotation. */
  readonly inUserStack: boolean;
  /** Whether a policy of the Lambda lists the user: adopted users have no owner tag yet. The tag permits the others. */
  readonly userPermittedByList: boolean;
  /** Whether a policy of the Lambda lists the secret: an existing one has no owner tag. The tag permits the others. */
  readonly secretPermittedByList: boolean;
  /** The user in the list of the Lambda, without settings that are default. */
  readonly entry: UserEntry;
  /** Whether the entry has no token. */
  readonly resolvedAtSynth: boolean;
}

/**
 * Characters of a managed policy, without white space.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_POLICY_LENGTH = 6144;

/** See the same page. */
const MAX_POLICY_NAME_LENGTH = 128;

/**
 * Users with names of 64 characters that fit into one managed policy. Inline policies would allow fewer: those of a
 * role share 10,240 characters, and the old and the new policies exist at the same time during an update.
 */
const USERS_PER_POLICY = 20;

/** A role can have 10 managed policies, and the old and the new ones are attached at the same time during an update. */
const MAX_LISTED_USERS = (10 / 2) * USERS_PER_POLICY;

const ACCESS_KEY_ACTIONS = [
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
/**
 * Allows tag actions for the owner tag only. `ForAllValues` is also true for requests without tags.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition_examples-multi-valued-context-keys.html
 */
const OWNER_TAG_ONLY = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] } };

/**
 * Permissions of the Lambda for listed users and secrets: those in the stack of the rotation, all adopted users, which
 * have no tag until the Lambda sets it, and all existing secrets, which have none.
 *
 * Each change of the list creates a new policy resource, and CloudFormation deletes the old one in its cleanup phase.
 * An update in place would remove the permission for a removed user before the keys of this user are deleted. In a
 * roll-back, it would remove the permission for an added user before its new key is deleted.
 *
 * A role of `iam.Role.customizeRoles()` has no policies in the template. The CDK reports what it needs.
 */
export class RotationPermissions extends Construct {
  private readonly policies: iam.CfnManagedPolicy[] = [];
  private readonly users: ManagedUser[] = [];
  private reported = false;

  constructor(
    scope: Construct,
    id: string,
    private readonly role: iam.Role,
  ) {
    super(scope, id);
    this.node.addValidation({
      validate: () => {
        this.reportForPrecreatedRole();
        if (lookupsArePending(this)) return [];
        return [
          this.listedUsersProblem(),
          ...this.policies.map((_, index) => policyLengthProblem(this.usersOfPolicy(index))),
        ].filter((problem) => problem !== undefined);
      },
    });
  }

  public add(user: ManagedUser): void {
    this.users.push(user);
    if (!isSynthesized(this.role)) return;
    const { length } = this.policies;
    if (this.users.length > length * USERS_PER_POLICY) this.policies.push(this.createPolicy(length));
  }

  /** During validation, like managed policies of the CDK: all users are known, and the report is not written yet. */
  private reportForPrecreatedRole(): void {
    const role = precreatedRole(this.role);
    if (!role || this.reported || this.users.length === 0) return;
    this.reported = true;
    for (const statement of statementsFor(inOrder(this.users))) role.addToPrincipalPolicy(statement);
  }

  private listedUsersProblem(): string | undefined {
    const count = this.users.length;
    if (count <= MAX_LISTED_USERS || !isSynthesized(this.role)) return undefined;
    return (
      `${count} users are adopted, have an existing secret or are in the stack of the rotation, but the policies of its role can list up to ${MAX_LISTED_USERS}.`
      + ' Let the rotation create users in "userStacks", or move some users to another rotation'
    );
  }

  private usersOfPolicy(index: number): readonly ManagedUser[] {
    return inOrder(this.users).slice(index * USERS_PER_POLICY, (index + 1) * USERS_PER_POLICY);
  }

  private createPolicy(index: number): iam.CfnManagedPolicy {
    const policy = new iam.CfnManagedPolicy(this, `Policy${index + 1}`, {
      description: 'Allows an access key rotation to manage some of its users',
      policyDocument: Lazy.uncachedAny({ produce: () => documentFor(this.usersOfPolicy(index)) }),
      roles: [(this.role.node.defaultChild as iam.CfnRole).ref],
    });
    neverRetain(policy);
    const logicalId = Stack.of(this).getLogicalId(policy);
    // Cached, because each resource that depends on the policy resolves its logical ID. The cache is per user count and
    // the ID is not fixed by fixLogicalId(), because an aspect can still add a user.
    let cached: { readonly count: number; readonly fingerprint: string } | undefined;
    const fingerprint = (): string => {
      const count = this.users.length;
      if (cached?.count !== count) {
        const statements = JSON.stringify(Stack.of(this).resolve(documentFor(this.usersOfPolicy(index))));
        cached = { count, fingerprint: shortHash(statements) };
      }
      return cached.fingerprint;
    };
    policy.overrideLogicalId(Lazy.uncachedString({ produce: () => `${logicalId}${fingerprint()}` }));
    // After the app's own aspects, which may name the policy. CloudFormation creates the new policy before it deletes
    // the old one, so both exist at the same time.
    Aspects.of(policy).add({ visit: () => makeNameUnique(policy, fingerprint) }, { priority: AspectPriority.READONLY });
    return policy;
  }
}

/** Appends the fingerprint to a name that the app has set: IAM refuses a new policy with the name of the old one. */
function makeNameUnique(policy: iam.CfnManagedPolicy, fingerprint: () => string): void {
  const name = finalProperty(policy, 'ManagedPolicyName');
  if (name === undefined) return;
  const text = Token.asString(name);
  const start = Token.isUnresolved(text) ? text : text.slice(0, MAX_POLICY_NAME_LENGTH - '-01234567'.length);
  const unique = Lazy.uncachedString({ produce: () => `${start}-${fingerprint()}` });
  policy.addPropertyOverride('ManagedPolicyName', unique);
}

/**
 * Permissions of the Lambda for users and secrets in user stacks. A list of 5,000 users does not fit into policies, so
 * the condition is the owner tag, which the template sets on both. A principal must be able to tag users or secrets to
 * extend these permissions; the Lambda cannot.
 */
export function tagPermissions(stack: Stack, owner: string): iam.PolicyStatement[] {
  const hasOwnerTag = (value: string | string[]) => ({ StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: value } });
  const anyResource = (service: string, region: string | undefined, resource: string, arnFormat: ArnFormat) =>
    stack.formatArn({ service, region, resource, resourceName: '*', arnFormat });
  return [
    new iam.PolicyStatement({
      sid: 'ManageAccessKeysByTag',
      actions: [...ACCESS_KEY_ACTIONS, 'iam:ListUserTags', 'iam:UntagUser'],
      resources: [anyResource('iam', '', 'user', ArnFormat.SLASH_RESOURCE_NAME)],
      // Adopted users too: when one has left the list, CloudFormation still requests the removal of its keys.
      conditions: { ...hasOwnerTag([owner, adoptedBy(owner)]), ...OWNER_TAG_ONLY },
    }),
    new iam.PolicyStatement({
      sid: 'StoreKeysInSecretsByTag',
      actions: SECRET_ACTIONS,
      resources: [anyResource('secretsmanager', undefined, 'secret', ArnFormat.COLON_RESOURCE_NAME)],
      conditions: hasOwnerTag(owner),
    }),
  ];
}

function documentFor(users: readonly ManagedUser[]): iam.PolicyDocument {
  return new iam.PolicyDocument({ statements: statementsFor(users) });
}

function statementsFor(users: readonly ManagedUser[]): iam.PolicyStatement[] {
  const inRotationStack = users.filter(({ inUserStack }) => !inUserStack);
  const secrets = users.filter((user) => user.secretPermittedByList).map(({ references }) => references.secretArn);
  const listed = users.filter((user) => user.userPermittedByList).map(({ references }) => references.userArn);
  return [
    ...(listed.length === 0
      ? []
      : [
          new iam.PolicyStatement({
            sid: 'ManageAccessKeys',
            actions: [...ACCESS_KEY_ACTIONS, 'iam:ListUserTags', 'iam:TagUser', 'iam:UntagUser'],
            resources: listed,
            conditions: OWNER_TAG_ONLY,
          }),
        ]),
    ...(secrets.length === 0
      ? []
      : [new iam.PolicyStatement({ sid: 'StoreKeysInSecrets', actions: SECRET_ACTIONS, resources: secrets })]),
    ...kmsVia('secretsmanager', KMS_WRITE_ACTIONS, keysOf(inRotationStack)),
  ];
}

function keysOf(users: readonly ManagedUser[]): KeyInUse[] {
  const keys = new Set(users.map(({ encryptionKey }) => encryptionKey).filter((key) => key !== undefined));
  return [...keys].map((key) => ({ key }));
}

/** The maximum length of the ARNs of one user, if its names are no tokens. */
function arnLength({ user, path, userName, secretName, secretPermittedByList }: ManagedUser): number {
  const userArn = 'arn:aws-us-gov:iam::123456789012:user';
  const secretArn = 'arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:-AbCdEf';
  const actualUserArn = Token.isUnresolved(user.userArn) ? `${userArn}${path}${userName}` : user.userArn;
  return actualUserArn.length + (secretPermittedByList ? secretArn.length + secretName.length : 0) + '"",'.length * 2;
}

/** Characters of a policy apart from ARNs of users, and characters per KMS key or per alias with the longest name. */
const [STATEMENTS_LENGTH, KMS_KEY_LENGTH, ALIAS_STATEMENT_LENGTH, ALIAS_LENGTH] = [1000, 90, 400, 260];

function policyLengthProblem(users: readonly ManagedUser[]): string | undefined {
  const keys = keysOf(users);
  const aliases = keys.filter((key) => importedAlias(key));
  const kmsLength =
    (keys.length - aliases.length) * KMS_KEY_LENGTH
    + (aliases.length === 0 ? 0 : ALIAS_STATEMENT_LENGTH + aliases.length * ALIAS_LENGTH);
  const length = users.map(arnLength).reduce((sum, arns) => sum + arns, STATEMENTS_LENGTH + kmsLength);
  if (length <= MAX_POLICY_LENGTH) return undefined;
  return (
    `The policy for ${users[0].userName} and ${users.length - 1} more users would have about ${length} characters, but IAM allows up to ${MAX_POLICY_LENGTH}.`
    + ' Use shorter paths and secret names, or move some of these users to another rotation'
  );
}

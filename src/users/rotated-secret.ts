import { CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable, IConstruct } from 'constructs';
import { FirstKeyDependency } from './after-first-key';
import { OWNER_TAG } from '../contract/settings';
import { importedAlias, kmsVia } from '../function/kms-permissions';
import { neverRetain } from '../private/never-retained';

/** ARNs of the principals that a secret's policy names. */
export interface SecretPrincipals {
  /** Role of the rotation function. */
  readonly role: string;
  readonly user: string;
  /** Whether the user may read its own secret. */
  readonly selfRead: boolean;
}

/**
 * A user reads its own secret with an access key and not with a session, and reads the current key only. A session can
 * outlive the key that it was created from. Without a session, `aws:TokenIssueTime` is absent.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-tokenissuetime
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
export const SELF_READ_CONDITION = {
  Null: { 'aws:TokenIssueTime': 'true' },
  'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' },
};

/**
 * The secret of one user, with an L1 resource policy.
 *
 * The L2 policy is one more construct per user and a document that the CDK renders in each pass. With 500 users in 13
 * user stacks, synth without it needs 8 % less CPU time (median of 22 pairs of processes, quartiles 5 % and 12 %). If
 * the app replaces the policy, a later grant on the L2 is lost without an error; here it throws.
 */
export class RotatedSecret extends secretsmanager.Secret {
  public readonly resource: secretsmanager.CfnSecret;
  public readonly resourcePolicy: secretsmanager.CfnResourcePolicy;
  private readonly ownPolicy: object;
  /** Replaces `ownPolicy` from the first grant on. */
  private document?: iam.PolicyDocument;
  private firstKey!: CfnResource;

  constructor(
    scope: Construct,
    id: string,
    rotator: IConstruct,
    principals: SecretPrincipals,
    props: secretsmanager.SecretProps,
  ) {
    super(scope, id, props);
    const dependency = new FirstKeyDependency(() => this.firstKey, rotator);
    const own: { -readonly [Name in 'secretArn' | 'secretName']: string } = this;
    own.secretArn = dependency.attribute(this.secretArn);
    own.secretName = dependency.attribute(this.secretName);
    this.resource = this.node.defaultChild as secretsmanager.CfnSecret;
    // Without a value, the L2 requests a generated password. CloudFormation writes a new value whenever that property
    // changes, and would overwrite the current key.
    this.resource.generateSecretString = undefined;
    const secretId = this.resource.ref;
    this.ownPolicy = policyFor(secretId, principals);
    this.resourcePolicy = new secretsmanager.CfnResourcePolicy(this, 'Policy', {
      secretId,
      resourcePolicy: this.ownPolicy,
    });
    // A secret that outlives the rotation can be written by its owner again.
    neverRetain(this.resourcePolicy);
    this.node.addValidation({ validate: () => this.document?.validateForResourcePolicy() ?? [] });
  }

  /** Also permits the key of an imported alias, for which the CDK drops the grant. */
  public grantRead(grantee: iam.IGrantable, versionStages?: string[]): iam.Grant {
    const grant = super.grantRead(grantee, versionStages);
    const inUse = this.encryptionKey && { key: this.encryptionKey };
    if (inUse && importedAlias(inUse)) {
      const statements = kmsVia('secretsmanager', ['kms:Decrypt'], [inUse]);
      statements.forEach((statement) => grantee.grantPrincipal.addToPrincipalPolicy(statement));
    }
    return grant;
  }

  /** Makes all that refers to the secret, or depends on it, wait for the first key. Call it once. */
  public waitFor(firstKey: CfnResource): void {
    this.firstKey = firstKey;
    Dependable.implement(this, { dependencyRoots: [this, firstKey] });
  }

  /**
   * Adds to the policy above, for grants to other accounts too. A secret has one resource policy, and that of the L2
   * would overwrite it.
   *
   * @throws if the app has replaced the policy
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    if (this.resourcePolicy.resourcePolicy !== (this.document ?? this.ownPolicy)) {
      throw new Error(
        `${this.node.path}: the app has replaced the resource policy of this secret, so it allows no other statement.`
          + ' Put the statement into the policy that replaces it.',
      );
    }
    this.document ??= iam.PolicyDocument.fromJson(this.ownPolicy);
    this.resourcePolicy.resourcePolicy = this.document;
    this.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.resourcePolicy };
  }
}

/**
 * No condition key has the user that federated a session. Its tags include those of the user; a session tag can replace
 * the value of one, and cannot remove it. So the session is that of a user of any rotation.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-getfederationtoken
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
const FEDERATED_BY_ROTATED_USER = {
  StringEquals: { 'aws:PrincipalType': 'FederatedUser' },
  Null: { [`aws:PrincipalTag/${OWNER_TAG}`]: 'false' },
};

/** What only the rotation does: records, values, and the rotation of Secrets Manager itself, which is not used. */
const ROTATION_ONLY = ['PutSecretValue', 'UpdateSecretVersionStage', 'RotateSecret', 'CancelRotateSecret'].map(
  (action) => `secretsmanager:${action}`,
);

/**
 * Principals by a condition on `aws:PrincipalArn`. IAM is eventually consistent: Secrets Manager rejects a new user or
 * role as principal for some seconds (MalformedPolicyDocument). When one is deleted and created again, a policy that
 * names it as principal keeps the unique ID of the deleted one. With the account as principal, a statement only
 * delegates to identity policies. See docs/decisions/0013-only-the-rotation-writes-a-secret.md.
 *
 * A policy replicates with its secret. The Denies have any resource, so that they match replicas too.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
function policyFor(secretArn: string, { role, user, selfRead }: SecretPrincipals): object {
  const statement = (Sid: string, Action: string | string[], Condition: object) => ({
    Sid,
    Principal: { AWS: '*' },
    Action,
    Condition,
  });
  const allow = (...parts: Parameters<typeof statement>) => ({
    ...statement(...parts),
    Effect: 'Allow',
    Resource: secretArn,
  });
  const deny = (...parts: Parameters<typeof statement>) => ({ ...statement(...parts), Effect: 'Deny', Resource: '*' });
  const [get, put] = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
  const isUser = { ArnEquals: { 'aws:PrincipalArn': user } };
  return {
    Version: '2012-10-17',
    Statement: [
      allow('AllowRotationReadWrite', [get, put], { ArnEquals: { 'aws:PrincipalArn': role } }),
      ...(selfRead ? [allow('AllowUserRead', get, { ...isUser, ...SELF_READ_CONDITION })] : []),
      // CloudFormation changes a secret with UpdateSecret, which stays possible.
      deny('DenyWritesOfOthers', ROTATION_ONLY, { ArnNotEquals: { 'aws:PrincipalArn': role } }),
      // Also where another policy of the user allows it: a session can outlive the key that it was created from.
      deny('DenySessionsOfUser', get, { ...isUser, Null: { 'aws:TokenIssueTime': 'false' } }),
      // A session of GetFederationToken has a name and ARN of the caller's choice, and the tags of its user.
      deny('DenyFederatedSessions', get, FEDERATED_BY_ROTATED_USER),
    ],
  };
}

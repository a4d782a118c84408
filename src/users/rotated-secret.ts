import { CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable, IConstruct } from 'constructs';
import { FirstKeyDependency } from './after-first-key';
import { importedAlias, kmsVia } from '../function/kms-permissions';

/** ARNs of the principals that a secret's policy allows. */
export interface SecretPrincipals {
  /** Root of the account of the role and the user. */
  readonly account: string;
  /** Role of the rotation function. */
  readonly role: string;
  /** The user, if it may read its own secret. */
  readonly reader?: string;
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
 * The account with a condition on `aws:PrincipalArn`, not the user and the role as principals. IAM is eventually
 * consistent: Secrets Manager rejects a new principal for some seconds (MalformedPolicyDocument). When a principal is
 * deleted and created again, the policy keeps the unique ID of the deleted one.
 */
function policyFor(secretArn: string, { account, role, reader }: SecretPrincipals): object {
  const allow = (Sid: string, Action: string | string[], arn: string, conditions = {}) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: account },
    Action,
    Resource: secretArn,
    Condition: { ArnEquals: { 'aws:PrincipalArn': arn }, ...conditions },
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('AllowRotationReadWrite', ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], role),
      ...(reader === undefined
        ? []
        : [allow('AllowUserRead', 'secretsmanager:GetSecretValue', reader, SELF_READ_CONDITION)]),
    ],
  };
}

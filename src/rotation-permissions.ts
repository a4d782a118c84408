import { createHash } from 'crypto';
import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { RotatedUser } from './rotated-user';

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
 * What the Lambda may do to the users and secrets of the rotation: all of it here, written once all users are known.
 *
 * With every change of the list of users, the policy is a new resource, and the old one goes in CloudFormation's clean-up
 * phase. Changed in place, it would lose a removed user in the update phase, before that user's keys are deleted; and
 * when an update rolls back, it would lose an added user before the key that was just made for it is taken away.
 */
export class RotationPermissions extends Construct {
  private known?: { readonly users: number; readonly fingerprint: string };

  constructor(scope: Construct, id: string, role: iam.IRole, private readonly users: () => readonly RotatedUser[]) {
    super(scope, id);
    const policy = new iam.CfnPolicy(this, 'Resource', {
      policyName: Lazy.uncachedString({ produce: () => `RotateAccessKeys-${this.fingerprint()}` }),
      policyDocument: Lazy.uncachedAny({ produce: () => this.document() }),
      roles: [role.roleName],
    });
    const logicalId = Stack.of(this).getLogicalId(policy);
    policy.overrideLogicalId(Lazy.uncachedString({ produce: () => `${logicalId}${this.fingerprint()}` }));
  }

  private document(): iam.PolicyDocument {
    const users = this.users();
    const keys = users.map((user) => user.encryptionKey).filter((key) => key !== undefined);
    return new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          sid: 'ManageAccessKeys',
          actions: [
            'iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:GetAccessKeyLastUsed', 'iam:ListAccessKeys', 'iam:UpdateAccessKey',
          ],
          resources: users.map(({ user }) => user.userArn),
        }),
        new iam.PolicyStatement({
          sid: 'KeepThemInSecrets',
          actions: [
            'secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          resources: users.map(({ secret }) => secret.secretArn),
        }),
        ...(keys.length === 0 ? [] : [kmsVia('secretsmanager', ['kms:Decrypt', 'kms:GenerateDataKey'], keys)]),
      ],
    });
  }

  /** Asked for by every resource that depends on the policy, so it is only made anew when there are more users. */
  private fingerprint(): string {
    const users = this.users().length;
    if (this.known?.users !== users) {
      const statements = JSON.stringify(Stack.of(this).resolve(this.document()));
      this.known = { users, fingerprint: createHash('sha256').update(statements).digest('hex').slice(0, 8) };
    }
    return this.known.fingerprint;
  }
}

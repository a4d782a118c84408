import { createHash } from 'crypto';
import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { RotatedUser } from './rotated-user';
import { OWNER_TAG } from './rotator/contract';

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

/** A role takes ten managed policies, and during an update the old and the new ones are there together. */
export const MAX_USERS = 10 / 2 * USERS_PER_POLICY;

/**
 * What the Lambda may do to the users and secrets of the rotation: all of it here, written once all users are known.
 *
 * With every change of the list of users, a policy is a new resource, and the old one goes in CloudFormation's clean-up
 * phase. Changed in place, it would lose a removed user in the update phase, before that user's keys are deleted; and
 * when an update rolls back, it would lose an added user before the key that was just made for it is taken away.
 */
export class RotationPermissions extends Construct {
  private readonly policies: iam.CfnManagedPolicy[] = [];

  constructor(scope: Construct, id: string, private readonly role: iam.IRole, private readonly users: () => readonly RotatedUser[]) {
    super(scope, id);
  }

  /** To be called before a user is added. */
  public makeRoomFor(count: number): void {
    while (this.policies.length * USERS_PER_POLICY < count) this.policies.push(this.createPolicy(this.policies.length));
  }

  private createPolicy(index: number): iam.CfnManagedPolicy {
    const covered = () => this.users().slice(index * USERS_PER_POLICY, (index + 1) * USERS_PER_POLICY);
    const policy = new iam.CfnManagedPolicy(this, `Policy${index + 1}`, {
      description: 'Rotation of the access keys of some users',
      policyDocument: Lazy.uncachedAny({ produce: () => documentFor(covered()) }),
      roles: [this.role.roleName],
    });
    const logicalId = Stack.of(this).getLogicalId(policy);
    // Asked for by every resource that depends on the policy, so it is only made anew when there are more users.
    let known: { readonly count: number; readonly fingerprint: string } | undefined;
    const fingerprint = (): string => {
      const count = this.users().length;
      if (known?.count !== count) {
        const statements = JSON.stringify(Stack.of(this).resolve(documentFor(covered())));
        known = { count, fingerprint: createHash('sha256').update(statements).digest('hex').slice(0, 8) };
      }
      return known.fingerprint;
    };
    policy.overrideLogicalId(Lazy.uncachedString({ produce: () => `${logicalId}${fingerprint()}` }));
    return policy;
  }
}

function documentFor(users: readonly RotatedUser[]): iam.PolicyDocument {
  const keys = users.map((user) => user.encryptionKey).filter((key) => key !== undefined);
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'ManageAccessKeys',
        actions: [
          'iam:CreateAccessKey', 'iam:DeleteAccessKey', 'iam:GetAccessKeyLastUsed', 'iam:ListAccessKeys', 'iam:UpdateAccessKey',
          'iam:ListUserTags', 'iam:TagUser', 'iam:UntagUser',
        ],
        resources: users.map(({ user }) => user.userArn),
        // Of all tags, only the one that says whose the user is. Requests that are about no tag satisfy it as well.
        conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': [OWNER_TAG] } },
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

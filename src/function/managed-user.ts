import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { UserEntry } from '../contract/settings';

/** What the Lambda and its permissions need of a user. */
export interface ManagedUser extends IConstruct {
  readonly user: iam.IUser;
  readonly userName: string;
  readonly path: string;
  readonly secretName: string;
  /** The KMS key that encrypts the secret, if it is not the AWS managed key. */
  readonly encryptionKey?: kms.IKey;
  /** ARNs of the resources themselves: through the L2 constructs, each is resolved by way of several more tokens. */
  readonly references: { readonly userArn: string; readonly secretArn: string };
  /** In another stack than the rotation. */
  readonly apart: boolean;
  /**
   * Named in a policy of the Lambda. A user created in a user stack is permitted by its tag; an adopted one has none
   * yet.
   */
  readonly listed: boolean;
  /** The user in the Lambda's list, without what equals the defaults. */
  readonly entry: UserEntry;
  /** Whether the entry is without a token, so that the synthesis knows all of it. */
  readonly known: boolean;
}

/** A rotation that an observation deploys, and its users, secrets and keys. */
import { ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Credentials, Workspace } from './workspace';
import { AccessKeyRotation, RotatedUserProps } from '../../../src';

type Users = (stack: Stack) => RotatedUserProps[];

/** A stack with a rotation, which leaves nothing when it is removed. */
export class Rotation {
  public readonly stack: string;
  private function = '';

  public constructor(private readonly workspace: Workspace) {
    this.stack = workspace.name('stack');
  }

  public async deploy(
    users: Users,
    more: (stack: Stack, rotation: AccessKeyRotation) => void = () => {},
  ): Promise<void> {
    const { Function: name } = await this.workspace.deploy(this.stack, (stack) => {
      const rotation = new AccessKeyRotation(stack, 'Rotation', { users: users(stack), alarms: false });
      rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
      new CfnOutput(stack, 'Function', { value: rotation.rotationFunction.functionName });
      more(stack, rotation);
    });
    this.function = name;
  }

  /** @returns the answer of the function, or the message of its error */
  public async invoke(event: object, Qualifier?: string): Promise<Record<string, any>> {
    const { Payload, FunctionError } = await this.workspace.lambda.send(
      new InvokeCommand({ FunctionName: this.function, Qualifier, Payload: JSON.stringify(event) }),
    );
    const answer = JSON.parse(Payload!.transformToString());
    return FunctionError ? { error: String(answer.errorMessage) } : answer;
  }
}

/** A rotation that has created one user, whose secret has the same name. */
export async function deployedUser(workspace: Workspace): Promise<{ name: string; rotation: Rotation }> {
  const [name] = created(workspace, 1);
  const rotation = new Rotation(workspace);
  await rotation.deploy(named([name]));
  return { name, rotation };
}

/** Names of users that a rotation creates, whose secrets have the same names. They are removed at the end. */
export function created(workspace: Workspace, count: number): string[] {
  return Array.from({ length: count }, () => {
    const name = workspace.name('user');
    workspace.removeUserLater(name);
    workspace.removeSecretLater(name);
    return name;
  });
}

export const named = (names: readonly string[]) => () => names.map((userName) => ({ userName }));

export async function statusOfKeys({ iam: client }: Workspace, UserName: string): Promise<string[]> {
  const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata.map(({ Status }) => Status!).sort();
}

export async function currentKey(workspace: Workspace, SecretId: string): Promise<Credentials> {
  const { SecretString } = await workspace.secrets.send(new GetSecretValueCommand({ SecretId }));
  const { AccessKey, SecretKey } = JSON.parse(SecretString!);
  workspace.hide(SecretKey, SecretString);
  return { accessKeyId: AccessKey, secretAccessKey: SecretKey };
}

export const hasOneActive = (keys: string[]) => keys.length === 1 && keys[0] === 'Active';

/** Secrets Manager deletes a secret some time after it has answered, and reads of IAM lag behind its writes. */
export const LAG_SECONDS = 120;

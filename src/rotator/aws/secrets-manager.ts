/** Secrets Manager: the value of the secret, and the staging labels with the records. Each method is one call. */
import { awsCall, AwsCallFailed, isKmsAnswer } from './call';
import { Credential } from './credential';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from './sdk';
import { FieldNames } from '../../contract/settings';
import { restoreSecretCommand } from '../domain/commands';
import { Failure } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';
import { Ledger, VersionLabel, readLedger } from '../domain/ledger';

export interface LedgerStore {
  read(): Promise<Ledger>;
  /** Writes a new version and returns its ID. Fails for a token with another value: this is the lock. */
  put(token: string, value: object, labels: string[]): Promise<string>;
  /** Throws if the value of a version cannot be read. What it is does not matter. */
  requireReadable(version: string): Promise<void>;
  /** Reads the key that a version of the secret holds. */
  credential(version: string, keyId: string, createdAt: Date): Promise<Credential>;
  /** Moves AWSCURRENT. Fails if it is not on the expected version: a compare-and-swap. */
  publish(version: string, expectedCurrent: string): Promise<void>;
  /** Adds a label, or moves it from another version. */
  addLabel(label: string, version: string, from?: VersionLabel): Promise<void>;
  /** Removes a label if it is on the version. */
  removeLabel(label: VersionLabel): Promise<void>;
}

/** The value that a secret has for a key. */
export function secretValue(credential: Credential, fields: FieldNames): object {
  return { [fields.accessKey]: credential.keyId, [fields.secretKey]: credential.reveal() };
}

export class SecretsManagerLedger implements LedgerStore {
  constructor(
    private readonly username: string,
    private readonly secret: string,
    private readonly fields: FieldNames,
    private readonly client: SecretsManagerClient,
    private readonly region: string,
  ) {}

  async read() {
    const {
      VersionIdsToStages = {},
      DeletedDate,
      KmsKeyId,
    } = await this.call('secretsmanager DescribeSecret', () =>
      this.client.send(new DescribeSecretCommand({ SecretId: this.secret })),
    );
    if (DeletedDate) {
      throw new Failure(
        `${this.username}: the secret ${this.secret} is scheduled for deletion:`
          + ` restore it with "${this.restore}", or remove the user from the rotation`,
        'NotFound',
      );
    }
    return { ...readLedger(VersionIdsToStages), kmsKey: KmsKeyId };
  }

  async put(token: string, value: object, labels: string[]) {
    const { VersionId } = await this.call('secretsmanager PutSecretValue', () =>
      this.client.send(
        new PutSecretValueCommand({
          SecretId: this.secret,
          ClientRequestToken: token,
          SecretString: JSON.stringify(value),
          VersionStages: labels,
        }),
      ),
    );
    return VersionId!;
  }

  async requireReadable(version: string) {
    await this.value(version);
  }

  async credential(version: string, keyId: string, createdAt: Date) {
    const SecretString = await this.value(version);
    const where = `${this.username}: version ${foreignText(version)} of the secret ${this.secret}`;
    let value: Record<string, string>;
    try {
      value = JSON.parse(SecretString ?? '');
    } catch {
      // Not the message of JSON.parse(): it quotes the text, which can be a secret.
      throw new Error(`${where} is not the JSON that was stored`);
    }
    // The field names may have changed since the version was written.
    const [accessKeyField] = Object.entries(value).find(([, text]) => text === keyId) ?? [];
    const secretKeyField =
      this.fields.secretKey in value
        ? this.fields.secretKey
        : Object.keys(value).find((name) => name !== accessKeyField);
    if (accessKeyField === undefined || secretKeyField === undefined) {
      throw new Error(`${where} does not hold ${keyId}`);
    }
    return new Credential(keyId, value[secretKeyField], createdAt);
  }

  async publish(version: string, expectedCurrent: string) {
    await this.updateVersionStage({
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: version,
      RemoveFromVersionId: expectedCurrent,
    });
  }

  async addLabel(label: string, version: string, from?: VersionLabel) {
    await this.updateVersionStage({
      VersionStage: label,
      MoveToVersionId: version,
      RemoveFromVersionId: from?.version,
    });
  }

  async removeLabel({ label, version }: VersionLabel) {
    try {
      await this.updateVersionStage({ VersionStage: label, RemoveFromVersionId: version });
    } catch (error) {
      // The label is not there: another run was faster, or the response of an earlier attempt was lost.
      if (!(error instanceof AwsCallFailed && error.code === 'InvalidParameterException')) throw error;
    }
  }

  private async value(version: string): Promise<string | undefined> {
    const { SecretString } = await this.call('secretsmanager GetSecretValue', () =>
      this.client.send(new GetSecretValueCommand({ SecretId: this.secret, VersionId: version })),
    );
    return SecretString;
  }

  private async updateVersionStage(change: {
    VersionStage: string;
    MoveToVersionId?: string;
    RemoveFromVersionId?: string;
  }) {
    await this.call('secretsmanager UpdateSecretVersionStage', () =>
      this.client.send(new UpdateSecretVersionStageCommand({ SecretId: this.secret, ...change })),
    );
  }

  private call<T>(name: string, send: () => Promise<T>): Promise<T> {
    return awsCall(name, this.username, send, (code, message) => this.hint(code, message));
  }

  private hint(code: string, message: string): string | undefined {
    if (isKmsAnswer(code, message)) {
      return 'the KMS key has to be enabled, and to allow the function kms:Decrypt and kms:GenerateDataKey';
    }
    const hints: Record<string, string | undefined> = {
      ResourceNotFoundException: `the secret does not exist: restore it with "${this.restore}" if it is scheduled for deletion`,
      InvalidRequestException: `if the secret is scheduled for deletion, restore it with "${this.restore}"`,
      // The policy permits ARNs, and Secrets Manager cannot resolve the name of a deleted secret to one.
      AccessDeniedException: 'AWS also returns this error if there is no secret of that name',
    };
    return hints[code];
  }

  private get restore(): string {
    return restoreSecretCommand({ secret: this.secret, region: this.region });
  }
}

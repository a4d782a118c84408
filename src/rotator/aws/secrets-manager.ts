/** Secrets Manager: the value that people read, and the labels that we keep the record in. One call per method. */
import { awsCall, AwsCallFailed } from './call';
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
import { Ledger, VersionLabel, readLedger } from '../domain/ledger';

export interface LedgerStore {
  read(): Promise<Ledger>;
  /** Write a new version, and return its ID. The same token with another value fails: this is the lock. */
  put(token: string, value: object, labels: string[]): Promise<string>;
  /** What is really in there, as whoever reads the secret will get it. */
  credential(version: string, keyId: string, createdAt: Date): Promise<Credential>;
  /** Move AWSCURRENT, if it still is where it was seen. */
  publish(version: string, expectedCurrent: string): Promise<void>;
  /** Set a label, or move it where it was seen somewhere else. */
  addLabel(label: string, version: string, from?: VersionLabel): Promise<void>;
  /** Take a label away, if it is still there. */
  removeLabel(addLabel: VersionLabel): Promise<void>;
}

/** What is stored for a key. */
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
    const { VersionIdsToStages = {}, DeletedDate } = await this.call('secretsmanager DescribeSecret', () =>
      this.client.send(new DescribeSecretCommand({ SecretId: this.secret })),
    );
    if (DeletedDate) {
      throw new Failure(
        `${this.username}: the secret ${this.secret} is scheduled for deletion:`
          + ` restore it with "${this.restore}", or take the user off the rotation`,
        'NotFound',
      );
    }
    return readLedger(VersionIdsToStages);
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

  async credential(version: string, keyId: string, createdAt: Date) {
    const { SecretString } = await this.call('secretsmanager GetSecretValue', () =>
      this.client.send(new GetSecretValueCommand({ SecretId: this.secret, VersionId: version })),
    );
    const where = `${this.username}: version ${version} of the secret ${this.secret}`;
    let value: Record<string, string>;
    try {
      value = JSON.parse(SecretString ?? '');
    } catch {
      // Not the parser's own words: they quote what they read.
      throw new Error(`${where} is not the JSON that was stored`);
    }
    // The field names may have been others when it was written.
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
      // It is not there any more: another run was faster, or our first try took effect and its answer was lost.
      if (!(error instanceof AwsCallFailed && error.code === 'InvalidParameterException')) throw error;
    }
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
    return awsCall(name, this.username, send, (code) => this.hint(code));
  }

  private hint(code: string): string | undefined {
    const hints: Record<string, string | undefined> = {
      ResourceNotFoundException: `the secret does not exist: restore it with "${this.restore}" if it is scheduled for deletion`,
      InvalidRequestException: `if the secret is scheduled for deletion, restore it with "${this.restore}"`,
      // Permissions are for ARNs, and the name of a secret that is gone has none.
      AccessDeniedException: 'AWS says so as well where there is no secret of that name any more',
    };
    return hints[code];
  }

  private get restore(): string {
    return restoreSecretCommand({ secret: this.secret, region: this.region });
  }
}

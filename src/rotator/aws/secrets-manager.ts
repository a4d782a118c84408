/** Secrets Manager: the value of the secret, and the staging labels with the records. Each method is one call. */
import { awsCall, AwsCallFailed, isKmsAnswer } from './call';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from './sdk';
import { restoreSecretCommand } from '../domain/commands';
import { SecretScheduledForDeletion } from '../domain/failure';
import { Ledger, VersionLabel, readLedger } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';

export interface LedgerStore {
  read(): Promise<Ledger>;
  /** Writes a new version and returns its ID. Fails for a token with another value: this is the lock. */
  put(token: string, value: SecretValue, labels: string[]): Promise<string>;
  /** Reads the value of a version. */
  value(version: string): Promise<SecretValue>;
  /** Moves AWSCURRENT. Fails if it is not on the expected version: a compare-and-swap. */
  publish(version: string, expectedCurrent: string): Promise<void>;
  /** Adds a label, or moves it from another version. */
  addLabel(label: string, version: string, from?: VersionLabel): Promise<void>;
  /** Removes a label if it is on the version. */
  removeLabel(label: VersionLabel): Promise<void>;
}

export class SecretsManagerLedger implements LedgerStore {
  constructor(
    private readonly username: string,
    private readonly secret: string,
    private readonly client: SecretsManagerClient,
    private readonly region: string,
  ) {}

  async read() {
    const {
      VersionIdsToStages = {},
      DeletedDate,
      KmsKeyId,
      RotationEnabled,
      OwningService,
      PrimaryRegion,
    } = await this.call('secretsmanager DescribeSecret', () =>
      this.client.send(new DescribeSecretCommand({ SecretId: this.secret })),
    );
    if (DeletedDate) {
      throw new SecretScheduledForDeletion(
        `${this.username}: the secret ${this.secret} is scheduled for deletion:`
          + ` restore it with "${this.restore}", or remove the user from the rotation`,
      );
    }
    return {
      ...readLedger(VersionIdsToStages),
      kmsKey: KmsKeyId,
      otherWriter: this.otherWriter(RotationEnabled, OwningService, PrimaryRegion),
    };
  }

  async put(token: string, value: SecretValue, labels: string[]) {
    const { VersionId } = await this.call('secretsmanager PutSecretValue', () =>
      this.client.send(
        new PutSecretValueCommand({
          SecretId: this.secret,
          ClientRequestToken: token,
          SecretString: value.reveal(),
          VersionStages: labels,
        }),
      ),
    );
    return VersionId!;
  }

  async value(version: string) {
    const { SecretString } = await this.call('secretsmanager GetSecretValue', () =>
      this.client.send(new GetSecretValueCommand({ SecretId: this.secret, VersionId: version })),
    );
    return new SecretValue(SecretString);
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

  private otherWriter(isRotated?: boolean, service?: string, primaryRegion?: string): Ledger['otherWriter'] {
    if (isRotated) return 'rotation';
    if (service) return 'service';
    return primaryRegion !== undefined && primaryRegion !== this.region ? 'replication' : undefined;
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

/** Manual changes to the keys and the secret of a user. The history marks them as those of a person. */
import type { ModelAws } from './fake-aws';
import type { KmsFailures } from './secrets-manager';

export class Operator {
  constructor(private readonly aws: ModelAws) {}

  public activate(keyId: string): void {
    this.setStatus(keyId, true);
  }

  public deactivate(keyId: string): void {
    this.setStatus(keyId, false);
  }

  public deleteKey(keyId: string): void {
    if (this.aws.ownIam().delete(keyId, this.aws.now, 0)) this.aws.record('deleted', keyId, 'person');
  }

  /** Uses a key for a request. */
  public use(keyId: string, at = this.aws.now, service = 's3'): void {
    this.aws.ownIam().use(keyId, { at, service, region: 'us-east-1' });
  }

  /** Writes another value into the secret, with a version ID as the console and the CLI make them. @returns that ID */
  public overwrite(value = '{"mine":true}'): string {
    return this.aws.ownSecret().put(this.versionId(), value, [], this.aws.now);
  }

  /**
   * Writes other fields beside the key that the secret holds. What cannot be decrypted cannot be kept.
   *
   * @returns whether the secret holds a key that can be kept
   */
  public editFields(fields: object): boolean {
    const { secret, versions, now } = this.aws;
    const version = secret.holder('AWSCURRENT');
    if (version === undefined || this.aws.currentKey() === undefined || !secret.canDecrypt(version)) return false;
    const value = JSON.parse(versions.get(version)!.value) as object;
    this.aws.ownSecret().put(this.versionId(), JSON.stringify({ ...value, ...fields }), [], now);
    return true;
  }

  /** Moves AWSCURRENT to the version that holds a key. */
  public makeCurrent(keyId: string): void {
    this.aws
      .ownSecret()
      .stage('AWSCURRENT', this.aws.versionOf(keyId), this.aws.secret.holder('AWSCURRENT'), this.aws.now);
    this.aws.record('published', keyId, 'person');
  }

  /** Writes a staging label, by default on the current version. */
  public label(label: string, version = this.aws.secret.holder('AWSCURRENT')): void {
    this.aws.ownSecret().stage(label, version, this.aws.secret.holder(label), this.aws.now);
  }

  /** Deploys another KMS key for the secret. */
  public changeKmsKey(kmsKey: string, reencrypts: boolean): void {
    this.aws.ownSecret().changeKmsKey(kmsKey, reencrypts);
  }

  /** Disables KMS keys, or changes their policies. */
  public failKms(kmsFailures: Partial<KmsFailures>): void {
    this.aws.ownSecret().kmsFailures = { decrypt: [], encrypt: [], ...kmsFailures };
  }

  public deleteSecret(): void {
    this.aws.ownSecret().scheduledForDeletion = true;
  }

  public restoreSecret(): void {
    this.aws.ownSecret().scheduledForDeletion = false;
  }

  /** Another one for each call: at 100 versions, old ones are deleted. */
  private versionId(): string {
    const { now, versions } = this.aws;
    const [size, time] = [`${versions.size}`.padStart(8, '0'), now.getTime().toString(16).padStart(12, '0')];
    return `${size}-0000-4000-8000-${time}`;
  }

  private setStatus(keyId: string, active: boolean): void {
    this.aws.ownIam().setStatus(keyId, active, this.aws.now, 0);
    this.aws.record(active ? 'activated' : 'deactivated', keyId, 'person');
  }
}

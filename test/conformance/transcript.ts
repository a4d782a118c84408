/**
 * The calls and their results as text that is the same in every world: keys are K1, K2… and versions V1, V2… in the
 * order of their creation, times are whole hours since the start.
 */
import { World } from './world';
import { DEFAULT_SETTINGS } from '../../src/contract/settings';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { AccessKeys } from '../../src/rotator/aws/iam';
import { LedgerStore } from '../../src/rotator/aws/secrets-manager';
import { Credential } from '../../src/rotator/domain/credential';
import { Ledger, VersionLabel } from '../../src/rotator/domain/ledger';

const HOUR = 3_600_000;
/** In labels and elsewhere. */
const TIME = /(\d{4})-?(\d\d)-?(\d\dT\d\d):?(\d\d):?(\d\d(\.\d+)?Z)/g;

export class Transcript {
  public readonly lines: string[] = [];
  public readonly accessKeys: AccessKeys;
  public readonly ledger: LedgerStore;
  private readonly names = new Map<string, string>();
  private readonly ids = new Map<string, string>();

  constructor(private readonly world: World) {
    const { accessKeys: keys, ledger } = world;
    this.accessKeys = {
      list: () =>
        this.line(
          'list',
          () => keys.list(),
          (found) => `${found.keys.map((key) => this.key(key)).join(', ')} at ${this.hours(found.now)}`,
        ),
      create: () =>
        this.line(
          'create',
          () => keys.create(),
          ({ keyId }) => this.introduce('K', keyId),
        ),
      activate: (id) => this.line(`activate ${this.named(id)}`, () => keys.activate(id)),
      deactivate: (id) => this.line(`deactivate ${this.named(id)}`, () => keys.deactivate(id)),
      delete: (id) =>
        this.line(
          `delete ${this.named(id)}`,
          () => keys.delete(id),
          (there) => (there ? 'deleted' : 'was not there'),
        ),
      lastUse: (id) =>
        this.line(
          `last use of ${this.named(id)}`,
          () => keys.lastUse(id),
          (use) => (use ? `${use.service} at ${this.hours(use.at)}` : 'never'),
        ),
    };
    this.ledger = {
      read: () =>
        this.line(
          'read',
          () => ledger.read(),
          (found) => this.versions(found),
        ),
      put: (token, value, labels) =>
        this.line(
          `put ${this.named(labels.join(' '))}`,
          () => ledger.put(token, value, labels),
          (id) => this.introduce('V', id),
        ),
      value: (version) =>
        this.line(
          `value of ${this.named(version)}`,
          () => ledger.value(version),
          (read) => {
            const keyId = read.text(DEFAULT_SETTINGS.fields.accessKey);
            return typeof keyId === 'string' ? `holds ${this.named(keyId)}` : 'done';
          },
        ),
      publish: (version, from) =>
        this.line(`publish ${this.named(version)} over ${this.named(from)}`, () => ledger.publish(version, from)),
      addLabel: (label, version, from?: VersionLabel) =>
        this.line(`add ${this.named(`${label} on ${version}${from ? ` from ${from.version}` : ''}`)}`, () =>
          ledger.addLabel(label, version, from),
        ),
      removeLabel: (label) =>
        this.line(`remove ${this.named(`${label.label} on ${label.version}`)}`, () => ledger.removeLabel(label)),
    };
  }

  public async verify(credential: Credential): Promise<void> {
    const works = this.world.verify(credential).catch((error: Error) => {
      throw new Error(`did not work: ${error.message}`);
    });
    await this.line(
      `verify ${this.named(credential.keyId)}`,
      () => works,
      () => 'works',
    );
  }

  /** A line at the position of the start of its call, also among concurrent calls. */
  public async line<T>(what: string, call: () => Promise<T>, show: (result: T) => string = () => 'done'): Promise<T> {
    const index = this.lines.push(what) - 1;
    try {
      const result = await call();
      this.lines[index] = `${what}: ${show(result)}`;
      return result;
    } catch (error) {
      this.lines[index] = `${what}: ${reason(error as Error)}`;
      throw error;
    }
  }

  /** @returns the name of an ID, a new one if it has none */
  public introduce(kind: 'K' | 'V', id: string): string {
    if (!this.names.has(id)) {
      const name = `${kind}${[...this.ids.keys()].filter((other) => other.startsWith(kind)).length + 1}`;
      this.names.set(id, name);
      this.ids.set(name, id);
    }
    return this.names.get(id)!;
  }

  /** The ID of a name. */
  public id(name: string): string {
    const id = this.ids.get(name);
    if (!id) {
      throw new Error(
        `the scenario names ${name}, but only these exist: ${[...this.ids.keys()].join(', ')}:\n${this.lines.join('\n')}`,
      );
    }
    return id;
  }

  /** The text with names for IDs and hours for times. */
  public named(text: string): string {
    const withNames = [...this.names].reduce((result, [id, name]) => result.replaceAll(id, name), text);
    return withNames.replace(TIME, (_, year, month, hour, minute, second) =>
      this.hours(new Date(`${year}-${month}-${hour}:${minute}:${second}`)),
    );
  }

  private hours(time: Date): string {
    return `${Math.round((time.getTime() - this.world.start.getTime()) / HOUR)}h`;
  }

  private key({ keyId, active, createdAt }: { keyId: string; active: boolean; createdAt: Date }): string {
    return `${this.named(keyId)} of ${this.hours(createdAt)} ${active ? 'active' : 'inactive'}`;
  }

  private versions({ versions }: Ledger): string {
    const lines = Object.entries(versions).map(
      ([id, labels]) =>
        `${this.named(id)} ${labels
          .map((label) => this.named(label))
          .sort()
          .join(' ')}`,
    );
    return lines.sort().join(', ') || 'no version';
  }
}

function reason(error: Error): string {
  if (error instanceof AwsCallFailed) return `${error.code}, ${error.rejected ? 'rejected' : 'possibly done'}`;
  return error.message.startsWith('did not work') ? 'does not work' : 'fails';
}

/** The life of a user as a list of events: invocations, manual changes, and runs that fail at a call. */
import { Transcript } from './transcript';
import { World } from './world';
import { Action } from '../../src/contract/events';
import { Outcome } from '../../src/contract/outcome';
import { RUN_MINUTES } from '../../src/contract/settings';
import { Ports } from '../../src/rotator/actions/ports';
import { rotate } from '../../src/rotator/actions/rotate';
import { Credential } from '../../src/rotator/domain/credential';
import { NO_TAG } from '../fake-aws/calls';
import { manualRequest, request } from '../rotator/support';

/** An event in a life. */
export type LifeEvent = (life: Life) => Promise<unknown>;

/** The n-th call of a name: the second "put" stores the key. */
export type Call = readonly [name: string, nth: number];

interface InvokeOptions {
  readonly byHand?: boolean;
  readonly adopting?: boolean;
  /** The process ends after this call has taken effect. */
  readonly endsAfter?: Call;
  readonly snsIsDown?: boolean;
}

export class Life {
  public readonly outcomes: string[] = [];
  private readonly credentials = new Map<string, Credential>();
  private runs = 0;

  constructor(
    public readonly world: World,
    public readonly on: Transcript,
  ) {}

  public async invoke(action: Action, { byHand, adopting, endsAfter, snsIsDown }: InvokeOptions): Promise<void> {
    const { username } = this.world;
    const rotationRequest = {
      ...(byHand ? manualRequest(action) : request(action)),
      retireExistingKeys: adopting ?? false,
      username,
      secret: username,
    };
    const tools = this.tools(!snsIsDown);
    try {
      const { outcome } = await this.on.line(
        `invoke ${action}`,
        () => rotate(rotationRequest, endsAfter ? ending(tools, endsAfter) : tools),
        (result) => this.shown(result),
      );
      this.outcomes.push(outcome);
    } catch {
      this.outcomes.push('fails');
    }
    await this.readState();
  }

  /** A manual change. */
  public async person(what: string, act: () => Promise<unknown>): Promise<void> {
    this.on.lines.push(`a person ${what}`);
    await act();
    await this.readState();
  }

  public async makeKey(): Promise<void> {
    await this.on.line(
      'create key',
      async () => this.remember(await this.world.administrator.makeKey()),
      ({ keyId }) => this.on.introduce('K', keyId),
    );
  }

  public async overwrite(value: string): Promise<void> {
    await this.on.line(
      'overwrite',
      () => this.world.administrator.overwrite(value),
      (version) => this.on.introduce('V', version),
    );
  }

  public async use(key: string): Promise<void> {
    await this.world.use(this.credentials.get(this.on.id(key))!);
  }

  /** Reads the keys and the ledger, as the rotation does first. */
  private async readState(): Promise<void> {
    await this.on.accessKeys.list();
    await this.on.ledger.read();
  }

  private shown({ outcome, accessKeyId, until }: Outcome): string {
    return this.on.named([outcome, accessKeyId, until && `until ${until}`].filter(Boolean).join(' '));
  }

  private tools(snsIsUp: boolean): Ports {
    const { accessKeys, ledger } = this.on;
    return {
      accessKeys: { ...accessKeys, create: async () => this.remember(await accessKeys.create()) },
      ledger,
      verify: (credential) => this.on.verify(credential),
      notifications: {
        send: async ({ attributes: { event, accessKeyId } }) => {
          this.on.lines.push(`${snsIsUp ? 'sent' : 'could not send'} ${event} ${this.on.named(accessKeyId ?? '')}`);
          return snsIsUp;
        },
      },
      ownerTag: NO_TAG,
      clock: { sleep: async () => undefined, remainingTime: () => RUN_MINUTES * 60_000 },
      writeRecord: () => undefined,
      runId: `run ${++this.runs}`,
    };
  }

  private remember(credential: Credential): Credential {
    this.credentials.set(credential.keyId, credential);
    return credential;
  }
}

/** The same ports, for a process that ends after a call. */
function ending(tools: Ports, [name, nth]: Call): Ports {
  let [left, hasEnded] = [nth, false];
  const endingCall =
    <A extends unknown[], T>(own: string, call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (hasEnded) throw new Error('the process has ended');
      const result = await call(...args);
      if (own === name && --left === 0) {
        hasEnded = true;
        throw new Error('the process ends');
      }
      return result;
    };
  const { accessKeys: keys, ledger, notifications, verify } = tools;
  return {
    ...tools,
    accessKeys: {
      list: endingCall('list', keys.list),
      create: endingCall('create', keys.create),
      activate: endingCall('activate', keys.activate),
      deactivate: endingCall('deactivate', keys.deactivate),
      delete: endingCall('delete', keys.delete),
      lastUse: endingCall('lastUse', keys.lastUse),
    },
    ledger: {
      read: endingCall('read', ledger.read),
      put: endingCall('put', ledger.put),
      value: endingCall('value', ledger.value),
      publish: endingCall('publish', ledger.publish),
      addLabel: endingCall('addLabel', ledger.addLabel),
      removeLabel: endingCall('removeLabel', ledger.removeLabel),
    },
    verify: endingCall('verify', verify),
    notifications: { send: (message) => endingCall('send', notifications.send)(message).catch(() => false) },
  };
}

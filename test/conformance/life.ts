/** A user's life as a list of events: what the rules and people ask, what people do, and where a run dies. */
import { Transcript } from './transcript';
import { World } from './world';
import { Action } from '../../src/contract/events';
import { Outcome } from '../../src/contract/outcome';
import { RUN_MINUTES } from '../../src/contract/settings';
import { Ports } from '../../src/rotator/actions/ports';
import { rotate } from '../../src/rotator/actions/rotate';
import { Credential } from '../../src/rotator/aws/credential';
import { NO_TAG } from '../fake-aws/calls';
import { manualRequest, request } from '../rotator/support';

/** Something that happens in a life. */
export type LifeEvent = (life: Life) => Promise<unknown>;

/** A call of the rotator, such as "put", and which of these: the second "put" is that of the key. */
export type Call = readonly [name: string, nth: number];

interface InvokeOptions {
  readonly byHand?: boolean;
  readonly adopting?: boolean;
  /** The process dies when this call has taken effect. */
  readonly diesAfter?: Call;
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

  public async ask(action: Action, { byHand, adopting, diesAfter, snsIsDown }: InvokeOptions): Promise<void> {
    const { username } = this.world;
    const asked = {
      ...(byHand ? manualRequest(action) : request(action)),
      retireExistingKeys: adopting ?? false,
      username,
      secret: username,
    };
    const tools = this.tools(!snsIsDown);
    try {
      const outcome = await this.on.line(
        `asked to ${action}`,
        () => rotate(asked, diesAfter ? failing(tools, diesAfter) : tools),
        (answer) => this.shown(answer),
      );
      this.outcomes.push(outcome.outcome);
    } catch {
      this.outcomes.push('fails');
    }
    await this.look();
  }

  /** A step of a person on the command line. */
  public async person(what: string, act: () => Promise<unknown>): Promise<void> {
    this.on.lines.push(`somebody ${what}`);
    await act();
    await this.look();
  }

  public async makeKey(): Promise<void> {
    await this.on.line(
      'makes',
      async () => this.remember(await this.world.administrator.makeKey()),
      ({ keyId }) => this.on.introduce('K', keyId),
    );
  }

  public async overwrite(value: string): Promise<void> {
    await this.on.line(
      'overwrites',
      () => this.world.administrator.overwrite(value),
      (version) => this.on.introduce('V', version),
    );
  }

  public async use(key: string): Promise<void> {
    await this.world.use(this.credentials.get(this.on.id(key))!);
  }

  /** Both sides as they are now: what the rotation reads first. */
  private async look(): Promise<void> {
    await this.on.accessKeys.list();
    await this.on.ledger.read();
  }

  private shown({ outcome, accessKeyId, until }: Outcome): string {
    return this.on.say([outcome, accessKeyId, until && `until ${until}`].filter(Boolean).join(' '));
  }

  private tools(snsIsUp: boolean): Ports {
    const { accessKeys, ledger } = this.on;
    return {
      accessKeys: { ...accessKeys, create: async () => this.remember(await accessKeys.create()) },
      ledger,
      verify: (credential) => this.on.verify(credential),
      announcements: {
        send: async ({ attributes: { event, accessKeyId } }) => {
          this.on.lines.push(`${snsIsUp ? 'told' : 'could not tell'} ${event} ${this.on.say(accessKeyId ?? '')}`);
          return snsIsUp;
        },
      },
      ownerTag: NO_TAG,
      clock: { sleep: async () => undefined, remainingTime: () => RUN_MINUTES * 60_000 },
      runId: `run ${++this.runs}`,
    };
  }

  private remember(credential: Credential): Credential {
    this.credentials.set(credential.keyId, credential);
    return credential;
  }
}

/** The same tools, for a process that dies. */
function failing(tools: Ports, [name, nth]: Call): Ports {
  let [left, dead] = [nth, false];
  const mortalCall =
    <A extends unknown[], T>(own: string, call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (dead) throw new Error('this process is dead');
      const result = await call(...args);
      if (own === name && --left === 0) {
        dead = true;
        throw new Error('this process died');
      }
      return result;
    };
  const { accessKeys: keys, ledger, announcements, verify } = tools;
  return {
    ...tools,
    accessKeys: {
      list: mortalCall('list', keys.list),
      create: mortalCall('create', keys.create),
      activate: mortalCall('activate', keys.activate),
      deactivate: mortalCall('deactivate', keys.deactivate),
      delete: mortalCall('delete', keys.delete),
      lastUse: mortalCall('lastUse', keys.lastUse),
    },
    ledger: {
      read: mortalCall('read', ledger.read),
      put: mortalCall('put', ledger.put),
      credential: mortalCall('credential', ledger.credential),
      publish: mortalCall('publish', ledger.publish),
      addLabel: mortalCall('mark', ledger.addLabel),
      removeLabel: mortalCall('unmark', ledger.removeLabel),
    },
    verify: mortalCall('verify', verify),
    announcements: { send: (message) => mortalCall('send', announcements.send)(message).catch(() => false) },
  };
}

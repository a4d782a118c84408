/** What the ledger of the rotation assumes of Secrets Manager. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { exactly, Assumption, within } from './assumption';
import { resultOf, Workspace } from './workspace';
import { KINDS, labelOf } from '../../../src/rotator/domain/ledger';

const token = (letter: string) => letter.repeat(32);
const MAX_LABELS = 20;

/** A secret, and the calls of the assumptions about it. */
class Versions {
  public static async of(workspace: Workspace): Promise<Versions> {
    return new Versions(workspace, await workspace.secret());
  }

  private constructor(
    private readonly workspace: Workspace,
    private readonly SecretId: string,
  ) {}

  /** Writes a version. @returns its ID */
  public async put(letter: string, labels: string[], value = letter): Promise<string> {
    const { VersionId } = await this.workspace.secrets.send(
      new PutSecretValueCommand({
        SecretId: this.SecretId,
        ClientRequestToken: token(letter),
        SecretString: value,
        VersionStages: labels,
      }),
    );
    return VersionId!;
  }

  public async move(label: string, to: string | undefined, from?: string): Promise<void> {
    await this.workspace.secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: this.SecretId,
        VersionStage: label,
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      }),
    );
  }

  /** The labels of each version, by the letter of its token. */
  public async labels(): Promise<Record<string, string[]>> {
    const { VersionIdsToStages = {} } = await this.workspace.secrets.send(
      new DescribeSecretCommand({ SecretId: this.SecretId }),
    );
    const entries = Object.entries(VersionIdsToStages).map(([id, labels]) => [id[0], [...labels].sort()] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
  }

  public async value(version: string): Promise<string> {
    const { SecretString } = await this.workspace.secrets.send(
      new GetSecretValueCommand({ SecretId: this.SecretId, VersionId: version }),
    );
    return SecretString!;
  }
}

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const AT = new Date('2026-01-31T03:12:45Z');

export const SECRETS_MANAGER: readonly Assumption[] = [
  {
    id: 'first-version',
    statement: 'The first version of a secret gets AWSCURRENT, whichever labels are requested.',
    source: 'src/rotator/domain/ledger.ts',
    expected: exactly({ a: ['AWSCURRENT', 'akr1.claim.x'] }),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['akr1.claim.x']);
      return versions.labels();
    },
  },
  {
    id: 'labels-move',
    statement: 'A put moves its labels from other versions, and a version without a label is not listed.',
    source: 'src/rotator/domain/ledger.ts',
    expected: exactly({ a: ['AWSCURRENT'], c: ['x', 'y'] }),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      for (const letter of ['a', 'b', 'c']) await versions.put(letter, letter === 'a' ? ['x'] : ['x', 'y']);
      return versions.labels();
    },
  },
  {
    id: 'token-other-value',
    statement: 'A token with another value is refused. This is the lock of a run.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly('ResourceExistsException'),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      return resultOf(versions.put('a', ['y'], 'other'));
    },
  },
  {
    id: 'token-same-value',
    statement: 'A token with the same value changes nothing, not even labels.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly({ a: ['AWSCURRENT', 'x'], b: ['y'] }),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      await versions.put('b', ['y']);
      await versions.put('b', ['x', 'z']);
      return versions.labels();
    },
  },
  {
    id: 'token-of-two',
    statement: 'Of two puts at once with one token and two values, one is accepted.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly(['ResourceExistsException', 'accepted']),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      const both = await Promise.all(['one', 'other'].map((value) => resultOf(versions.put('b', [value], value))));
      return both.sort();
    },
  },
  {
    id: 'token-after-labels',
    statement: 'The token of a version that lost its last label stays in use, and the version can get a label again.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly(['ResourceExistsException', { a: ['AWSCURRENT', 'x'], b: ['z'] }]),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      const version = await versions.put('b', ['y']);
      await versions.move('y', undefined, version);
      const result = await resultOf(versions.put('b', ['y'], 'other'));
      await versions.move('z', version);
      return [result, await versions.labels()];
    },
  },
  {
    id: 'compare-and-swap',
    statement: 'AWSCURRENT does not move from a version that does not have it.',
    source: 'docs/reliability.md#the-invariants',
    expected: exactly(['InvalidParameterException', { a: ['AWSCURRENT', 'x'], b: ['y'], c: ['z'] }]),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      const [b, c] = [await versions.put('b', ['y']), await versions.put('c', ['z'])];
      const result = await resultOf(versions.move('AWSCURRENT', c, b));
      return [result, await versions.labels()];
    },
  },
  {
    id: 'previous-moves-along',
    statement: 'The version that had AWSCURRENT becomes AWSPREVIOUS and keeps its other labels.',
    source: 'src/rotator/domain/ledger.ts',
    expected: exactly({ a: ['AWSPREVIOUS', 'x'], b: ['AWSCURRENT', 'y'] }),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      const a = await versions.put('a', ['x']);
      await versions.move('AWSCURRENT', await versions.put('b', ['y']), a);
      return versions.labels();
    },
  },
  {
    id: 'twenty-labels',
    statement: 'A secret has up to 20 labels, AWSCURRENT included. The 21st is refused.',
    source: 'docs/design.md',
    expected: exactly({ labels: `${MAX_LABELS}`, oneMore: 'LimitExceededException' }),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      const a = await versions.put('a', ['x0']);
      for (let label = 2; label < MAX_LABELS; label++) await versions.move(`x${label}`, a);
      const labels = `${(await versions.labels()).a.length}`;
      return { labels, oneMore: await resultOf(versions.move('one-more', a)) };
    },
  },
  {
    id: 'ledger-labels',
    statement: 'Each kind of record is accepted as a label, also unnotified, and is listed unchanged.',
    source: 'src/rotator/domain/ledger.ts',
    expected: exactly([]),
    observe: async (workspace) => {
      const changed: string[] = [];
      for (const notified of [true, false]) {
        const versions = await Versions.of(workspace);
        const a = await versions.put('a', ['akr1.initialized']);
        for (const kind of KINDS) {
          // One at a time: together, they are as many as a secret can have.
          const label = labelOf(kind, KEY, AT, notified);
          await versions.move(label, a);
          if (!(await versions.labels()).a.includes(label)) changed.push(label);
          await versions.move(label, undefined, a);
        }
      }
      return changed;
    },
  },
  {
    id: 'longest-label',
    statement:
      'A label has up to 256 characters. The longest record, of a rotation whose stack has a name of 128, fits.',
    source: 'src/rotator/domain/ledger.ts',
    expected: exactly('256 characters'),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      const a = await versions.put('a', ['x']);
      const label = labelOf('owner', `eu_isoe_west_1_${'s'.repeat(128)}_0a1b2c3d`, AT).padEnd(256, '.A-z_9');
      await versions.move(label, a);
      const listed = (await versions.labels()).a.find((found) => found === label);
      return `${listed?.length ?? 0} characters`;
    },
  },
  {
    id: 'read-after-put',
    statement: 'A new version can be read within 15 seconds, for which the function repeats the call.',
    source: 'docs/reliability.md#under-which-faults',
    expected: within(15),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      await versions.put('a', ['x']);
      const b = await versions.put('b', ['y']);
      return workspace.secondsUntil(60, async () => (await versions.value(b)) === 'b');
    },
  },
  {
    id: 'describe-after-move',
    statement: 'A label that was moved is listed at once: a run reads the ledger after its claim.',
    source: 'docs/reliability.md#removal',
    expected: exactly('20 of 20 reads'),
    observe: async (workspace) => {
      const versions = await Versions.of(workspace);
      let [at, other] = [await versions.put('a', ['x']), await versions.put('b', ['y'])];
      let seen = 0;
      for (let move = 0; move < 20; move++) {
        await versions.move('x', other, at);
        [at, other] = [other, at];
        if ((await versions.labels())[at[0]].includes('x')) seen += 1;
      }
      return `${seen} of 20 reads`;
    },
  },
  {
    id: 'create-again',
    statement: 'A secret can be created again within 150 seconds of its deletion, for which a first key is repeated.',
    source: 'docs/reliability.md#under-which-faults',
    expected: within(150),
    observe: async (workspace) => {
      const name = workspace.name('secret');
      await workspace.secret(name);
      await workspace.secrets.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
      return workspace.secondsUntil(300, async () => {
        await workspace.secrets.send(new CreateSecretCommand({ Name: name }));
        return true;
      });
    },
  },
];

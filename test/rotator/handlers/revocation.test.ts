/**
 * The rule of "revoke": with all labels, values, policies and states that another principal can leave, the key is
 * deactivated, or the answer and a notification name the command that deactivates it.
 */
import { DAY } from '../../../src/contract/ages';
import { UserSettings } from '../../../src/contract/settings';
import { rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { deactivateCommand } from '../../../src/rotator/domain/commands';
import { Failed } from '../../../src/rotator/domain/failure';
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { handleCheck } from '../../../src/rotator/handlers/check';
import { handleExposure } from '../../../src/rotator/handlers/exposure';
import { Invocation } from '../../../src/rotator/handlers/invocation';
import { ModelAws } from '../../fake-aws/fake-aws';
import { FOREVER } from '../../fake-aws/forged-dates';
import { Iam } from '../../fake-aws/iam';
import { iso } from '../decide';
import { check, deploy, held, settingsOf } from '../existing-secret';
import { exposed } from '../reports';
import { CONTEXT, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

const MINUTE = 60_000;
const [FIRST, SECOND] = ['AKIA0000000000000001', 'AKIA0000000000000002'];
const wait = (aws: ModelAws, ms: number) => (aws.now = new Date(aws.now.getTime() + ms));

let requests = 0;

function invocationOf(aws: ModelAws, settings: Partial<UserSettings>): Invocation {
  const { notifications, clock } = aws.tools();
  return {
    users: new Map([['alice', settings]]),
    portsFor: () => aws.tools(),
    notifications,
    clock,
    context: CONTEXT,
    dryRun: false,
    requestId: `request ${++requests}`,
  };
}

async function revoke(aws: ModelAws, accessKeyId: string, settings: Partial<UserSettings> = {}, requestId?: string) {
  const invocation = invocationOf(aws, settings);
  const event = { action: 'revoke', username: 'alice', accessKeyId };
  const result = await handleCheck(event, { ...invocation, requestId: requestId ?? invocation.requestId });
  if (result instanceof Failed) return { outcome: 'an error', message: (result.error as Error).message };
  return result as { outcome: string; message: string };
}

interface World {
  readonly name: string;
  readonly settings: Partial<UserSettings>;
  readonly make: () => Promise<ModelAws>;
}

const WORLDS: readonly World[] = [
  { name: 'one key', settings: {}, make: () => created([]) },
  { name: 'the switch period', settings: {}, make: () => created([90]) },
  { name: 'the recovery period of a key that was activated again', settings: {}, make: () => activatedAgain() },
  {
    name: 'an existing secret in the switch period',
    settings: settingsOf(false),
    make: async () => {
      const aws = new ModelAws(new Iam(16));
      aws.person.overwrite(held(aws.makeKey()));
      await deploy(aws);
      wait(aws, 90 * DAY);
      await check(aws, 'create');
      wait(aws, DAY);
      return aws;
    },
  },
];

async function created(days: readonly number[]): Promise<ModelAws> {
  const aws = new ModelAws(new Iam(16));
  await rotate(request('create'), aws.tools());
  for (const count of days) {
    wait(aws, count * DAY);
    await rotate(request('create'), aws.tools());
  }
  wait(aws, DAY);
  return aws;
}

async function activatedAgain(): Promise<ModelAws> {
  const aws = await created([90]);
  wait(aws, 14 * DAY);
  await rotate(request('deactivate'), aws.tools());
  wait(aws, DAY);
  aws.person.activate(FIRST);
  return aws;
}

/** By what stops it. */
type Obstacle = (aws: ModelAws) => void;

const fill =
  (count: number): Obstacle =>
  (aws) => {
    for (let index = 0; aws.labels().length < count; index++) aws.person.label(`team-${index}`);
  };
const room = (aws: ModelAws) => aws.labels().length < 20;
const label = (kind: string, subject: (aws: ModelAws) => string, age = 0): Obstacle =>
  stage((aws) => `akr1.${kind}.${subject(aws)}.${iso(new Date(aws.now.getTime() - age))}`);
const run = () => 'deadbeef';
const current = (aws: ModelAws) => aws.currentKey() ?? FIRST;
const old = (aws: ModelAws) => [...aws.keys.keys()][0];

/** On a version of the rotation: those that it did not write are void. */
function stage(name: (aws: ModelAws) => string, holder = 'akr1.initialized'): Obstacle {
  return (aws) => {
    const text = name(aws);
    const version = aws.secret.holder(holder) ?? aws.versionOf(old(aws));
    if (room(aws) && !aws.labels().includes(text)) aws.ownSecret().stage(text, version, undefined, aws.now);
  };
}

const removeLabels =
  (which: (text: string) => boolean): Obstacle =>
  (aws) => {
    for (const text of aws.labels().filter((one) => !one.startsWith('AWS') && which(one))) {
      aws.ownSecret().stage(text, undefined, aws.secret.holder(text), aws.now);
    }
  };

const failing =
  (call: string, error: () => Error): Obstacle =>
  (aws) => {
    const tools = aws.tools.bind(aws);
    const perform = aws.attempt.bind(aws);
    aws.tools = () => {
      aws.attempt = (made, ...more) => {
        if (made.name === call) throw error();
        return perform(made, ...more);
      };
      return tools();
    };
  };
const rejected = (call: string, code: string) => () => new AwsCallFailed(call, 'alice', code, true, 'no');

const OBSTACLES: Readonly<Record<string, Obstacle>> = {
  '17 labels': fill(17),
  '18 labels': fill(18),
  '19 labels': fill(19),
  '20 labels': fill(20),
  'void labels': (aws) => {
    for (let index = 0; room(aws); index++) aws.person.label(`akr1.reminded.X${index}.${FOREVER}`);
  },
  'an unreadable label': stage(() => 'akr9.x'),
  'a removal': label('removed', run),
  'an earlier removal': label('removed', run, DAY),
  'a claim': label('claim', run),
  'a claim of a failed run': label('claim', run, 20 * MINUTE),
  'a claim on the version of the current key': stage((aws) => `akr1.claim.aaaa.${iso(aws.now)}`, 'AWSCURRENT'),
  'a claim on the version of the previous key': stage((aws) => `akr1.claim.bbbb.${iso(aws.now)}`, 'AWSPREVIOUS'),
  'a claim from when the key was created': (aws) =>
    stage((at) => `akr1.claim.cccc.${iso(at.keys.get(old(at))!.createdAt)}`)(aws),
  'a restore': label('restore', run),
  'a restore on the version of the current key': stage((aws) => `akr1.restore.dddd.${iso(aws.now)}`, 'AWSCURRENT'),
  'the old key inactive, by its record': label('inactive', old, 16 * MINUTE),
  'the current key inactive, by its record': label('inactive', current, 16 * MINUTE),
  'another record of the current key': label('key', current, 40 * DAY),
  'the old key leaked, by its record': label('leaked', old, DAY),
  'the current key leaked, by its record': label('leaked', current, DAY),
  'another owner': stage((aws) => `akr1.owner.other.${iso(aws.now)}`),
  'no labels': removeLabels(() => true),
  'no record of a key': removeLabels((text) => text.includes('.key.')),
  'no record of an owner': removeLabels((text) => text.includes('.owner.')),
  'other fields': (aws) => void aws.person.editFields({ host: 'edited' }),
  'another value': (aws) => void aws.person.overwrite(),
  'AWSCURRENT on the old key': (aws) => aws.currentKey() !== old(aws) && aws.person.makeCurrent(old(aws)),
  'a hundred versions': (aws) => {
    for (let index = 0; aws.versions.size < 100 && aws.person.editFields({ index }); index++);
  },
  'no decryption': (aws) => aws.person.failKms({ decrypt: ['K1'] }),
  'no encryption': (aws) => aws.person.failKms({ encrypt: ['K1'] }),
  'a secret that is scheduled for deletion': (aws) => aws.person.deleteSecret(),
  'a secret that does not exist': (aws) => void (aws.ownSecret().isGone = true),
  ...Object.fromEntries(
    [
      'ListAccessKeys',
      'DescribeSecret',
      'GetSecretValue',
      'PutSecretValue',
      'UpdateSecretVersionStage',
      'UpdateAccessKey',
      'CreateAccessKey',
      'DeleteAccessKey',
      'GetCallerIdentity',
    ].flatMap((call) => [
      [`${call} is denied`, failing(call, rejected(call, 'AccessDenied'))],
      [`${call} is throttled`, failing(call, rejected(call, 'ThrottlingException'))],
    ]),
  ),
};

/** What the first obstacle makes impossible, the principal cannot do either. */
function leave(aws: ModelAws, name: string): void {
  try {
    OBSTACLES[name](aws);
  } catch (error) {
    if (!(error instanceof AwsCallFailed)) throw error;
  }
}

/** @returns what breaks the rule */
async function broken(
  from: ModelAws,
  settings: World['settings'],
  named: 'current' | 'other',
  obstacles: readonly string[],
): Promise<string | undefined> {
  const aws = from.clone();
  const currentKey = aws.currentKey()!;
  const leaked = named === 'current' ? currentKey : [...aws.keys.keys()].find((keyId) => keyId !== currentKey);
  if (leaked === undefined) return undefined;
  for (const name of obstacles) leave(aws, name);
  const before = aws.sent.length;
  const { outcome, message } = await revoke(aws, leaked, settings);
  if (aws.keys.get(leaked)?.active !== true) return undefined;
  const command = deactivateCommand({ username: 'alice', region: CONTEXT.region }, leaked);
  const isNotified = aws.sent.slice(before).some(({ text, details }) => text.includes(command) && details.remedy);
  if (message.includes(command) && isNotified) return undefined;
  return `${obstacles.join(' and ')}: "revoke" of the ${named} key is ${outcome}, ${isNotified ? '' : 'not '}notified: ${message}`;
}

describe.each(WORLDS)('$name', ({ settings, make }) => {
  test.each(['current', 'other'] as const)(
    '"revoke" of the %s key deactivates it, or names the command: with each obstacle, and with each two of them',
    async (named) => {
      const names = Object.keys(OBSTACLES);
      const found: string[] = [];
      const from = await make();
      for (const [index, one] of names.entries()) {
        const others = names.slice(index + 1).filter((two) => !two.endsWith('throttled'));
        for (const obstacles of [[one], ...others.map((two) => [one, two])]) {
          const what = await broken(from, settings, named, obstacles);
          if (what) found.push(what);
        }
      }
      expect(found.slice(0, 30)).toEqual([]);
    },
  );
});

test.each(['20 labels', '19 labels'])(
  '%s and other fields: the previous key is deactivated at once',
  async (labels) => {
    const aws = await created([90]);
    OBSTACLES['other fields'](aws);
    OBSTACLES[labels](aws);
    expect(await revoke(aws, FIRST)).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(/^the leaked key AKIA\d+1 is inactive; the secret alice has \d+ staging labels/),
    });
    expect(aws.keys.get(FIRST)?.active).toBe(false);
    expect(await revoke(aws, SECOND)).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(/^the leaked key AKIA\d+2 is still the current one; the secret alice has \d+ /),
    });
    expect(aws.keys.get(SECOND)?.active).toBe(true);
  },
);

test('20 labels and other fields: a check ends as without the edit', async () => {
  const aws = await created([90]);
  OBSTACLES['other fields'](aws);
  OBSTACLES['20 labels'](aws);
  expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
});

test('a forged `restore`, renewed for days, delays neither "revoke" of the previous key nor its answer', async () => {
  const aws = await created([90]);
  OBSTACLES['a restore'](aws);
  expect(await revoke(aws, FIRST)).toMatchObject({ outcome: 'deactivated' });
});

test('of two leaked keys, "revoke" ends with the one that it names', async () => {
  const aws = await created([90]);
  OBSTACLES['the old key leaked, by its record'](aws);
  expect(await revoke(aws, SECOND)).toMatchObject({ outcome: 'created' });
  expect([...aws.keys.values()].filter(({ active }) => active).map(({ keyId }) => keyId)).toEqual([aws.currentKey()]);
});

describe('a lock', () => {
  test('is reported once for an event that Lambda repeats, and for each event of a person', async () => {
    const aws = await created([]);
    OBSTACLES['a claim'](aws);
    const before = aws.sent.length;
    for (const id of ['a', 'a', 'b']) {
      expect(await revoke(aws, FIRST, {}, id)).toMatchObject({ outcome: 'locked', until: expect.any(String) });
    }
    expect(aws.sent.slice(before).map(({ attributes }) => attributes)).toEqual(
      [1, 2].map(() => ({ username: 'alice', event: 'blocked', accessKeyId: FIRST })),
    );
    wait(aws, CLAIM_LIFETIME + MINUTE);
    expect(await revoke(aws, FIRST)).toMatchObject({ outcome: 'created' });
  });

  test('of the current key, which is inactive: the notification has the command that it mentions', async () => {
    const aws = await created([]);
    aws.person.deactivate(FIRST);
    OBSTACLES['a claim'](aws);
    expect(await revoke(aws, FIRST)).toMatchObject({ outcome: 'locked' });
    const { text } = aws.sent.at(-1)!;
    expect(text).toContain('with the command above');
    expect(text).toContain(deactivateCommand({ username: 'alice', region: CONTEXT.region }, FIRST));
  });

  test('does not matter to a key that was revoked before', async () => {
    const aws = await created([90]);
    await revoke(aws, FIRST);
    OBSTACLES['a claim'](aws);
    const before = aws.sent.length;
    expect(await revoke(aws, FIRST)).toMatchObject({ outcome: 'not-due' });
    expect(aws.sent).toHaveLength(before);
  });
});

test('a report of AWS about a key whose secret cannot be read: the error and a notification name the command', async () => {
  const aws = await created([]);
  aws.person.deleteSecret();
  const before = aws.sent.length;
  const result = await handleExposure(exposed(FIRST) as never, {
    ...invocationOf(aws, {}),
    response: 'REVOKE',
    ownerOf: async () => 'alice',
  });
  const command = deactivateCommand({ username: 'alice', region: CONTEXT.region }, FIRST);
  expect((result as Failed).error).toMatchObject({ message: expect.stringContaining(command), cause: 'NotFound' });
  expect(aws.sent.slice(before)).toMatchObject([
    { attributes: { event: 'blocked' }, text: expect.stringContaining(command) },
  ]);
});

test('a dry run names no command, and notifies nobody', async () => {
  const aws = await created([]);
  const before = aws.sent.length;
  const event = { action: 'revoke', username: 'alice', accessKeyId: FIRST, dryRun: true };
  expect(await handleCheck(event, invocationOf(aws, {}))).toMatchObject({ outcome: 'dry-run' });
  aws.person.deleteSecret();
  const failed = (await handleCheck(event, invocationOf(aws, {}))) as Failed;
  expect((failed.error as Error).message).not.toContain('update-access-key');
  expect(aws.sent).toHaveLength(before);
});

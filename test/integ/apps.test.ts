/**
 * The hand-over of `npm run integ:deploy` to integ-runner: by the program itself, on the local AWS, with a stand-in for
 * integ-runner; and what integ-runner itself makes of the arguments, without a deploy.
 */
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AttachUserPolicyCommand, CreateUserCommand, DetachUserPolicyCommand } from '@aws-sdk/client-iam';
import { integRunner, linksToApps } from './assumptions/apps';
import { runInGroup } from './assumptions/process-group';
import { contentsOf, startProgram } from './support';
import { ACCOUNT, LocalAws } from '../end-to-end/support';

const STAND_IN = `${join(__dirname, 'stand-in')}${delimiter}${process.env.PATH}`;
/** A user that no stack has. */
const USER = 'akr-integ-other';

let aws: LocalAws;
let before: string[];
beforeAll(async () => {
  aws = await LocalAws.start();
  before = await contentsOf(aws);
});
afterAll(() => aws.emulator.stop());

/** Runs the program, with a stand-in that ends or waits at a point. */
async function run(
  point: string,
  {
    args = [] as string[],
    env = {},
    atPoint = async () => undefined as unknown,
    signals = ['SIGINT'] as NodeJS.Signals[],
  } = {},
) {
  const child = startProgram(aws, ['--account', ACCOUNT, '--only', 'apps', ...args], {
    PATH: STAND_IN,
    STAND_IN: point,
    ...env,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (data) => (stdout += data));
  createInterface(child.stderr!).on('line', (line) => {
    stderr += `${line}\n`;
    if (line === `waiting: ${point}`) void atPoint().then(() => signals.forEach((signal) => child.kill(signal)));
  });
  // The output ends with the last process that has it open: not before the children of the stand-in have ended.
  const [code] = await once(child, 'close');
  const given = /^stand-in (\{.*\})$/m.exec(stderr)?.[1];
  return { code, stdout, stderr, given: given && JSON.parse(given) };
}

describe('integ-runner is killed and all is removed, when a signal arrives', () => {
  test.each<[string, NodeJS.Signals[]]>([
    ['before the first stack', ['SIGINT']],
    ['during the deploy', ['SIGINT']],
    ['during the checks', ['SIGHUP']],
    ['during its own removal', ['SIGTERM', 'SIGINT', 'SIGINT']],
  ])('%s: %p', async (point, signals) => {
    const { code, stdout } = await run(point, { signals });

    expect({ code, stdout }).toEqual({ code: 130, stdout: expect.stringContaining('the run was interrupted') });
    expect(stdout).toContain('0 as assumed, 0 differ, 0 failed, 1 not tried; 0 left in the account.');
    expect(await contentsOf(aws)).toEqual(before);
  });
});

test('a failure of integ-runner fails the whole, and all is removed', async () => {
  const { code, stdout, stderr } = await run('failure');

  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^DIFFERS {5}apps /) });
  expect(stdout).toContain('observed  integ-runner ended with code 1. Its output says why');
  expect(stderr).toContain('stand-in: the checks fail');
  expect(await contentsOf(aws)).toEqual(before);
});

test('without an integ-runner, the message says what to do', async () => {
  const { code, stdout } = await run('nowhere', { env: { PATH: join(__dirname, 'no-such-directory') } });

  expect(code).toBe(1);
  expect(stdout).toContain('integ-runner could not be started: spawn integ-runner ENOENT. Run `npm ci`');
});

test('after a success, what CloudFormation leaves is removed too', async () => {
  const { code, stdout, given } = await run('nowhere', { args: ['--json'] });

  expect(code).toBe(0);
  expect(given.args).not.toContain('--profiles');
  expect(JSON.parse(stdout).results).toMatchObject([{ id: 'apps', verdict: 'as-assumed', left: [] }]);
  expect(await contentsOf(aws)).toEqual(before);
});

test('what cannot be removed is printed, after a signal too, and the rest is removed', async () => {
  const PolicyArn = 'arn:aws:iam::aws:policy/SecurityAudit';
  const undeletable = async () => {
    await aws.iam.send(new CreateUserCommand({ UserName: USER }));
    await aws.iam.send(new AttachUserPolicyCommand({ UserName: USER, PolicyArn }));
  };

  const { code, stdout } = await run('during the checks', { atPoint: undeletable });

  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^  LEFT      users akr-integ-\\*: Error: ${USER}: DeleteConflict`, 'm'));
  expect(new Set(await contentsOf(aws))).toEqual(new Set([...before, `user ${USER}`]));

  // A later run removes what an earlier one left.
  await aws.iam.send(new DetachUserPolicyCommand({ UserName: USER, PolicyArn }));
  expect(await run('before the first stack')).toMatchObject({ code: 130 });
  expect(await contentsOf(aws)).toEqual(before);
});

test('integ-runner gets the account, the Region and the profile', async () => {
  const config = join(mkdtempSync(join(tmpdir(), 'aws-')), 'config');
  const { accessKeyId, secretAccessKey } = aws.emulator.clientConfig.credentials;
  writeFileSync(
    config,
    `[profile sandbox]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );

  const { given } = await run('nowhere', {
    env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: 'sandbox', AWS_CONFIG_FILE: config },
  });

  expect(given.args).toEqual([
    ...['--directory', expect.stringContaining('akr-integ-')],
    ...['--language', 'typescript'],
    ...['--app', expect.stringMatching(/^ts-node --transpile-only --project \S+tsconfig\.dev\.json \{filePath\}$/)],
    '--force',
    '--no-update-workflow',
    ...['--parallel-regions', 'us-east-1'],
    ...['--profiles', 'sandbox'],
  ]);
  expect(given.env).toMatchObject({ AWS_REGION: 'us-east-1', AKR_INTEG_ACCOUNT: ACCOUNT, AWS_PROFILE: 'sandbox' });
});

test('integ-runner runs both apps with these arguments, for this account only, and the snapshots stay as they are', async () => {
  const directory = linksToApps();
  const snapshots = snapshotFiles();
  const { command, args, env } = integRunner(directory, 'eu-central-1', ACCOUNT);
  const PATH = [join(__dirname, '..', '..', 'node_modules', '.bin'), process.env.PATH].join(delimiter);

  // Among the output of Jest, its line "Tests: 2 failed" of snapshots that are new would be one of Jest.
  const output = openSync(join(directory, 'output.txt'), 'w');
  const end = await runInGroup(
    { command, args: [...args, '--dry-run'], env: { ...env, PATH }, output },
    new AbortController().signal,
  );
  closeSync(output);

  expect(end).toBe('integ-runner succeeded');
  expect(snapshotFiles()).toEqual(snapshots);
  const written = readdirSync(directory).filter((name) => name.endsWith('.snapshot'));
  expect(written).toEqual(['integ.rules.ts.snapshot', 'integ.user-stacks.ts.snapshot']);
  for (const snapshot of written) {
    const { artifacts } = JSON.parse(readFileSync(join(directory, snapshot, 'manifest.json'), 'utf8'));
    const stacks = Object.entries<{ type: string; environment: string }>(artifacts).filter(
      ([, { type }]) => type === 'aws:cloudformation:stack',
    );
    expect(stacks).toHaveLength(2);
    for (const [name, { environment }] of stacks) {
      expect(name).toMatch(/^AkrInteg/);
      expect(environment).toBe(`aws://${ACCOUNT}/unknown-region`);
    }
  }
  rmSync(directory, { recursive: true });
});

/** The snapshots of the repository: each file, with its content and the time of its last change. */
function snapshotFiles(): unknown[] {
  return readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.snapshot/'))
    .map((name) => join(__dirname, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, statSync(path).mtimeMs, readFileSync(path, 'utf8')]);
}

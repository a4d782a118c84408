/**
 * A year of a rotation on the local AWS, with a late rotation, an intervention and a revoked key. The report for
 * auditors is compared, line by line, with what the local AWS recorded.
 */
import { execFile } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { ListUserTagsCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { CfnOutput } from 'aws-cdk-lib';
import { LocalAws } from './support';
import { METRICS } from '../../src/contract/metrics';
import { OWNER_TAG } from '../../src/contract/settings';
import { cliEnvironment, shell } from '../local-aws/command-line';
import { emulatorPython } from '../local-aws/virtual-environment';

const PROGRAM = join(__dirname, '../../clients/access-key-audit');
const USERS = ['alice', 'bob', 'carol'];
/** The clock of the local AWS is ahead. */
const YEAR = ['--from', '2026-01-01', '--to', '2026-12-31', '--now', '2027-01-01T12:00:00Z'];

interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly directory: string;
}

let aws: LocalAws;
let keys: Record<string, string>;
let changed: string[];

/** Runs the program with the AWS CLI of the tests. */
async function audit(...sources: string[]): Promise<Answer> {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  const { endpoint, region, credentials } = aws.emulator.clientConfig;
  const run = promisify(execFile)(await emulatorPython(), ['-B', PROGRAM, ...YEAR, '--output', directory, ...sources], {
    env: {
      ...(await cliEnvironment()),
      HOME: mkdtempSync(join(tmpdir(), 'home-')),
      AWS_ENDPOINT_URL: endpoint,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
  return run.then(
    ({ stdout }) => ({ status: 0, stdout, directory }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => {
      if (stderr) throw new Error(stderr);
      return { status: code, stdout, directory };
    },
  );
}

/** The account and the rotation are in a test of their own. */
const withoutRotation = (line: string) => line.replace(/,[^,]*,[^,]*$/, '');

/** The seconds of a run depend on the machine. */
const withoutSeconds = (line: string) => line.replace(/^(....-..-..T..:..):..Z/, '$1Z');

/** The table of docs/audit.md. */
const TABLE = [
  ...readFileSync(join(__dirname, '../../docs/audit.md'), 'utf8')
    .split('## The records')[1]
    .matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm),
];
const METRIC_NAMES: readonly string[] = Object.values(METRICS);

function documentedFor(field: string, name: string): boolean {
  const isMetric = METRIC_NAMES.includes(field);
  const [, , records] = TABLE.find(([, fields]) => fields.includes(isMetric ? '`Action`' : `\`${field}\``)) ?? [];
  return records !== undefined && (/^all|^the same/.test(records) || records.includes(`\`${name}\``));
}

const advanceTo = (day: string) => aws.emulator.advanceTo(new Date(`${day}T12:00:00Z`));

/** The rule that starts the checks of a user for one action. */
async function ruleOf(action: string, username: string): Promise<string> {
  const events = new EventBridgeClient(aws.emulator.clientConfig);
  for (const { Name } of (await events.send(new ListRulesCommand({}))).Rules!) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    const inputs = Targets.map(({ Input = '{}' }) => JSON.parse(Input));
    if (inputs.some((input) => input.action === action && input.username === username)) return Name!;
  }
  throw new Error(`no rule for ${action} of ${username}`);
}

/** A cell of the program, and a key by its name in this test. */
function lines(directory: string, file: string): string[] {
  const content = readFileSync(join(directory, file), 'utf8').trimEnd();
  return Object.entries(keys)
    .reduce((text, [id, name]) => text.replaceAll(id, name), content)
    .split('\r\n');
}

beforeAll(async () => {
  aws = await LocalAws.start();
  await aws.deploy(
    () => ({ users: USERS.map((userName) => ({ userName })) }),
    (stack, rotation) => new CfnOutput(stack, 'LogGroup', { value: rotation.logGroup.logGroupName }),
  );
  const events = new EventBridgeClient(aws.emulator.clientConfig);
  const Name = await ruleOf('create', 'alice');
  await advanceTo('2026-03-30');
  await events.send(new DisableRuleCommand({ Name }));
  await advanceTo('2026-04-07');
  await events.send(new EnableRuleCommand({ Name }));

  await advanceTo('2026-04-10');
  const [bobs] = Object.keys(await aws.keys('bob'));
  await aws.iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: bobs, Status: 'Inactive' }));

  await advanceTo('2026-07-25');
  const { AccessKey } = await aws.secretValue('carol');
  await aws.invoke({ action: 'revoke', username: 'carol', accessKeyId: AccessKey });
  await advanceTo('2027-01-01');

  const journal = (await aws.emulator.journal()).filter(({ byFunction }) => byFunction);
  const counts: Record<string, number> = {};
  keys = {};
  changed = [];
  for (const { time, action, parameters, created } of journal) {
    const user = parameters.UserName as string;
    if (created) keys[created.AccessKeyId] = `${user}-${(counts[user] = (counts[user] ?? 0) + 1)}`;
    const change = {
      CreateAccessKey: 'created',
      DeleteAccessKey: 'deleted',
      UpdateAccessKey: parameters.Status === 'Inactive' ? 'deactivated' : 'activated',
    }[action];
    const keyId = (created?.AccessKeyId ?? parameters.AccessKeyId) as string;
    if (change) changed.push(`${time.slice(0, 16)} ${user} ${keys[keyId]} ${change}`);
  }
});
afterAll(() => aws.emulator.stop());

test('changes.csv has each change of a key that the local AWS recorded, in order, and no other one', async () => {
  const { directory } = await audit('--log-group', aws.outputs.LogGroup);
  const [, ...rows] = lines(directory, 'changes.csv');
  const shown = rows.map((row) => {
    const [time, user, key, change] = row.split(',');
    return `${time.slice(0, 16)} ${user} ${key} ${change}`;
  });
  expect(shown.map((line) => line.slice(0, 16))).toEqual(changed.map((line) => line.slice(0, 16)).sort());
  // The first keys are created at the same time, in any order.
  expect([...shown].sort()).toEqual([...changed].sort());
});

test('the late rotation, the intervention and the leaked key are the deviations, and nothing else is', async () => {
  const { directory, status } = await audit('--log-group', aws.outputs.LogGroup);
  expect(status).toBe(1);
  expect(lines(directory, 'deviations.csv').map(withoutRotation).map(withoutSeconds)).toEqual(
    [
      'time,user,key,kind,what,why',
      '2026-04-07T12:00:00Z,alice,alice-2,late,created 6 days after 2026-04-01,"no check for ""create"" that found it due is on record from 2026-04-01 to 2026-04-07"',
      '2026-04-10T13:12:01Z,bob,bob-1,intervention,key-deactivated: bob-1 was found inactive,',
      '2026-07-25T12:00:10Z,carol,carol-2,leaked,"deleted, because a key leaked",invoked by: person',
      '2026-07-25T12:00:10Z,carol,carol-4,leaked,"created, because a key leaked",invoked by: person',
      '2026-07-25T12:00:10Z,carol,carol-3,leaked,"deactivated, because a key leaked",invoked by: person',
      '2026-07-25T12:00:10Z,carol,carol-4,requested,"command revoke: new key carol-4 is current, the leaked key carol-3 is inactive, carol-2 is deleted",',
    ].map(withoutSeconds),
  );
});

test('each row has the account, and the rotation as in the tag of its users', async () => {
  const { directory, stdout } = await audit('--log-group', aws.outputs.LogGroup);
  const { Tags = [] } = await aws.iam.send(new ListUserTagsCommand({ UserName: 'alice' }));
  const rotation = Tags.find(({ Key }) => Key === OWNER_TAG)!.Value!;
  for (const file of ['changes.csv', 'deviations.csv']) {
    const [header, ...rows] = lines(directory, file);
    expect(header).toMatch(/,account,rotation$/);
    expect(new Set(rows.map((row) => row.split(',').slice(-2).join()))).toEqual(new Set([`111122223333,${rotation}`]));
  }
  expect(stdout).toContain(`Rotation ${rotation} of account 111122223333\n`);
});

test('each change is on its announced day, except for the late one, and has its notification', async () => {
  const { directory } = await audit('--log-group', aws.outputs.LogGroup);
  const rows = lines(directory, 'changes.csv')
    .slice(1)
    .map((row) => row.split(','));
  const scheduled = rows.filter(([, , , , reason]) => reason === 'schedule');
  for (const [time, , key, , , , , , , announced, late, notified] of scheduled) {
    if (key !== 'alice-2' || late === '0') expect(time.slice(0, 16)).toBe(announced.slice(0, 16));
    expect(notified.slice(0, 16)).toBe(time.slice(0, 16));
  }
  expect(scheduled.filter(([, , , , , , , , , , late]) => late !== '0')).toHaveLength(1);
});

test('each field of each record is in the documentation, with the record that has it', async () => {
  const logged = (await aws.emulator.logs()).filter(({ group }) => group === aws.outputs.LogGroup);
  const records = logged.flatMap(({ message }) => (message.startsWith('{') ? [JSON.parse(message)] : []));
  expect(new Set(records.map(({ record }) => record))).toEqual(
    new Set(['change', 'intervention', 'notification', 'outcome', 'deploy']),
  );
  const undocumented = records.flatMap(({ record, ...fields }) =>
    Object.keys(fields)
      .filter((field) => !documentedFor(field, record))
      .map((field) => `${field} of ${record}`),
  );
  expect([...new Set(undocumented)]).toEqual([]);
});

test('files of the log and the log group have the same report', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'log.txt');
  const damaged = [
    `{"level":"INFO","schema":1,"at":"2026-12-31T13:0`,
    'me":"alice","record":"change"}',
    '{"schema":2}',
  ];
  const events = damaged.map((message) => ({ timestamp: Date.parse('2026-12-31T13:00:00Z'), message }));
  writeFileSync(`${file}-damaged`, JSON.stringify(events));
  const stream = `--log-group-name ${aws.outputs.LogGroup} --log-stream-name damaged`;
  await shell(`aws logs create-log-stream ${stream}`, aws.emulator.clientConfig);
  await shell(`aws logs put-log-events ${stream} --log-events file://${file}-damaged`, aws.emulator.clientConfig);
  // MiniStack returns the first 10,000 events, and no token for more.
  const halves = ['2026-01-01', '2026-07-01', '2027-01-02'].map((at) => Date.parse(at));
  const files = await Promise.all(
    halves.slice(1).map(async (end, half) => {
      const period = `--start-time ${halves[half]} --end-time ${end - 1}`;
      const read = `aws logs filter-log-events --log-group-name ${aws.outputs.LogGroup} ${period}`;
      await shell(`${read} > ${file}-${half}`, aws.emulator.clientConfig);
      return `${file}-${half}`;
    }),
  );
  const [byGroup, byFile] = [await audit('--log-group', aws.outputs.LogGroup), await audit(...files)];
  expect(lines(byFile.directory, 'changes.csv')).toEqual(lines(byGroup.directory, 'changes.csv'));
  // Only the place of a damaged line differs.
  const deviations = ({ directory }: Answer) =>
    lines(directory, 'deviations.csv').map((row) => row.replace(/(,unreadable,"?).*?: /, '$1'));
  expect(deviations(byFile).sort()).toEqual(deviations(byGroup).sort());
  expect(deviations(byGroup).filter((row) => row.includes(',unreadable,'))).toEqual([
    expect.stringContaining('2 lines: damaged or cut off'),
    expect.stringContaining('schema 2, and this program reads 1'),
  ]);
  const pictures = readdirSync(byGroup.directory).filter((name) => name.endsWith('.svg'));
  expect(pictures).toHaveLength(USERS.length);
  for (const name of pictures) {
    expect(readFileSync(join(byFile.directory, name), 'utf8')).toBe(
      readFileSync(join(byGroup.directory, name), 'utf8'),
    );
  }
});

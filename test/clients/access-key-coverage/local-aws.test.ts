/** access-key-coverage with the AWS CLI, on the local AWS, as a role that has the policy of docs/coverage.md alone. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteUserCommand,
  GetCredentialReportCommand,
  PutRolePolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import * as iam from 'aws-cdk-lib/aws-iam';
import { PROGRAM, PYTHON, Survey } from './audited-account';
import { ACCOUNT, LocalAws } from '../../end-to-end/support';
import { cliEnvironment } from '../../local-aws/command-line';
import { pageOf } from '../../package/pages/markdown';
import { read } from '../../package/pages/repository';

const AUDITOR = 'auditor';
const ROTATED = ['adopted', 'created'];
const HOUR = 3_600_000;

let aws: LocalAws;
let home: string;
beforeAll(async () => {
  aws = await LocalAws.start();
  home = mkdtempSync(join(tmpdir(), 'auditor-'));
});
afterAll(async () => {
  await aws?.emulator.stop();
  rmSync(home, { recursive: true, force: true });
});

async function createAuditor(): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  await aws.iam.send(new CreateRoleCommand({ RoleName: AUDITOR, AssumeRolePolicyDocument: document(trust) }));
  const [{ text }] = pageOf(read('docs/coverage.md')).fences.filter(({ info }) => info === 'json');
  const PolicyDocument = JSON.stringify(JSON.parse(text));
  await aws.iam.send(new PutRolePolicyCommand({ RoleName: AUDITOR, PolicyName: 'coverage', PolicyDocument }));
}

async function survey(...args: string[]): Promise<Survey & { code: number }> {
  const { AccessKey, SecretKey, SessionToken } = await aws.roleSession(AUDITOR);
  const { endpoint, region } = aws.emulator.clientConfig;
  const env = {
    ...(await cliEnvironment()),
    HOME: home,
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: AccessKey,
    AWS_SECRET_ACCESS_KEY: SecretKey,
    AWS_SESSION_TOKEN: SessionToken,
  };
  const now = (await aws.emulator.now()).toISOString();
  const all = [PROGRAM, '--format', 'json', '--now', now, '--poll-seconds', '0', ...args];
  return new Promise((resolve, reject) => {
    execFile(PYTHON, all, { env, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!stdout) reject(new Error(`the program ended with ${error?.code}: ${stderr}`));
      else resolve({ ...JSON.parse(stdout), code: error ? Number(error.code) : 0 });
    });
  });
}

const found = ({ findings }: Survey) => findings.map(({ finding, user, accessKeyId }) => [finding, user, accessKeyId]);

/** Each of these signs a call. */
async function use(...keys: { AccessKeyId?: string; SecretAccessKey?: string }[]): Promise<void> {
  for (const { AccessKeyId, SecretAccessKey } of keys) {
    await aws.callerIdentity({ AccessKey: AccessKeyId!, SecretKey: SecretAccessKey! });
  }
}

test('finds exactly the planted keys', async () => {
  await createAuditor();
  const [unused] = await aws.makeUserWithKeys('planted-unused', 1);
  const [old] = await aws.makeUserWithKeys('planted,old', 1, '/team/');
  const [exempt] = await aws.makeUserWithKeys('exempt', 1);
  const [inactive] = await aws.makeUserWithKeys('inactive', 1);
  await aws.iam.send(
    new UpdateAccessKeyCommand({ UserName: 'inactive', AccessKeyId: inactive.AccessKeyId, Status: 'Inactive' }),
  );
  await aws.makeUser('adopted', 1);
  await aws.makeUser('without-keys', 0);
  await aws.makeUser('soon-deleted', 0);
  await aws.deploy((stack) => ({
    users: [{ userName: 'created' }, { user: iam.User.fromUserName(stack, 'Adopted', 'adopted') }],
  }));
  const current = async () =>
    Promise.all(
      ROTATED.map(async (user) => {
        const { AccessKey, SecretKey } = await aws.secretValue(user);
        return { AccessKeyId: AccessKey, SecretAccessKey: SecretKey };
      }),
    );
  const firstKeys = await current();
  await aws.emulator.advanceDays(80);
  await use(...firstKeys);
  const { AccessKey: young } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'planted-unused' }));
  await aws.iam.send(new CreateAccessKeyCommand({}));
  await aws.emulator.advanceDays(15); // keys of the rotation are in their switch period
  await use(old, exempt, young!, ...(await current()));
  const exemptions = join(home, 'exemptions.csv');
  writeFileSync(exemptions, 'user,reason,end\nexempt,a trial,2026-12-31\n');

  const result = await survey('--max-age-days', '94', '--exemptions', exemptions);

  expect(found(result)).toEqual([
    ['no-rotation', 'planted,old', old.AccessKeyId],
    ...[unused, young!].map(({ AccessKeyId }) => ['no-rotation', 'planted-unused', AccessKeyId]).sort(),
    ['root', '<root_account>', ''],
    ...ROTATED.map((user, index) => ['old', user, firstKeys[index].AccessKeyId]),
    ['old', 'planted,old', old.AccessKeyId],
    ['old', 'planted-unused', unused.AccessKeyId],
    ['never-used', '<root_account>', ''],
    ['never-used', 'planted-unused', unused.AccessKeyId],
  ]);
  expect(result.findings.filter(({ rotation }) => rotation).map(({ note }) => note)).toEqual([
    'in a switch period: a newer key of the user is active',
    'in a switch period: a newer key of the user is active',
  ]);
  expect(result.exempted.map(({ finding, user }) => [finding, user])).toEqual([
    ['no-rotation', 'exempt'],
    ['old', 'exempt'],
  ]);
  expect(result).toMatchObject({ code: 1, account: ACCOUNT, undetermined: [], notices: [] });
  expect(result.users).toBe(9);
  expect(JSON.stringify(result)).not.toContain(old.SecretAccessKey!);
});

test('within four hours, IAM has the same report, and the changes since are read from IAM', async () => {
  await aws.emulator.advanceTo(new Date((await aws.emulator.now()).getTime() + 2 * HOUR));
  await aws.iam.send(new DeleteUserCommand({ UserName: 'soon-deleted' }));
  const [late] = await aws.makeUserWithKeys('late', 1);

  const result = await survey('--max-age-days', '200');

  expect(found(result)).toContainEqual(['no-rotation', 'late', late.AccessKeyId]);
  expect(result.notices).toEqual([
    '"soon-deleted" was deleted since the credential report.',
    '"late" was created since the credential report. Its keys were read from IAM.',
  ]);
  expect(result.undetermined).toEqual([]);
});

test('after four hours, IAM makes another one', async () => {
  await aws.emulator.advanceTo(new Date((await aws.emulator.now()).getTime() + 3 * HOUR));

  const result = await survey('--max-age-days', '200');

  expect(found(result).map(([kind, user]) => `${kind} ${user}`)).toContain('no-rotation late');
  expect(result).toMatchObject({ undetermined: [], notices: [] });
});

test('a report from a file, of the account of the credentials and of another one', async () => {
  const { Content, GeneratedTime } = await aws.iam.send(new GetCredentialReportCommand({}));
  const write = (csv: string) => {
    const file = join(home, 'report.json');
    writeFileSync(file, JSON.stringify({ Content: Buffer.from(csv).toString('base64'), GeneratedTime }));
    return file;
  };
  const csv = Buffer.from(Content!).toString();

  const result = await survey('--max-age-days', '200', '--report', write(csv));

  expect(found(result).map(([kind, user]) => `${kind} ${user}`)).toContain('no-rotation late');
  expect(result).toMatchObject({ code: 1, account: ACCOUNT, undetermined: [] });
  await expect(survey('--report', write(csv.replaceAll(ACCOUNT, '444455556666')))).rejects.toThrow(
    `ended with 2: access-key-coverage: nothing could be determined: the credential report is of account 444455556666, and the users are of ${ACCOUNT}.`,
  );
});

/**
 * The assumptions about AWS, which `npm run integ:deploy` tries in a real account, on the local AWS: by the same
 * program, which removes what it creates.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AttachUserPolicyCommand, DetachUserPolicyCommand } from '@aws-sdk/client-iam';
import { ASSUMPTIONS } from './assumptions';
import { eventually, exactly, type Assumption, textOf, within } from './assumptions/assumption';
import { alarmInMinutes, MATH, type Values } from './assumptions/cloudwatch';
import { logOfReport, logOfSavedQueries } from './assumptions/cloudwatch-logs';
import { observe, isAsAssumed } from './assumptions/observe';
import { reportOf } from './assumptions/report';
import type { Account, Workspace } from './assumptions/workspace';
import { withLags } from './lag';
import { contentsOf, startProgram } from './support';
import { AUDIT_QUERIES } from '../../src/monitoring/audit-queries';
import { ACCOUNT, LocalAws } from '../end-to-end/support';
import { evaluateMath } from '../monitoring/metric-math';
import { problemsOfLinks } from '../package/pages/links';
import * as repository from '../package/pages/repository';

let aws: LocalAws;
let account: Account;
beforeAll(async () => {
  aws = await LocalAws.start();
  account = { id: ACCOUNT, partition: 'aws', clientConfig: aws.emulator.clientConfig, pollMs: 10 };
});
afterAll(() => aws.emulator.stop());

const contents = async () => contentsOf(aws);

let before: string[];
beforeEach(async () => {
  before = await contents();
});

describe('each assumption that an emulator can show holds on the local AWS with lags, and leaves nothing:', () => {
  test.each(ASSUMPTIONS.map((assumption) => [assumption.id, assumption] as const))('%s', async (_, assumption) => {
    const lagging = { ...account, clientConfig: withLags(account.clientConfig), maxWaitSeconds: 20 };
    const [result] = await observe([assumption], lagging, { long: true });

    const { verdict, observed, left } = result;
    expect({ verdict, observed, left }).toEqual({
      verdict: assumption.onlyAws ? 'not-tried' : 'as-assumed',
      observed,
      left: [],
    });
    expect(await contents()).toEqual(before);
  });
});

test('these are the assumptions that an emulator cannot show', () => {
  expect(ASSUMPTIONS.filter(({ onlyAws }) => onlyAws).map(({ id }) => id)).toEqual([
    'last-use-of-inactive',
    'credential-report',
    'saved-queries',
    'report-queries',
    'metric-math',
    'rule-metric',
    'checks-missing',
    'unchecked-users',
    'overtaking-delete',
    'disabled-kms-key',
    'apps',
  ]);
});

const withoutReason = (id: string): Assumption => {
  const { onlyAws, ...assumption } = ASSUMPTIONS.find((one) => one.id === id)!;
  return assumption;
};

describe('the local AWS accepts the calls of those that it cannot show, and they leave nothing:', () => {
  test('overtaking-delete and disabled-kms-key', async () => {
    const [overtaking, kms] = await observe(['overtaking-delete', 'disabled-kms-key'].map(withoutReason), account);

    expect(overtaking).toMatchObject({ verdict: 'as-assumed', left: [] });
    expect(kms).toMatchObject({
      verdict: 'differs',
      observed: '{"get":"accepted","put":"accepted","describe":"accepted"}',
      left: [],
    });
    expect(await contents()).toEqual(before);
  });

  const ALL_ROWS = { rows: logOfSavedQueries().length, fields: [] };
  const NO_VALUES = Object.entries(MATH).map(([name, { gives }]) => [name, gives.map(() => '-')]);

  test.each<[string, unknown]>([
    ['saved-queries', Object.fromEntries(Object.values(AUDIT_QUERIES).map(({ name }) => [name, ALL_ROWS]))],
    ['report-queries', { records: logOfReport().length, checks: { rows: 1, fields: [] }, before: 'none' }],
    ['metric-math', Object.fromEntries(NO_VALUES)],
    ['rule-metric', 'none'],
  ])('%s', async (id, answer) => {
    const [{ observed, left }] = await observe([withoutReason(id)], { ...account, maxWaitSeconds: 0 });
    expect({ observed: JSON.parse(observed), left }).toEqual({
      observed: { answer, after: 'not within 0 s' },
      left: [],
    });
    expect(await contents()).toEqual(before);
  });

  test.each(['checks-missing', 'unchecked-users'])('%s', async (id) => {
    const results = await observe([withoutReason(id)], { ...account, maxWaitSeconds: 0 });
    expect(results).toMatchObject([{ verdict: 'differs', left: [] }]);
    expect(await contents()).toEqual(before);
  });

  test('credential-report, when four hours have passed', async () => {
    const observation = observe([withoutReason('credential-report')], account, { long: true });
    let isOver = false;
    void observation.finally(() => (isOver = true));
    while (!isOver) await aws.emulator.advanceTo(new Date((await aws.emulator.now()).getTime() + 3_600_000));

    expect(await observation).toMatchObject([{ verdict: 'as-assumed', left: [] }]);
    expect(await contents()).toEqual(before);
  });
});

test.each(Object.entries(MATH))(
  'the tests of the alarms calculate as is assumed of CloudWatch: %s',
  async (_, math) => {
    const { Metrics } = await alarmInMinutes(math.alarm, 'none');
    const [{ Expression }] = Metrics!.filter(({ MetricStat }) => !MetricStat);
    const series = (values: Values) => values.map((value) => (value === '-' ? undefined : value));
    const given = Object.fromEntries(Object.entries(math.given).map(([name, values]) => [name, series(values)]));
    expect(evaluateMath(Expression!, given)).toEqual(series(math.gives));
  },
);

test('the page lists the assumptions, and each source exists', () => {
  const page = repository.read('docs/reliability.md').split('## What no emulator can show')[1];
  const rows = ASSUMPTIONS.map(({ id, statement }) => `| \`${id}\` | ${statement} |`);
  expect(page.match(/^\| `[a-z-]+` \| .* \|$/gm)).toEqual(rows);
  for (const { source } of ASSUMPTIONS) {
    expect(problemsOfLinks('page.md', { ...repository, read: (file) => readOr(file, `[x](${source})`) })).toEqual([]);
  }
});

/** The page of a link to check, or a file of the repository. */
const readOr = (file: string, text: string) => (file === 'page.md' ? text : repository.read(file));

/** An assumption whose observation creates a user, a key and a secret. */
const assumption = (end: (workspace: Workspace, user: string) => Promise<unknown>): Assumption => ({
  id: 'q',
  statement: 'It is so.',
  source: 'here',
  expected: exactly('so'),
  observe: async (workspace) => {
    await workspace.secret();
    const user = await workspace.user(undefined, { Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' });
    await workspace.key(user);
    return end(workspace, user);
  },
});

describe('what it creates is removed, and it fails', () => {
  test('when something else is observed, which is printed beside the assumption', async () => {
    const results = await observe([assumption(async () => 'different')], account);

    expect(isAsAssumed(results)).toBe(false);
    expect(reportOf(results)).toBe(`DIFFERS     q (here)
  It is so.
  assumed   so
  observed  different

0 as assumed, 1 differ, 0 failed, 0 not tried; 0 left in the account.`);
    expect(await contents()).toEqual(before);
  });

  test('when a call fails that was not expected to', async () => {
    const failing = assumption(async (workspace) => workspace.user('name with spaces'));
    const results = await observe([failing, assumption(async () => 'so')], account);

    expect(results.map(({ verdict }) => verdict)).toEqual(['failed', 'as-assumed']);
    expect(results[0].observed).toMatch(/^Validation\w*: .*name with spaces/);
    expect(isAsAssumed(results)).toBe(false);
    expect(await contents()).toEqual(before);
  });

  test('when something cannot be removed, which is named', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/SecurityAudit';
    let user = '';
    const results = await observe(
      [
        assumption(async ({ iam }, UserName) => {
          user = UserName;
          await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
          return 'so';
        }),
      ],
      account,
    );

    expect(results).toMatchObject([{ verdict: 'as-assumed', left: [expect.stringMatching(`^user ${user}: Delete`)] }]);
    expect(isAsAssumed(results)).toBe(false);
    expect(reportOf(results)).toContain(`LEFT      user ${user}`);
    expect(await contents()).toEqual([...before, `user ${user}`].sort());
    await aws.iam.send(new DetachUserPolicyCommand({ UserName: user, PolicyArn }));
    await aws.shell(`aws iam delete-user --user-name ${user}`);
  });
});

describe('an interruption', () => {
  test('ends the observation, removes all, and tries no other assumption', async () => {
    const interruption = new AbortController();
    const endless = assumption(async (workspace) => {
      interruption.abort();
      return workspace.secondsUntil(3600, async () => workspace.userExists('never'));
    });

    const results = await observe([endless, assumption(async () => 'so')], account, { signal: interruption.signal });

    expect(results.map(({ verdict, observed }) => [verdict, observed])).toEqual([
      ['not-tried', 'the run was interrupted'],
      ['not-tried', 'the run was interrupted'],
    ]);
    expect(await contents()).toEqual(before);
  });

  test('waits for the calls that have begun', async () => {
    const interruption = new AbortController();
    const results = await observe(
      [
        assumption(async (workspace) => {
          const begun = workspace.secret();
          interruption.abort();
          void begun.catch(() => undefined);
          return workspace.user();
        }),
      ],
      account,
      { signal: interruption.signal },
    );
    expect(results).toMatchObject([{ verdict: 'not-tried', left: [] }]);
    expect(await contents()).toEqual(before);
  });
});

test('an answer that lags behind is waited for, and its time is printed; after the limit, the last one counts', async () => {
  let reads = 0;
  const late = assumption(async (workspace) =>
    workspace.settled(
      60,
      async () => (++reads < 3 ? 'not yet' : 'so'),
      (answer) => answer === 'so',
    ),
  );
  const never = assumption(async (workspace) =>
    workspace.settled(
      0,
      async () => 'not yet',
      (answer) => answer === 'so',
    ),
  );

  const results = await observe(
    [late, never].map((one) => ({ ...one, expected: eventually('so') })),
    account,
  );

  expect(reads).toBe(3);
  expect(results).toMatchObject([
    { verdict: 'as-assumed', observed: expect.stringMatching(/^\{"answer":"so","after":"[\d.]+ s"\}$/) },
    { verdict: 'differs', observed: '{"answer":"not yet","after":"not within 0 s"}' },
  ]);
});

test('no secret is in a result', async () => {
  const [{ observed }] = await observe(
    [assumption(async (workspace, user) => `secret: ${(await workspace.key(user)).secretAccessKey}`)],
    account,
  );
  expect(observed).toBe('secret: ***');
});

test('an assumption that takes hours is tried with the option only', async () => {
  const [result] = await observe([{ ...assumption(async () => 'so'), long: 'a day' }], account);
  expect(result).toMatchObject({ verdict: 'not-tried', observed: 'it takes a day: use --long' });
});

test.each<[unknown, boolean]>([
  [60, true],
  [60.1, false],
  ['not within 300 s', false],
  [undefined, false],
])('the observation %p is within 60 s: %p', (observed, is) => {
  expect(within(60).accepts(observed)).toBe(is);
  expect(textOf(3.2)).toBe('3.2 s');
});

describe('the program', () => {
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => startProgram(aws, args, env);

  async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = start(args, env);
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (data) => (stdout += data));
    child.stderr!.on('data', (data) => (stderr += data));
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  }

  const FIRST = ['--only', 'first-version'];

  test('prints a table, and JSON', async () => {
    const [table, json] = await Promise.all([
      run(['--account', ACCOUNT, ...FIRST]),
      run(['--account', ACCOUNT, ...FIRST, '--json']),
    ]);

    expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/^as assumed {2}first-version .*observed/s) });
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      account: ACCOUNT,
      results: [{ verdict: 'as-assumed' }],
    });
    expect(await contents()).toEqual(before);
  });

  test('tries nothing in another account than the given one', async () => {
    const [other, none, region, unknown, option] = await Promise.all([
      run(['--account', '444455556666', ...FIRST]),
      run(FIRST),
      run(['--account', ACCOUNT, ...FIRST], { AWS_REGION: '' }),
      run(['--account', ACCOUNT, '--only', 'first-version,none']),
      run(['--acount', ACCOUNT]),
    ]);

    expect(other.stderr).toContain(`the credentials are of account ${ACCOUNT}, and --account is 444455556666`);
    expect(none.stderr).toContain('--account is missing');
    expect(region.stderr).toContain('no Region is set');
    expect(unknown.stderr).toContain('there is no assumption none');
    for (const { code, stdout, stderr } of [other, none, region, unknown, option]) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain('trying');
    }
  });

  test('removes all when it is interrupted, also during a deploy', async () => {
    const child = start(['--account', ACCOUNT, '--only', 'alias,remove-user']);
    let stdout = '';
    child.stdout!.on('data', (data) => (stdout += data));
    createInterface(child.stderr!).on('line', (line) => {
      if (line === 'trying alias') void isBegun().then(() => child.kill('SIGINT'));
    });
    /** The stack is there, so its deploy has begun. */
    const isBegun = async () => {
      while (!(await contents()).some((what) => what.startsWith('stack akr-account-')));
    };

    const [code] = await once(child, 'close');

    expect({ code, stdout }).toMatchObject({ code: 130 });
    expect(stdout).toContain('0 as assumed, 0 differ, 0 failed, 2 not tried; 0 left in the account.');
    expect(await contents()).toEqual(before);
  });

  test('lists the assumptions without an account', async () => {
    const { code, stdout } = await run(['--list']);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0])
        .sort(),
    ).toEqual(ASSUMPTIONS.map(({ id }) => id).sort());
  });
});

/** What is wrong with its input is in the report of access-key-coverage, and hides no finding. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditedAccount, before, findings, HEALTHY, PROGRAM, PYTHON, ROOT, ROTATION, TAG } from './audited-account';

let account: AuditedAccount;
beforeEach(() => {
  account = new AuditedAccount()
    .add('alice', { keys: [HEALTHY], created: 60 })
    .add('bob', { keys: [HEALTHY], created: 60, tag: ROTATION });
});
afterEach(() => account.remove());

const FOUND = ['no-rotation alice AKIAALICE1'];
const ARN = 'arn:aws:iam::111122223333:user/alice';
const COMPLETE = { State: 'COMPLETE' };

describe('a credential report that is not ready', () => {
  test('is waited for', async () => {
    account.publish();
    account.answer(
      'generate-credential-report',
      { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' },
      'Throttling',
      { State: 'INPROGRESS' },
      'ServiceFailure',
      COMPLETE,
    );
    account.answer(
      'get-credential-report',
      'ReportInProgress',
      'ReportNotPresentException',
      'ReportExpired',
      account.report(),
    );

    expect(findings(await account.surveyed())).toEqual(FOUND);
    const calls = account.calls.map((call) => call.split(' ')[1]);
    expect(calls.filter((call) => call === 'generate-credential-report')).toHaveLength(8);
    expect(calls.filter((call) => call === 'get-credential-report')).toHaveLength(4);
  });

  test.each([
    [{ State: 'INPROGRESS' }, 'its state is "INPROGRESS"'],
    ['LimitExceeded', 'aws iam generate-credential-report failed: An error occurred (LimitExceeded)'],
  ])('is given up at the end of the time: %j', async (answer, reason) => {
    account.publish().answer('generate-credential-report', answer);

    const { code, stdout, stderr } = await account.run(['--wait-seconds', '3']);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`nothing could be determined: the credential report is not ready: ${reason}`);
    expect(account.calls).toHaveLength(4);
  });

  test.each(['AccessDenied', 'InvalidClientTokenId', 'ExpiredToken'])('%s is not repeated', async (code) => {
    account.publish().answer('generate-credential-report', code);

    const result = await account.run();

    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`(${code})`) });
    expect(account.calls).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['no content', { GeneratedTime: '2026-06-01T10:00:00Z' }],
    ['no base64', { Content: 'user,arn\n', GeneratedTime: '2026-06-01T10:00:00Z' }],
    ['no text', { Content: '/w==', GeneratedTime: '2026-06-01T10:00:00Z' }],
    ['no time', { Content: '', GeneratedTime: 'today' }],
  ])('with an answer that has %s, nothing is determined', async (_, answer) => {
    account.publish().answer('get-credential-report', answer);
    const { code, stderr } = await account.run();
    expect(code).toBe(2);
    expect(stderr).toContain('the answer of get-credential-report is not readable');
  });

  test('output of the CLI that is not JSON is no report', async () => {
    account.publish().file('generate-credential-report.1.out', 'COMPLETE\n');
    expect(await account.run()).toMatchObject({ code: 2, stderr: expect.stringContaining('not a JSON object') });
  });
});

describe('the age of the report', () => {
  test.each([
    [0.9, 1, undefined],
    [3, 2, 'the credential report is 3 days old: what changed since is not known.'],
    [-1, 2, 'the credential report is from 2026-06-02T12:00:00Z, and now is 2026-06-01T12:00:00Z: correct the clock'],
  ])('%d days: exit status %i', async (generated, code, message) => {
    account.row('alice').access_key_1_last_used_date = account.row('bob').access_key_1_last_used_date = before(4);
    account.generated = generated;
    const survey = await account.survey();
    expect([survey.code, findings(survey)]).toEqual([code, FOUND]);
    expect(survey.undetermined).toEqual(message ? [expect.stringContaining(message)] : []);
  });

  test('is not known of a CSV file: what changed since is undetermined', async () => {
    account.add('idle').publish();
    account.answer('list-access-keys.idle', {
      AccessKeyMetadata: [{ AccessKeyId: 'AKIAX', Status: 'Active', CreateDate: '2026-01-01T00:00:00Z' }],
    });
    const survey = await account.surveyed('--report', account.file('report.csv', account.csv));
    expect([survey.code, findings(survey), survey.notices]).toEqual([2, FOUND, []]);
    expect(survey.undetermined).toEqual([
      expect.stringMatching(/^the age of the credential report is not known, .* of 2026-06-01T09:36:00Z or later: /),
    ]);
  });

  test.each([
    ['2026-06-01T10:00:00Z', 1, []],
    ['2026-05-31T11:00:00Z', 2, [expect.stringContaining('the credential report is 1 day old')]],
    ['2026-06-02T10:00:00Z', 2, [expect.stringContaining('correct the clock')]],
  ])('of a CSV file is that of --report-generated: %s', async (time, code, undetermined) => {
    account.row('alice').access_key_1_last_used_date = account.row('bob').access_key_1_last_used_date = before(2);
    account.publish();
    const file = account.file('report.csv', account.csv);
    const survey = await account.surveyed('--report', file, '--report-generated', time);
    expect([survey.code, findings(survey)]).toEqual([code, FOUND]);
    expect(survey.undetermined).toEqual(undetermined);
  });

  test.each<[string, string[], string]>([
    [
      'is not before the latest one in the file',
      ['2026-06-01T09:00:00Z', '--report', 'csv'],
      'has the time 2026-06-01T09:36:00Z',
    ],
    ['is not given to a report that has its own', ['2026-06-01T10:00:00Z', '--report', 'json'], 'has its own time'],
    ['is not given without a report', ['2026-06-01T10:00:00Z'], 'Give it with --report'],
    ['is a time', ['noon', '--report', 'csv'], 'is no time'],
  ])('the time of --report-generated %s', async (_, args, message) => {
    account.publish().file('csv', account.csv);
    account.file('json', account.report());
    const files = args.map((arg) => (['csv', 'json'].includes(arg) ? join(account.home, arg) : arg));
    const { code, stdout, stderr } = await account.run(['--report-generated', ...files]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('changes since the report', () => {
  test('a new user is a notice, and its keys are read', async () => {
    account
      .add('new', { keys: [{ created: 0.01 }], created: 0.02, only: 'iam' })
      .add('rotated', { keys: [{ created: 0.01 }], created: 0.02, only: 'iam', tag: ROTATION });

    const survey = await account.survey();

    expect(findings(survey)).toEqual([...FOUND, 'no-rotation new AKIANEW1']);
    expect(survey).toMatchObject({ code: 1, users: 5, undetermined: [] });
    expect(survey.notices).toEqual([
      '"new" was created since the credential report. Its keys were read from IAM.',
      '"rotated" was created since the credential report. Its keys were read from IAM.',
    ]);
  });

  test('a deleted user is a notice, and no finding', async () => {
    account.add('gone', { keys: [HEALTHY], only: 'report' });
    const survey = await account.survey();
    expect(findings(survey)).toEqual(FOUND);
    expect(survey.notices).toEqual(['"gone" was deleted since the credential report.']);
  });

  test.each(['list-user-tags', 'list-access-keys'])(
    'a user that is deleted before %s is the same',
    async (operation) => {
      account
        .add('gone', { keys: [HEALTHY] })
        .publish()
        .answer(`${operation}.gone`, 'NoSuchEntity');
      const survey = await account.surveyed();
      expect(findings(survey)).toEqual(FOUND);
      expect(survey.notices).toEqual(['"gone" was deleted since the credential report.']);
    },
  );

  test('a user that was deleted and created again is a new one', async () => {
    account.row('alice').user_creation_time = '2020-01-01T00:00:00Z';
    const survey = await account.survey();
    expect(survey.notices[0]).toBe('"alice" was deleted since the credential report.');
    expect(findings(survey)).toEqual(['no-rotation alice AKIAALICE1']);
  });
});

describe('a report of which a part is missing', () => {
  test('a user that is older than the report and has no row', async () => {
    account.add('lost', { keys: [HEALTHY], only: 'iam' });
    const survey = await account.survey();
    expect(findings(survey)).toEqual([...FOUND, 'no-rotation lost AKIALOST1']);
    expect(survey).toMatchObject({
      code: 2,
      undetermined: [expect.stringMatching(/^"lost" is older .* no row in it/)],
    });
  });

  test('a report that ends within a row, and within a quoted field', async () => {
    account.add('carol,"c"', { keys: [HEALTHY], only: 'report' });
    const ends = [account.csv.slice(0, -60), account.csv.slice(0, account.csv.indexOf('""c') + 2)];

    for (const [index, message] of ['fields, and the header 22. The row', 'unexpected end of data'].entries()) {
      account.publish().answer('get-credential-report', account.report(ends[index]));
      const survey = await account.surveyed();
      expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
      expect(survey.undetermined).toEqual([expect.stringContaining(message)]);
    }
  });

  test('a report without the root user', async () => {
    account.rows.shift();
    const survey = await account.survey();
    expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    expect(survey.undetermined).toEqual([`the credential report has no row of ${ROOT}, so a part of it is missing.`]);
  });

  test('an empty report, and one without rows', async () => {
    account.publish().answer('get-credential-report', account.report(''));
    expect(await account.run()).toMatchObject({ code: 2, stderr: expect.stringContaining('is empty') });

    account.answer('get-credential-report', account.report(account.columns.join(',')));
    expect(await account.surveyed()).toMatchObject({ code: 2 });
  });

  test('a row with a field too many, and a user twice', async () => {
    account
      .publish()
      .answer('get-credential-report', account.report(`${account.csv},x\n${account.csv.split('\n')[2]}`));
    const survey = await account.surveyed();
    expect(findings(survey)).toEqual(FOUND);
    expect(survey.undetermined).toEqual([
      'the credential report, line 4: the row of "bob" has 23 fields, and the header 22. The row was not read.',
      'the credential report, line 5: "alice" has a second row, which was not read.',
      expect.stringMatching(/^"bob" is older/),
    ]);
  });

  test.each([
    'user',
    'access_key_1_active',
    'access_key_2_last_rotated',
    'access_key_1_last_used_date',
    'access_key_2_last_used_service',
  ])('without the column %s, nothing is determined', async (column) => {
    account.columns = account.columns.filter((name) => name !== column);
    const { code, stdout, stderr } = await account.publish().run();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`has no column ${column}. Generate it again.`);
  });

  test('a column twice', async () => {
    account.columns.push('arn');
    expect(await account.publish().run()).toMatchObject({ code: 2, stderr: expect.stringContaining('"arn" twice') });
  });
});

describe('a report that AWS has changed', () => {
  test('new columns, in another order, are a notice', async () => {
    account.columns = [...account.columns.reverse(), 'passkey_active', 'owner, "new"'];
    const survey = await account.survey();
    expect([survey.code, findings(survey)]).toEqual([1, FOUND]);
    expect(survey.notices).toEqual([
      'the credential report has columns that this program does not know: "passkey_active", "owner, "new"".',
    ]);
  });

  test('the columns of a third key are read', async () => {
    for (const name of ['active', 'last_rotated', 'last_used_date', 'last_used_service']) {
      account.columns.push(`access_key_3_${name}`);
    }
    for (const row of account.rows) row.access_key_3_active = 'FALSE';
    Object.assign(account.row('alice'), {
      access_key_3_active: 'TRUE',
      access_key_3_last_rotated: '2026-01-01T00:00:00+00:00',
    });
    account.publish().answer('list-access-keys.alice', 'AccessDenied');

    const survey = await account.surveyed();

    expect(findings(survey)).toEqual([
      'no-rotation alice 1',
      'no-rotation alice 3',
      'old alice 3',
      'never-used alice 3',
    ]);
  });

  test('more keys than columns are read from IAM', async () => {
    account.columns.push('additional_credentials_info');
    account.add('eve', { keys: [{ created: 5, used: 1 }, { created: 4, used: 1 }, { created: 200 }], tag: ROTATION });
    account.row('eve').additional_credentials_info = '1 additional access key. Use ListAccessKeys.';
    for (const row of account.rows) row.additional_credentials_info ??= '';

    const survey = await account.survey();

    expect(findings(survey)).toEqual([...FOUND, 'old eve AKIAEVE3']);
    expect(survey).toMatchObject({ code: 1, undetermined: [] });

    account.answer('list-access-keys.eve', 'AccessDenied');
    expect((await account.surveyed()).undetermined).toContainEqual(
      expect.stringMatching(/^"eve" has more credentials/),
    );
  });

  test.each(['N/A', 'no_information', 'not_supported', '', 'yes'])(
    'a key with the status "%s" is not known',
    async (status) => {
      account.row(ROOT).access_key_1_active = status;
      const survey = await account.survey();
      expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
      expect(survey.undetermined).toEqual([
        `the credential report, "${ROOT}": access_key_1_active is "${status}", so whether the key is active is not known.`,
      ]);
    },
  );

  test('status in capitals, and times with an offset', async () => {
    account.add('eve', { keys: [{ created: 151.5, used: 1 }], tag: ROTATION });
    Object.assign(account.row('eve'), {
      access_key_1_active: 'TRUE',
      access_key_1_last_rotated: '2026-01-01T02:00:00.000+02:00',
    });
    expect(findings(await account.survey())).toEqual([...FOUND, 'old eve AKIAEVE1']);
  });

  test.each(['N/A', 'no_information', 'soon'])(
    'an active key with the time "%s": its age is not known',
    async (time) => {
      account.row('alice').access_key_1_last_rotated = time;
      account.publish().answer('list-access-keys.alice', 'Throttling');
      const survey = await account.surveyed();
      expect(findings(survey)).toEqual(['no-rotation alice 1']);
      expect(survey.findings[0].ageDays).toBeNull();
      expect(survey.undetermined).toEqual([
        `the credential report, "alice": access_key_1_last_rotated is "${time}", which is no time.`,
        expect.stringMatching(/^the keys of "alice" could not be read/),
      ]);
    },
  );

  test.each([
    ['N/A', ['never-used'], []],
    ['no_information', ['never-used'], []],
    ['not_supported', ['never-used'], []],
    ['yesterday', [], [expect.stringContaining('access_key_1_last_used_date is "yesterday", which is no time')]],
  ])('a last use "%s"', async (time, kinds, undetermined) => {
    account.row('bob').access_key_1_last_used_date = time;
    const survey = await account.survey();
    expect(survey.findings.filter(({ user }) => user === 'bob').map(({ finding }) => finding)).toEqual(kinds);
    expect(survey.undetermined).toEqual(undetermined);
  });

  test.each([
    ['access_key_1_last_rotated', 'bob', []],
    ['access_key_1_last_used_date', 'bob', []],
    ['user_creation_time', 'bob', []],
  ])('a time that is later than the report is not known: %s', async (column, user, kinds) => {
    account.row(user)[column] = '2062-06-01T00:00:00Z';
    const users = account.publish().file('u', account.details);
    for (const report of [account.report(), account.csv]) {
      const survey = await account.surveyed('--report', account.file('r', report), '--users', users);
      expect(survey.code).toBe(2);
      expect(survey.findings.filter((found) => found.user === user)).toEqual(kinds);
      expect(survey.undetermined).toContainEqual(
        expect.stringContaining(`${column} is 2062-06-01T00:00:00Z, which is later than`),
      );
    }
  });

  test('a byte order mark, and line ends of Windows', async () => {
    const csv = `\ufeff${account.csv.replaceAll('\n', '\r\n')}\r\n`;
    expect(findings(await account.publish().surveyed('--report', account.file('r.csv', csv)))).toEqual(FOUND);
  });
});

describe('names', () => {
  test.each(['comma,name', '-profile', '=1+1', '@a', 'a'.repeat(64)])('%s', async (name) => {
    account.add(name, { keys: [{ ...HEALTHY, id: 'AKIAODD' }] });
    expect(findings(await account.survey())).toContain(`no-rotation ${name} AKIAODD`);
  });

  test('with quotes, line breaks and Unicode, which IAM does not allow today', async () => {
    const name = 'Jürgen "the\nthird"';
    account.add(name, { keys: [{ ...HEALTHY, id: 'AKIAODD' }] });
    expect(findings(await account.survey())).toContain(`no-rotation ${name} AKIAODD`);
  });
});

describe('calls that fail', () => {
  test('the tags of a user cannot be read: whether a rotation has its key is not known', async () => {
    account.add('carol', { keys: [{ created: 100, used: 1 }] }).publish();
    for (const user of ['bob', 'carol']) account.answer(`list-user-tags.${user}`, 'AccessDenied');

    const survey = await account.surveyed();

    expect([survey.code, findings(survey)]).toEqual([2, [...FOUND, 'old carol AKIACAROL1']]);
    expect(survey.undetermined).toEqual([
      expect.stringMatching(
        /^the tags of "bob", "carol" could not be read\. aws iam list-user-tags failed: .*AccessDenied/,
      ),
    ]);
  });

  test('the tags of a user have a key twice: whether a rotation has its key is not known', async () => {
    const Tags = ['none', ROTATION].map((Value) => ({ Key: TAG, Value }));
    account.publish().answer('list-user-tags.alice', { Tags });
    const survey = await account.surveyed();
    expect([survey.code, findings(survey)]).toEqual([2, []]);
    expect(survey.undetermined).toEqual([expect.stringContaining(`Key is "${TAG}" twice`)]);
  });

  test.each<[string, object | string]>([
    ['denied', 'AccessDenied'],
    ['without a list', { Users: 'none' }],
    ['without a field', { Users: [{ UserName: 'alice' }] }],
    ['with a user twice', { Users: Array(2).fill({ UserName: 'alice', Arn: ARN, CreateDate: before(365) }) }],
  ])('the users cannot be listed, %s', async (_, answer) => {
    account.publish().answer('list-users', answer);
    const survey = await account.surveyed();
    expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    expect(survey.undetermined).toEqual([
      expect.stringMatching(/^users that changed since the credential report are not known/),
    ]);
  });

  test.each(['list-users', 'list-access-keys.alice'])('%s has a time that is none: the findings stay', async (call) => {
    for (const CreateDate of [1735689600.5, 'Jan 1', '0001-01-01T00:00:00+02:00', null]) {
      account
        .publish()
        .answer(call, {
          Users: [{ UserName: 'alice', Arn: 'arn:aws:iam::111122223333:user/alice', CreateDate }],
          AccessKeyMetadata: [{ AccessKeyId: 'AKIAX', Status: 'Active', CreateDate }],
        });
      const survey = await account.surveyed();
      expect([survey.code, survey.findings.map(({ finding, user }) => `${finding} ${user}`)]).toEqual([
        2,
        ['no-rotation alice'],
      ]);
      expect(survey.undetermined).toEqual([expect.stringContaining('CreateDate')]);
    }
  });

  test.each(['list-user-tags.alice', 'list-users', 'list-access-keys.alice'])(
    '%s has values that are no text: the findings stay',
    async (call) => {
      account.add('carol', { keys: [{ created: 151, used: 1 }] });
      account
        .publish()
        .answer(call, {
          Tags: [{ Key: 'cdk-access-key-rotation', Value: 1 }],
          Users: [
            { UserName: ['alice'], Arn: 'arn:aws:iam::111122223333:user/alice', CreateDate: '2026-01-01T00:00:00Z' },
          ],
          AccessKeyMetadata: [{ AccessKeyId: null, Status: 'Active', CreateDate: '2026-01-01T00:00:00Z' }],
        });
      const survey = await account.surveyed();
      expect(survey).toMatchObject({ code: 2, undetermined: [expect.stringContaining('is no text')] });
      expect(survey.findings.map(({ finding, user }) => `${finding} ${user}`)).toContain('old carol');
    },
  );

  test('the AWS CLI is missing', async () => {
    const result = await account.publish().run([], { PATH: account.home });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('the AWS CLI is not installed') });
  });
});

describe('exemptions', () => {
  const survey = async (...lines: string[]) => account.survey('--exemptions', account.exemptions(...lines));

  test.each([
    ['an unknown user', ['nobody,x,2026-12-31'], 'line 2: "nobody" is no user of the account'],
    ['another case', ['Alice,x,2026-12-31'], 'so the exemption does not apply. Its name is "alice".'],
    [
      'twice',
      ['alice,x,2026-12-31', '', 'alice,y,2027-12-31'],
      'line 2, 4: "alice" has more than one exemption, so none applies',
    ],
    [
      'more than once, of which one is valid',
      ['alice,mig,2026-12-31', 'alice,,2026-05-01', 'alice,x,31.12.2026'],
      'line 2, 3, 4: "alice" has more than one exemption, so none applies',
    ],
    ['ended', ['alice,x,2026-05-31'], 'line 2: "alice": the exemption ended on 2026-05-31'],
    ['an invalid date', ['alice,x,2026-02-30'], 'line 2: "alice": the exemption has the end date "2026-02-30"'],
    ['a date in another format', ['alice,x,31.12.2026'], 'Write YYYY-MM-DD'],
    ['no end', ['alice,x,'], 'has the end date ""'],
    ['no reason', ['alice, ,2026-12-31'], 'has no reason, so it does not apply'],
    ['no user', [',x,2026-12-31'], 'has no user, so it does not apply'],
    ['without a finding', ['bob,x,2026-12-31'], '"bob" has an exemption and no finding'],
  ])('%s', async (_, lines, notice) => {
    const result = await survey(...lines);
    expect([result.code, findings(result), result.exempted]).toEqual([1, FOUND, []]);
    expect(result.notices).toEqual([expect.stringContaining(notice)]);
  });

  test.each([
    ['alice,x', 'the row of "alice" has 2 fields, and the header 3'],
    ['alice,"x,2026-12-31', 'unexpected end of data'],
  ])('a line "%s" cannot be read', async (line, message) => {
    const result = await survey(line);
    expect([result.code, findings(result)]).toEqual([2, FOUND]);
    expect(result.undetermined).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['name,why,until\nalice,x,2026-12-31', 'has no column user, reason, end'],
    ['', 'the file of exemptions is empty'],
    [
      'user,key,start,reason,end\nalice,AKIAOTHER,2027-01-01,x,2027-12-31',
      'has columns that this program does not know: "key", "start". Its header has to be user,reason,end. No exemption applies.',
    ],
  ])('a file that begins with "%s" cannot be read', async (content, message) => {
    const result = await account.survey('--exemptions', account.file('wrong.csv', content));
    expect([result.code, findings(result)]).toEqual([2, FOUND]);
    expect(result.undetermined).toEqual([expect.stringContaining(message)]);
  });

  test('no such file', async () => {
    expect(await account.survey('--exemptions', '/none.csv')).toMatchObject({
      code: 2,
      undetermined: [expect.stringContaining('/none.csv could not be read')],
    });
  });
});

describe('files', () => {
  test.each([
    ['no such file', undefined, 'could not be read'],
    ['JSON that ends early', '{"Content": "', 'is not JSON'],
    ['another output of the CLI', '{"Users": []}', 'is not readable'],
  ])('--report: %s', async (_, content, message) => {
    const path = content === undefined ? '/none.csv' : account.file('report', content);
    expect(await account.publish().run(['--report', path])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  describe('JSON that is too deep for Python is said in one sentence', () => {
    const DEEP = '['.repeat(200_000) + ']'.repeat(200_000);
    const [BEFORE, AFTER] = [900, 90].map((depth) => '['.repeat(depth) + ']'.repeat(depth));

    test.each(
      [DEEP, BEFORE, AFTER].flatMap((deep) => [
        ['--report', `{"Content": ${deep}, "GeneratedTime": "2026-06-01T10:00:00Z"}`],
        ['--users', `{"UserDetailList": [{"UserName": ${deep}, "CreateDate": ${deep}, "Arn": ${deep}}]}`],
        ['--users', `{"UserDetailList": ${deep}}`],
      ]),
    )('%s, case %#', async (option, content) => {
      const { code, stdout, stderr } = await account.publish().run([option, account.file('deep', content)]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^access-key-coverage: nothing could be determined: [^\n]{1,400}\n$/);
    });

    test.each(['generate-credential-report', 'get-credential-report'])('of %s', async (call) => {
      account.publish().file(`${call}.1.out`, `{"State": ${DEEP}}`);
      const { code, stderr } = await account.run(['--wait-seconds', '0']);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^access-key-coverage: [^\n]{1,400}\n$/)]);
    });

    test('of a list of IAM: the findings stay', async () => {
      account.publish().file('list-users.1.out', `{"Users": [{"UserName": ${BEFORE}}]}`);
      const survey = await account.surveyed();
      expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    });
  });

  test.each([
    ['{"Users": []}', 'is not the output of'],
    ['[]', 'is not the output of'],
    ['{"UserDetailList": [{"UserName": "alice"}]}', 'is not the output of'],
  ])('--users: %s', async (content, message) => {
    const result = await account.publish().run(['--users', account.file('users', content)]);
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('of two accounts', async () => {
    const users = account.file('users', JSON.stringify(account.details).replaceAll('111122223333', '444455556666'));
    const { code, stderr } = await account.publish().run(['--users', users]);
    expect(code).toBe(2);
    expect(stderr).toContain('the credential report is of account 111122223333, and the users are of 444455556666');
  });

  test.each(['report', 'users'])('of two accounts in one file, at any place: %s', async (file) => {
    account.row('bob').arn = 'arn:aws:iam::444455556666:user/bob';
    account.add('carol');
    const of = (given: object) => JSON.stringify(given).replace(/111122223333(:user.team.bob)/, '444455556666$1');
    const report = account.report(
      file === 'report' ? account.csv : account.csv.replace('444455556666', '111122223333'),
    );
    const users = file === 'users' ? of(account.details) : account.details;
    const result = await account.run(['--report', account.file('r', report), '--users', account.file('u', users)]);
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/111122223333.*444455556666/) });
  });

  test('with an ARN that names no account: it is said, and the findings stay', async () => {
    account.row('bob').arn = 'N/A';
    const survey = await account.survey();
    expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    expect(survey.undetermined).toEqual(['the credential report, "bob": arn is "N/A", which names no account.']);
  });

  const fromFiles = async (users: object) =>
    account.surveyed('--report', account.file('r', account.report()), '--users', account.file('u', users));

  test('users that the file does not have keep what the report shows of their keys', async () => {
    account
      .add('carol', { keys: [{ created: 151 }], only: 'report' })
      .add('idle', { only: 'report' })
      .add('new', { keys: [HEALTHY], only: 'iam' });

    const survey = await fromFiles(account.details);

    expect([survey.code, findings(survey)]).toEqual([2, ['no-rotation alice 1', 'old carol 1', 'never-used carol 1']]);
    expect(survey.undetermined).toEqual([
      expect.stringMatching(
        /^"carol" is in the credential report and not in .* whether a rotation has its keys is not/,
      ),
      expect.stringMatching(/^"new" is in .* so its keys are not known/),
    ]);
    expect(survey.notices).toEqual([expect.stringMatching(/^"idle", without an active key, is in the credential/)]);
  });

  test.each([0, 1])(
    'a user twice, once with the tag of a rotation: neither entry counts, in any order: %i',
    async (at) => {
      const { UserDetailList: users } = account.details as { UserDetailList: { UserName: string; Tags: object[] }[] };
      const alice = users.find(({ UserName }) => UserName === 'alice')!;
      const tagged = { ...alice, Tags: [{ Key: TAG, Value: ROTATION }] };
      const others = users.filter((user) => user !== alice);
      const twice = at === 0 ? [tagged, alice] : [alice, tagged];

      const survey = await fromFiles({ UserDetailList: [...others, ...twice] });

      expect([survey.code, findings(survey)]).toEqual([2, []]);
      expect(survey.undetermined).toEqual([
        expect.stringMatching(/^"alice" is in .* 2 times, so which tags it has is/),
      ]);
    },
  );

  test('a name twice in an object, of which Python would take the last one: nothing is determined', async () => {
    const twice = JSON.stringify(account.details).replace('"Tags":', '"Tags":[],"Tags":');
    const result = await account.publish().run(['--users', account.file('users', twice)]);
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('has "Tags" twice') });
  });

  test('in UTF-16, as PowerShell 5 writes files', async () => {
    const inUtf16 = (name: string, content: string | object) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      const path = account.file(name, '');
      writeFileSync(path, Buffer.from(`\ufeff${text}`, 'utf16le'));
      return path;
    };
    const files = ['--report', inUtf16('r', account.report()), '--users', inUtf16('u', account.details)];
    const exemptions = inUtf16('e', 'user,reason,end\nalice,a trial,2026-07-01\n');
    expect(await account.surveyed(...files, '--exemptions', exemptions)).toMatchObject({
      code: 0,
      exempted: [{ user: 'alice' }],
    });
  });

  test('an exemption of a user that only one of the files has is of a user of the account', async () => {
    account.add('new', { keys: [HEALTHY], only: 'iam' });
    const files = ['--report', account.file('r', account.report()), '--users', account.file('u', account.details)];
    const survey = await account.surveyed(...files, '--exemptions', account.exemptions('new,a trial,2026-07-01'));
    expect(survey.notices).toEqual(['"new" has an exemption and no finding.']);
  });

  test('an owner tag twice: nothing is determined', async () => {
    const { UserDetailList: users } = account.details as { UserDetailList: object[] };
    const Tags = ['a', ROTATION].map((Value) => ({ Key: TAG, Value }));
    const twice = { UserDetailList: users.map((user) => ({ ...user, Tags })) };
    const result = await account.publish().run(['--users', account.file('users', twice)]);
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`${TAG} 2 times`) });
  });

  test('an empty list of users determines nothing of the users with keys', async () => {
    account.row('alice').access_key_1_last_rotated = '2026-01-01T00:00:00Z';
    const survey = await fromFiles({ UserDetailList: [] });
    expect([survey.code, findings(survey)]).toEqual([2, ['old alice 1']]);
    expect(survey.undetermined).toEqual([expect.stringMatching(/^"alice" is/), expect.stringMatching(/^"bob" is/)]);
  });

  test('a user with another time of creation is another user', async () => {
    account.row('alice').user_creation_time = '2020-01-01T00:00:00Z';
    account.row('alice').access_key_1_last_rotated = '2026-01-01T00:00:00Z';
    const survey = await fromFiles(account.details);
    expect([survey.code, findings(survey)]).toEqual([2, ['old alice 1']]);
    expect(survey.undetermined).toEqual([
      expect.stringMatching(/^"alice" was created at 2020-01-01T00:00:00Z .* at 2026-04-02T12:00:00Z by/),
    ]);
  });

  test.each([{ IsTruncated: true }, { Marker: 'abc' }, { NextToken: 'abc' }])(
    'one page of the users, %j: it is said, also if it has all users of the report',
    async (page) => {
      const survey = await fromFiles({ ...account.details, ...page });
      expect([survey.code, findings(survey)]).toEqual([2, ['no-rotation alice 1']]);
      expect(survey.undetermined).toEqual([expect.stringMatching(/u is one page of more, so it does not have all/)]);
    },
  );
});

describe('a report from a file, with the present users', () => {
  const surveyed = async () => account.surveyed('--report', account.file('r', account.report()));

  test('is of the account of the credentials', async () => {
    expect(await account.publish().run(['--report', account.file('r', account.report())])).toMatchObject({ code: 1 });
    expect(account.calls).toContain('sts get-caller-identity');
  });

  test('of an account without users: nothing is determined', async () => {
    account.publish().answer('list-users', { Users: [] });
    account.answer('get-caller-identity', { Account: '444455556666' });
    const result = await account.run(['--report', account.file('r', account.report())]);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('is of account 111122223333, and the users are of 444455556666');
    expect(account.calls).toEqual(['sts get-caller-identity']);
  });

  test.each<object | string>(['ExpiredToken', {}, { Account: null }])(
    'of an account that is not known, %j: nothing is determined',
    async (answer) => {
      account.publish().answer('get-caller-identity', answer);
      const result = await account.run(['--report', account.file('r', account.report())]);
      expect(result).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('account of the credentials'),
      });
    },
  );

  test('an empty list of users does not show that all users of the report were deleted', async () => {
    account.publish().answer('list-users', { Users: [] });
    const survey = await surveyed();
    expect(survey).toMatchObject({ code: 2, users: 3, notices: [] });
    expect(findings(survey)).toEqual(FOUND);
    expect(survey.undetermined).toEqual([expect.stringContaining('has no user, and the credential report has some')]);
  });
});

describe('what ends the program early has the status 2: that of findings means that all was determined', () => {
  const started = (redirection: string, users = 1) => {
    for (let index = 0; index < users; index++) account.add(`user${index}`, { keys: [{ created: 100 }] });
    const files = [account.file('r', account.report()), account.file('u', account.details)];
    const command = `"$0" "$@" ${redirection}`;
    const args = [PYTHON, PROGRAM, '--now', before(0), '--report', files[0], '--users', files[1]];
    return spawnSync('bash', ['-c', command, ...args], { encoding: 'utf8' });
  };

  test('a reader that closes the pipe', () => {
    const users = 2000; // more output than a pipe holds
    expect(started('| true; exit ${PIPESTATUS[0]}', users)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the output could not be written: [Errno 32]'),
    });
    expect(started('2>&1 | true; exit ${PIPESTATUS[0]}', users).status).toBe(2);
  });

  test('a full disk, and a closed output', () => {
    expect(started('>/dev/full')).toMatchObject({ status: 2, stderr: expect.stringContaining('No space left') });
    expect(started('>&-').status).toBe(2);
  });

  test('an error that the program does not expect, with a traceback', async () => {
    account.publish();
    // A module of Python without what the program needs of it.
    account.file('csv.py', '');
    const { code, stderr } = await account.run([], { PYTHONPATH: account.home });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^Traceback[^]*AttributeError/)]);
  });

  test('an AWS CLI that cannot be started', async () => {
    mkdirSync(join(account.home, 'bin'));
    writeFileSync(join(account.home, 'bin', 'aws'), '', { mode: 0o644 });
    const result = await account.publish().run([], { PATH: join(account.home, 'bin') });
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('could not be started') });
  });
});

test.each(['a\0b', 'a'.repeat(131_070)])(
  'a name that no command can have, case %#: the findings of the others stay',
  async (name) => {
    account.rows.push({ ...account.row('alice'), user: name });
    account.publish().answer('list-users', 'AccessDenied');
    const survey = await account.surveyed();
    expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    expect(survey.undetermined).toContainEqual(expect.stringContaining('the AWS CLI could not be started'));
  },
);

describe('one page of an answer', () => {
  const PAGE = { IsTruncated: true, Marker: 'abc' };

  test('of the users does not show that the others were deleted', async () => {
    account.publish().answer('list-users', { Users: [], ...PAGE });
    const survey = await account.surveyed();
    expect(survey).toMatchObject({ code: 2, users: 3, notices: [] });
    expect(findings(survey)).toEqual(FOUND);
    expect(survey.undetermined).toEqual([expect.stringMatching(/^users that changed .* one page of more$/)]);
  });

  test('of the tags does not show that a user has no rotation', async () => {
    account.publish().answer('list-user-tags.bob', { Tags: [], ...PAGE });
    const survey = await account.surveyed();
    expect([survey.code, findings(survey)]).toEqual([2, FOUND]);
    expect(survey.undetermined).toEqual([expect.stringMatching(/^the tags of "bob" could not be read.* one page of/)]);
  });

  test('of the access keys does not show that a key was deleted', async () => {
    account.publish().answer('list-access-keys.alice', { AccessKeyMetadata: [], ...PAGE });
    const survey = await account.surveyed();
    expect([survey.code, findings(survey), survey.notices]).toEqual([2, ['no-rotation alice 1'], []]);
  });
});

test('a key that was replaced since the report', async () => {
  account.add('eve', { keys: [{ created: 0.05 }], tag: ROTATION });
  account.row('eve').access_key_1_last_rotated = '2026-01-01T00:00:00Z';

  const survey = await account.survey();

  expect([survey.code, findings(survey)]).toEqual([1, FOUND]);
  expect(survey.notices).toEqual([expect.stringMatching(/^key 1 of "eve" was active .* deactivated or deleted since/)]);
});

test.each([
  [['--max-age-days', '0'], 'no whole number from 1'],
  [['--max-age-days', '1e3'], 'no whole number'],
  [['--now', 'noon'], 'is no time'],
  [['--now', '0100-01-01T00:00:00Z'], 'is no time'],
  [['--now', '9999-12-31T23:59:59Z'], 'is no time'],
  [['--format', 'xml'], 'invalid choice'],
  [['--max', '30'], 'unrecognized arguments'],
])('the option %j is refused with status 2, before any call', async (args, message) => {
  const { code, stdout, stderr } = await account.publish().run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(() => account.calls).toThrow();
});

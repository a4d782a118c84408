/** docs/coverage.md agrees with access-key-coverage. */
import { AuditedAccount, findings, HEALTHY, ROTATION } from './audited-account';
import { Account } from '../../function/iam-evaluation';
import { pageOf } from '../../package/pages/markdown';
import { read } from '../../package/pages/repository';
import { Deployment } from '../../template/deployment';
import { ACCOUNT } from '../../template/support';

const PAGE = 'docs/coverage.md';
const page = read(PAGE);
const blocks = (info: string) => pageOf(page).fences.filter((fence) => fence.info === info);

let account: AuditedAccount;
beforeEach(() => {
  account = new AuditedAccount().add('alice', { keys: [{ created: 95, used: 1, id: 'AKIAIOSFODNN7EXAMPLE' }] });
});
afterEach(() => account.remove());

test('the page has each option, and no other', async () => {
  const { stdout } = await account.run(['--help']);
  const inProgram = new Set([...stdout.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, option]) => option));
  const onPage = new Set([...page.matchAll(/`(--[a-z-]+)/g)].map(([, option]) => option));

  expect(onPage).toEqual(new Set([...inProgram].filter((option) => option !== '--help')));
});

test('the page has each exit status', async () => {
  const { stdout } = await account.run(['--help']);
  const inProgram = [...stdout.matchAll(/(\d) [a-z]+/g)].map(([, status]) => status);
  expect([...page.matchAll(/^\| (\d) \|/gm)].map(([, status]) => status)).toEqual(['0', '1', '2']);
  expect(inProgram.slice(-3)).toEqual(['0', '1', '2']);
});

test('the page has each finding', async () => {
  const kinds = /^.*KINDS = \((.*)\)$/m.exec(read('clients/access-key-coverage'))![1];
  expect([...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => `'${kind}'`).join(', ')).toBe(kinds);
});

test('the output on the page is that of the program', async () => {
  account
    .add('bob', { keys: [HEALTHY], tag: ROTATION })
    .add('carol', { keys: [{ created: 2, used: 1, id: 'AKIAI44QH8DHBEXAMPLE' }] })
    .publish();
  const { stdout } = await account.run(['--exemptions', account.exemptions('carol,a trial,2026-07-01')]);
  expect(blocks('text').map(({ text }) => text)).toEqual([stdout]);
});

test('the file of exemptions on the page is valid', async () => {
  const [{ text }] = blocks('csv');
  account.add('carol', { keys: [HEALTHY] }).add('legacy-erp', { keys: [HEALTHY] });
  const survey = await account.survey('--exemptions', account.file('page.csv', text));
  expect(findings(survey)).toEqual(['no-rotation alice AKIAIOSFODNN7EXAMPLE', 'old alice AKIAIOSFODNN7EXAMPLE']);
  expect(survey).toMatchObject({
    undetermined: [],
    notices: [],
    exempted: [{ user: 'carol' }, { user: 'legacy-erp' }],
  });
});

describe('the policy on the page', () => {
  const [policy, ...more] = blocks('json').map(({ text }) => JSON.parse(text));
  const auditor = `arn:aws:iam::${ACCOUNT}:role/auditor`;
  const may = async (action: string, resource: string) =>
    new Account(new Deployment([])).evaluate(auditor, `iam:${action}`, resource, {}, [{ name: 'page', policy }]);
  const actions: string[] = policy.Statement.flatMap(({ Action }: { Action: string[] }) => Action);
  const user = `arn:aws:iam::${ACCOUNT}:user/team/alice`;

  test('allows each call of the program, on users with any path, and no other', async () => {
    expect(more).toEqual([]);
    account.add('new', { keys: [HEALTHY], created: 0.01, only: 'iam' });
    await account.survey();
    await account.survey('--report', account.file('report', account.report()));
    const calls = new Set(account.calls.map((call) => call.replace(/\..*/, '')));
    expect(calls.delete('sts get-caller-identity')).toBe(true); // it needs no permission, as the page says
    expect(page).toContain('`sts:GetCallerIdentity`');
    const called = new Set([...calls].map((call) => call.replace(/^iam /, '')));
    const pascal = (name: string) => name.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());

    expect([...called].map((name) => `iam:${pascal(name)}`).sort()).toEqual([...actions].sort());
    for (const name of called) {
      const resource = ['list-user-tags', 'list-access-keys'].includes(name) ? user : '*';
      expect([name, await may(pascal(name), resource)]).toEqual([name, true]);
    }
  });

  test('allows no change, and nothing in another account', async () => {
    for (const action of ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'TagUser', 'GetUser']) {
      expect([action, await may(action, user)]).toEqual([action, false]);
    }
    expect(await may('ListAccessKeys', user.replace(ACCOUNT, '444455556666'))).toBe(false);
  });
});

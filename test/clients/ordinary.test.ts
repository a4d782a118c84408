/** The program of clients/ while nothing fails. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { CODE, DAY, HOUR, INSTALL, Machine, PROGRAM, SHELLS, START } from './machine';

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000', '');

let machine: Machine;
afterEach(() => machine.remove());

describe.each(SHELLS)('with $name', (shell) => {
  beforeEach(() => {
    machine = new Machine(shell);
  });

  test('an installation stores the first key, in private files, and an SDK gets it for an hour', async () => {
    const key = machine.rotate();

    const { code, stdout } = await machine.install();

    expect(code).toBe(0);
    expect(stdout).toContain(`key           ${key.AccessKey}, here since 2026-01-01T00:00:00Z`);
    expect(await machine.answer()).toEqual({ ...key, Expiration: iso(START + HOUR), stderr: '' });
    expect(machine.files()).toEqual(['config', 'key', 'state']);
    expect(['.', ...machine.files()].map((file) => machine.mode(file))).toEqual(['700', '600', '600', '600']);
  });

  test('the secret is read every 9 to 12 hours, at different times, and not between', async () => {
    await machine.installed();
    const gaps = new Set<number>();
    for (let read = 0, last = START; read < 6; last = machine.now, read++) {
      machine.now = last + 9 * HOUR - 60;
      await machine.answer();
      expect(machine.calls()).toEqual([]);
      const [, next] = /^next=(\d+)$/m.exec(machine.read('state'))!;
      gaps.add(Number(next) - last);
      machine.now = Number(next);
      await machine.answer();
      expect(machine.calls()).toEqual(['secretsmanager get-secret-value']);
    }
    expect(gaps.size).toBeGreaterThan(3);
    for (const gap of gaps) expect(gap / HOUR).toBeGreaterThanOrEqual(9);
    for (const gap of gaps) expect(gap / HOUR).toBeLessThanOrEqual(12);
  });

  test('a new key is used after STS has accepted it, and the key before it is kept', async () => {
    const first = await machine.installed();
    const second = machine.rotate();
    machine.now = START + 12 * HOUR;

    expect(await machine.answer()).toMatchObject({ ...second, stderr: '' });

    expect(machine.calls()).toEqual(['secretsmanager get-secret-value', 'sts get-caller-identity']);
    expect(machine.read('previous')).toContain(first.SecretKey);
    expect(machine.files()).toEqual(['config', 'key', 'previous', 'state']);
    expect(machine.files().map((file) => machine.mode(file))).toEqual(['600', '600', '600', '600']);
  });

  test('four rotations never leave an SDK without a key that works', async () => {
    let key = await machine.installed();
    for (let day = 90; day <= 360; day += 90) {
      const old = key;
      machine.now = START + (day - 1) * DAY;
      expect(await machine.answer()).toMatchObject({ ...old, stderr: '' });
      key = machine.rotate();
      machine.now = START + day * DAY;
      expect(await machine.answer()).toMatchObject({ ...key, stderr: '' });
      machine.deactivate(old);
      machine.now = START + (day + 14) * DAY;
      expect(await machine.answer()).toMatchObject({ ...key, stderr: '' });
    }
  });

  test('a secret with other fields, and with names of its own', async () => {
    const { AccessKey, SecretKey } = machine.createKey();
    machine.publish({ url: 'https://"x"\\', keys: { id: 'nested' }, Schlüssel: SecretKey, id: AccessKey, list: [1] });

    const { code } = await machine.install('--access-key-field', 'id', '--secret-key-field', 'Schlüssel');

    expect(code).toBe(0);
    expect(await machine.answer()).toMatchObject({ AccessKey, SecretKey });
  });

  test('--refresh reads at once', async () => {
    await machine.installed();
    const next = machine.rotate();

    const { code, stdout } = await machine.run(['--refresh']);

    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(next.AccessKey) });
    expect(await machine.answer()).toMatchObject(next);
  });

  test('--status shows the state, without a call', async () => {
    const { AccessKey } = await machine.installed('--refresh-hours', '24');
    machine.now = START + HOUR;

    const { code, stdout } = await machine.run(['--status']);

    expect(code).toBe(0);
    expect(stdout.replace(/(after ).*/, '$1…')).toBe(
      [
        'secret        ci-deployer in eu-central-1',
        'user          arn:aws:iam::111122223333:user/path/ci-deployer',
        `key           ${AccessKey}, here since 2026-01-01T00:00:00Z`,
        'last read     2026-01-01T00:00:00Z',
        'next read     at the first call after …',
        'last error    none',
        '',
      ].join('\n'),
    );
    const [, next] = /after (.*)/.exec(stdout)!;
    expect((Date.parse(next) / 1000 - START) / HOUR).toBeGreaterThanOrEqual(18);
    expect((Date.parse(next) / 1000 - START) / HOUR).toBeLessThanOrEqual(24);
    expect(machine.calls()).toEqual([]);
  });

  test('the first key can come from stdin', async () => {
    const key = machine.rotate();

    const { code } = await machine.run([...INSTALL, '--stdin'], { stdin: JSON.stringify(key, null, 2) });

    expect(code).toBe(0);
    expect(await machine.answer()).toMatchObject(key);
  });

  test('two processes at once: one of them reads the secret, both answer', async () => {
    const old = await machine.installed();
    const next = machine.rotate();
    machine.now = START + DAY;

    const answers = await Promise.all([...Array(6)].map(() => machine.answer()));

    for (const { AccessKey, stderr } of answers) {
      expect([old.AccessKey, next.AccessKey]).toContain(AccessKey);
      expect(stderr).toBe('');
    }
    expect(machine.calls()).toEqual(['secretsmanager get-secret-value', 'sts get-caller-identity']);
    expect(await machine.answer()).toMatchObject(next);
    expect(machine.files()).toEqual(['config', 'key', 'previous', 'state']);
  });

  test('dates are right', async () => {
    await machine.installed();
    machine.fault('get-secret-value', 'Could not connect to the endpoint URL: "https://x/"');
    for (const day of [
      '2027-02-28',
      '2028-02-29',
      '2028-03-01',
      '2099-12-31',
      '2100-02-28',
      '2100-03-01',
      '2286-11-19',
    ]) {
      machine.now = Date.parse(`${day}T22:59:59Z`) / 1000;
      expect((await machine.answer()).Expiration).toBe(`${day}T23:59:59Z`);
    }
  });
});

describe('the options', () => {
  beforeEach(() => {
    machine = new Machine();
  });

  test.each([
    [['--nothing'], '--nothing is no option'],
    [['--install'], '--install needs --secret and --region'],
    [['--install', '--secret'], '--secret needs a value'],
    [[...INSTALL, '--refresh-hours', '0'], "--refresh-hours is '0'"],
    [[...INSTALL, '--refresh-hours', '08'], "--refresh-hours is '08'"],
    [[...INSTALL, '--refresh-hours', '169'], "--refresh-hours is '169'"],
    [[...INSTALL, '--access-key-field', 'SecretKey'], 'must be two names'],
    [[...INSTALL, '--access-key-field', ''], 'must be two names'],
    [[...INSTALL, '--profile', 'a b'], "--profile is 'a b'"],
    [['--install', '--secret', 'a\nb', '--region', 'eu-central-1'], 'a line break'],
  ])('%j is refused', async (args, message) => {
    expect(await machine.run(args)).toEqual({ code: CODE.usage, stdout: '', stderr: expect.stringContaining(message) });
  });

  test.each(['a"b', "a'b", 'a\\b', 'a$b', 'a`b', 'a #b', 'a;b', 'a\nb'])('a directory %j is refused', async (name) => {
    expect(await machine.install('--directory', `/tmp/${name}`)).toEqual({
      code: CODE.usage,
      stdout: '',
      stderr: expect.stringContaining(`the path /tmp/${name} has a character that some SDKs cannot pass`),
    });
  });

  test('the line for the profile is right for SDKs that remove quotes, and for paths with spaces', async () => {
    machine.rotate();
    const directory = join(machine.home, 'a private directory');

    const { stdout } = await machine.install('--directory', directory);

    const [, line] = /^credential_process = (.*)$/m.exec(stdout)!;
    expect(line).not.toMatch(/^(["']).*\1$/); // the Go SDK removes them from a whole value
    expect(execFileSync('sh', ['-c', `printf '<%s>' ${line}`], { encoding: 'utf8' })).toBe(
      `<${PROGRAM}><--directory><${directory}>`,
    );
  });

  test('--help names every option', async () => {
    const { code, stdout } = await machine.run(['--help']);

    expect(code).toBe(0);
    for (const option of ['--directory', '--status', '--refresh', '--install', '--secret', '--region', '--stdin']) {
      expect(stdout).toContain(option);
    }
  });

  test('--profile writes the profile, and names a key in it that would take precedence', async () => {
    machine.rotate();
    machine.set('static-key', 'AKIAIOSFODNN7OLDER');

    const { code, stderr } = await machine.install('--profile', 'ci');

    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('takes precedence') });
    expect(machine.calls().filter((call) => call.startsWith('configure'))).toEqual(['configure set', 'configure get']);
  });
});

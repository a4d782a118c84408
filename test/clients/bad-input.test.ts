/** The program of clients/ when something is wrong: a clear error, nothing lost, and the key while AWS accepts it. */
import { chmodSync, chownSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CODE, DAY, HOUR, type Key, Machine, SHELLS, START } from './machine';

const NETWORK = 'Could not connect to the endpoint URL: "https://secretsmanager.eu-central-1.amazonaws.com/"';
const serviceError = (code: string, text = '') =>
  `An error occurred (${code}) when calling the GetSecretValue operation: ${text}`;

let machine: Machine;
let key: Key;
afterEach(() => machine.remove());

/** The key is served, and the status has the error. */
async function servedWith(code: number, message: string, of = key): Promise<void> {
  const answer = await machine.answer();
  expect(answer).toMatchObject(of);
  const status = await machine.run(['--status']);
  expect(status).toMatchObject({ code, stdout: expect.stringContaining(message) });
  expect(answer.stderr).toContain(code === CODE.unreachable ? '' : message);
}

describe.each(SHELLS)('with $name', (shell) => {
  let installed: Machine;
  beforeAll(async () => {
    installed = new Machine(shell);
    key = await installed.installed();
    installed.now = START + 12 * HOUR;
  });
  beforeEach(() => {
    machine = installed.copy();
  });
  afterAll(() => installed.remove());

  describe('the key is served, and the error is in the status', () => {
    test('the network is down: nothing is printed on a day, and it is tried again after 10 to 15 minutes', async () => {
      machine.fault('get-secret-value', NETWORK);

      expect(await machine.answer()).toMatchObject({ ...key, stderr: '' });
      await servedWith(CODE.unreachable, NETWORK);
      machine.now += 600 - 1;
      await machine.answer();
      expect(machine.calls()).toEqual(['secretsmanager get-secret-value']);
      machine.now += 301;
      await machine.answer();
      expect(machine.calls()).toEqual(['secretsmanager get-secret-value']);
      machine.now = START + 2 * DAY;
      expect((await machine.answer()).stderr).toContain('AWS could not be asked');
      machine.fault('get-secret-value');
      const next = machine.rotate();
      machine.now += HOUR;
      expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
      expect((await machine.run(['--status'])).code).toBe(0);
    });

    test.each([
      ['permission', CODE.denied, 'may not be read', serviceError('AccessDeniedException', 'not authorized')],
      [
        'permission for the KMS key',
        CODE.denied,
        'kms:Decrypt',
        serviceError('AccessDeniedException', 'Access to KMS is not allowed'),
      ],
      [
        'secret, which is scheduled for deletion',
        CODE.noSecret,
        'aws secretsmanager restore-secret --secret-id ci-deployer --region eu-central-1',
        serviceError(
          'InvalidRequestException',
          "You can't perform this operation on the secret because it was marked for deletion.",
        ),
      ],
      ['secret', CODE.noSecret, 'does not exist', serviceError('ResourceNotFoundException')],
      ['answer in time', CODE.unreachable, 'Read timeout', 'Read timeout on endpoint URL: "None"'],
      ['room for more calls', CODE.unreachable, 'ThrottlingException', serviceError('ThrottlingException')],
      ['reason', CODE.unreachable, 'no answer', ''],
    ])('there is no %s', async (_, code, message, fault) => {
      machine.fault('get-secret-value', fault);

      await servedWith(code, message);
    });

    test('the clock is hours wrong', async () => {
      machine.set('clock-is-wrong', '');

      await servedWith(CODE.clock, 'clock of this machine is wrong');
    });

    test('the clock was days ahead at the last read, and is right again', async () => {
      machine.now = START + 100 * DAY;
      await machine.answer();
      const next = machine.rotate();
      machine.now = START + 2 * DAY;

      expect(await machine.answer()).toMatchObject(next);
    });

    test.each([
      ['no JSON', 'AKIA and a key'],
      ['no object', '["AKIA"]'],
      ['a binary secret', 'None'],
      ['another field', '{"accessKey": "AKIAIOSFODNN7EXAMPLE", "SecretKey": "wJalrXUtnFEMI/K7MDENG"}'],
      ['a number', '{"AccessKey": 12345678901234567890, "SecretKey": "wJalrXUtnFEMI/K7MDENG"}'],
      ['half of it', '{"AccessKey": "AKIAIOSFODNN7EXAMPLE", "SecretKey": "wJalrXUtnFEMI/K7MD'],
      [
        'what would be a line of the file',
        '{"AccessKey": "AKIAIOSFODNN7EXAMPLE", "SecretKey": "a\\n[other]\\nx = yyyyyyyyyyyy"}',
      ],
      [
        'what would be a command',
        '{"AccessKey": "$(touch x)AAAAAAAAAAAAAAA", "SecretKey": "`touch x`;touch x;AAAAAAAA"}',
      ],
      ['nothing', ''],
    ])('the secret has %s', async (_, value) => {
      machine.publish(value);

      await servedWith(CODE.badValue, 'is no JSON object with an access key in "AccessKey" and "SecretKey"');
    });

    test('the secret has a key of another user', async () => {
      machine.publish(machine.createKey('admin'));

      await servedWith(CODE.badValue, 'a key of another user, arn:aws:iam::111122223333:user/path/admin');
    });

    test('the new key does not work yet; it is taken when it does', async () => {
      const next = { AccessKey: 'AKIAIOSFODNN7FUTURE', SecretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYFUTURE' };
      machine.publish(next);

      await servedWith(CODE.notYet, 'does not accept the new key AKIAIOSFODNN7FUTURE yet');
      const works = machine.rotate();
      machine.now += 900;
      expect(await machine.answer()).toMatchObject({ ...works, stderr: '' });
    });

    test('the network fails between the secret and STS', async () => {
      machine.rotate();
      machine.fault('get-caller-identity', NETWORK);

      await servedWith(CODE.unreachable, NETWORK);
    });

    test('Secrets Manager rejects the key, and STS accepts it', async () => {
      machine.fault('get-secret-value', serviceError('UnrecognizedClientException'));

      await servedWith(CODE.unreachable, 'Secrets Manager in eu-central-1 does not accept the key');
    });

    test('there is no AWS CLI', async () => {
      machine.write('config', machine.read('config').replace(/^path=.*$/m, 'path='));
      const path = machine.pathWithoutAws();

      expect(await machine.answer({ path })).toMatchObject({ ...key, stderr: expect.stringContaining('no AWS CLI') });
      expect((await machine.run(['--status'])).code).toBe(CODE.noCli);
      const other = await machine.run(
        ['--directory', join(machine.home, 'new'), '--install', '--secret', 'a', '--region', 'b'],
        { path },
      );
      expect(other).toMatchObject({ code: CODE.noCli, stdout: '' });
    });

    test('the AWS CLI is not in the PATH of a service, but where it was at the installation', async () => {
      const next = machine.rotate();

      expect(await machine.answer({ path: machine.pathWithoutAws() })).toMatchObject({ ...next, stderr: '' });
    });

    test('the disk is full', async () => {
      const next = machine.rotate();
      // a file of this process can have no content; stdout is a pipe
      const before = "trap '' XFSZ; ulimit -f 0";

      const answer = await machine.answer({ before });

      expect(answer).toMatchObject({ ...key, stderr: expect.stringContaining('the disk is full') });
      expect(machine.files()).toEqual(['config', 'key', 'state']);
      expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
    });

    test('another process has the lock', async () => {
      machine.rotate();
      symlinkSync(`${process.pid}:${machine.now - 60}`, join(machine.directory, 'lock'));

      expect(await machine.answer()).toMatchObject({ ...key, stderr: '' });
      expect(await machine.run(['--refresh'])).toMatchObject({ code: CODE.locked });
      expect(machine.calls()).toEqual([]);
    });

    test.each([
      ['ended', () => `999999999:${machine.now}`],
      ['is too old', () => `${process.pid}:${machine.now - 301}`],
      ['is from the future', () => `${process.pid}:${machine.now + DAY}`],
      ['has no name', () => 'x'],
    ])('a process that has the lock %s: it is taken over', async (_, lock) => {
      const next = machine.rotate();
      symlinkSync(lock(), join(machine.directory, 'lock'));

      expect(await machine.answer()).toMatchObject(next);
      expect(machine.files()).toEqual(['config', 'key', 'previous', 'state']);
    });

    test.each(['next=08\nchecked=x', 'next=99999999999999999999\n', '\0\x01', 'next=$(touch x)\ncode=`touch x`', ''])(
      'the state is %j: the secret is read',
      async (state) => {
        const next = machine.rotate();
        machine.now = START + HOUR;
        machine.write('state', state);

        expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
      },
    );
  });

  describe('the file of the key', () => {
    let rotated: Machine;
    let next: Key;
    beforeAll(async () => {
      rotated = installed.copy();
      next = rotated.rotate();
      await rotated.answer();
    });
    beforeEach(() => {
      machine.remove();
      machine = rotated.copy();
    });
    afterAll(() => rotated.remove());

    test.each([
      ['half', (text: string) => text.slice(0, text.length - 20)],
      ['empty', () => ''],
      ['something else', () => 'hello\n# end\n'],
      ['a secret with a quote', (text: string) => text.replace('wJalr', 'wJ"lr')],
    ])('is %s: the key before it reads the secret', async (_, damage) => {
      machine.write('key', damage(machine.read('key')));

      expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
      expect(machine.read('key')).toContain(next.SecretKey);
      expect(machine.read('previous')).toContain(key.SecretKey);
    });

    test('is damaged while the network is down: the key before it is served', async () => {
      machine.write('key', '');
      machine.fault('get-secret-value', NETWORK);

      expect(await machine.answer()).toMatchObject(key);
    });

    test('has the key of a roll-back, and AWS rejects it: the key before it reads the secret', async () => {
      machine.deactivate(next);
      machine.publish(key);
      machine.now += DAY;

      expect(await machine.answer()).toMatchObject({ ...key, stderr: '' });
    });

    test('is damaged, as is the one before it: an error, and both stay', async () => {
      machine.write('key', 'damaged');
      machine.write('previous', 'damaged too');

      expect(await machine.run()).toEqual({
        code: CODE.notInstalled,
        stdout: '',
        stderr: expect.stringContaining('holds no complete key. Install again'),
      });
      expect(machine.read('key')).toBe('damaged');
      expect((await machine.run(['--status'])).code).toBe(CODE.notInstalled);
      await machine.install();
      expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
    });

    test('could be read by others: it is closed and served, and the status says so until the next key', async () => {
      chmodSync(join(machine.directory, 'key'), 0o644);

      expect(await machine.answer()).toMatchObject({ ...next, stderr: expect.stringContaining('could read the key') });
      expect(machine.mode('key')).toBe('600');
      expect(await machine.answer()).toMatchObject({ ...next, stderr: '' });
      expect(await machine.run(['--status'])).toMatchObject({
        code: CODE.notPrivate,
        stdout: expect.stringContaining('other users of this machine could read the key'),
      });
      machine.rotate();
      expect((await machine.run(['--refresh'])).code).toBe(0);
      expect((await machine.run(['--status'])).code).toBe(0);
    });

    test.each(['key', 'config', 'previous', 'state'])('%s could be written by others: it is not used', async (file) => {
      chmodSync(join(machine.directory, file), 0o620);

      expect(await machine.run()).toMatchObject({
        code: CODE.notPrivate,
        stdout: '',
        stderr: expect.stringMatching(/can be written by others \(-rw--w----/),
      });
    });

    test('is a link: it is not used', async () => {
      renameSync(join(machine.directory, 'key'), join(machine.home, 'elsewhere'));
      symlinkSync(join(machine.home, 'elsewhere'), join(machine.directory, 'key'));

      expect(await machine.run()).toMatchObject({ code: CODE.notPrivate, stdout: '' });
    });

    test('is in a directory that others can write: it is not used', async () => {
      chmodSync(machine.directory, 0o777);

      expect(await machine.run()).toMatchObject({ code: CODE.notPrivate, stdout: '' });
    });

    test('belongs to another user: it is not used', async () => {
      // Only root can give a file away. For others, /dev/null is a file of root.
      if (process.getuid!() === 0) {
        chownSync(join(machine.directory, 'key'), 65534, 65534);
      } else {
        rmSync(join(machine.directory, 'key'));
        symlinkSync('/dev/null', join(machine.directory, 'key'));
      }

      expect(await machine.run()).toMatchObject({ code: CODE.notPrivate, stdout: '' });
    });
  });

  describe('AWS rejects the key', () => {
    beforeEach(() => {
      machine.rotate();
      machine.deactivate(key);
      machine.now = START + 40 * DAY;
    });

    test('the machine was shut down for longer than both periods: the error says what to do', async () => {
      const result = await machine.run();

      expect(result).toEqual({ code: CODE.rejected, stdout: '', stderr: expect.any(String) });
      for (const part of [
        `AWS rejects the key ${key.AccessKey}`,
        'last read at 2026-01-01T00:00:00Z',
        'while this machine was shut down',
        `--install --secret 'ci-deployer' --region eu-central-1`,
        `aws iam update-access-key --user-name 'ci-deployer' --access-key-id ${key.AccessKey} --status Active`,
      ]) {
        expect(result.stderr).toContain(part);
      }
      expect(await machine.run(['--status'])).toMatchObject({ code: CODE.rejected });
      expect(machine.read('key')).toContain(key.SecretKey);
    });

    test('AWS is asked again once a minute, and an activated key reads the secret', async () => {
      await machine.run();
      machine.calls();
      expect((await machine.run()).code).toBe(CODE.rejected);
      expect(machine.calls()).toEqual([]);
      machine.publish(key);
      const again = machine.createKey();
      machine.publish(again);
      machine.write(
        'key',
        machine.read('key').replaceAll(key.AccessKey, again.AccessKey).replaceAll(key.SecretKey, again.SecretKey),
      );
      machine.now += 60;

      expect(await machine.answer()).toMatchObject({ ...again, stderr: '' });
    });

    test('another installation ends it', async () => {
      await machine.run();
      expect((await machine.install()).code).toBe(0);

      expect((await machine.run()).code).toBe(0);
    });
  });

  test('an installation without permission changes nothing', async () => {
    const result = await machine.run(['--install', '--secret', 'ci-deployer', '--region', 'eu-central-1']);

    expect(result).toMatchObject({
      code: CODE.denied,
      stderr: expect.stringContaining('Unable to locate credentials'),
    });
    expect(await machine.answer()).toMatchObject(key);
  });

  test('the key may not read its secret: the installation stores it, and says so', async () => {
    rmSync(machine.directory, { recursive: true });
    machine.fault('get-secret-value', serviceError('AccessDeniedException'));

    const result = await machine.run(['--install', '--secret', 'a', '--region', 'eu-central-1', '--stdin'], {
      stdin: JSON.stringify(key),
    });

    expect(result).toMatchObject({ code: CODE.denied, stderr: expect.stringContaining('does not renew itself') });
    expect(await machine.answer()).toMatchObject(key);
  });

  test('there is no installation', async () => {
    rmSync(machine.directory, { recursive: true });

    expect(await machine.run()).toMatchObject({ code: CODE.notInstalled, stdout: '' });
    expect(await machine.run(['--status'])).toMatchObject({ code: CODE.notInstalled, stdout: '' });
  });
});

test('a shell whose printf is a program is refused: the key would be in the list of processes', async () => {
  machine = new Machine({ name: 'without printf', command: ['bash', '--posix', '-c', 'enable -n printf; . "$0"'] });

  expect(await machine.run()).toMatchObject({ code: CODE.notPrivate, stderr: expect.stringContaining('printf') });
});

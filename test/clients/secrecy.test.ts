/** The secret access key is in the private files and in the answer to the SDK, and nowhere else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, INSTALL, Machine, SHELLS } from './machine';

/** Names of the program's variables: an exported variable stays exported when a shell script assigns to it. */
const VARIABLES = [...new Set(['value', 'parsed', 'new_secret', 'key_secret', 'answer', 'line', 'failure', 'reason'])];

/** The keys of an SDK that runs the program, and of the person who installs it, must not sign its calls. */
const FOREIGN = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7FOREIGN', AWS_SECRET_ACCESS_KEY: 'foreign', AWS_PROFILE: 'foreign' };

let machine: Machine;
afterEach(() => machine.remove());

describe.each(SHELLS)('with $name', (shell) => {
  test('no command line, environment or output holds it, whatever the environment of the caller is', async () => {
    machine = new Machine(shell);
    machine.set('record', '');
    const env = {
      ...FOREIGN,
      ...Object.fromEntries(VARIABLES.map((name) => [name, 'x'])),
      SHELLOPTS: 'xtrace:allexport', // of bash; ignored by others
    };
    const first = machine.rotate();
    const installation = await machine.run([...INSTALL, '--stdin'], { stdin: JSON.stringify(first), env });
    machine.now += DAY;
    const second = machine.rotate();
    const { stderr, ...answer } = await machine.answer({ env });
    machine.now += DAY;
    machine.write('key', 'damaged');
    const damaged = await machine.run([], { env });
    const status = await machine.run(['--status'], { env });
    machine.publish(`{"AccessKey": 1, "SecretKey": "${second.SecretKey}"}`);
    machine.now += DAY;
    const bad = await machine.run(['--refresh'], { env });

    expect(answer).toMatchObject(second);
    const seen = readFileSync(join(machine.account, 'seen'), 'utf8');
    expect(seen).toContain('get-secret-value'); // the command lines were recorded
    expect(seen).toContain(`AWS_SHARED_CREDENTIALS_FILE=${machine.directory}`);
    const places = {
      seen,
      calls: readFileSync(join(machine.account, 'calls'), 'utf8'),
      installation: JSON.stringify(installation),
      answer: stderr,
      damaged: damaged.stderr,
      status: JSON.stringify(status),
      bad: JSON.stringify(bad),
      state: machine.read('state') + machine.read('config'),
    };
    for (const [place, content] of Object.entries(places)) {
      for (const { SecretKey } of [first, second]) {
        expect({ place, holds: content.includes(SecretKey) }).toEqual({ place, holds: false });
      }
    }
  });

  test('its calls are signed by its own key, whatever credentials the caller has', async () => {
    machine = new Machine(shell);
    await machine.installed();
    const second = machine.rotate();
    machine.now += DAY;

    expect(await machine.answer({ env: FOREIGN })).toMatchObject({ ...second, stderr: '' });
  });
});

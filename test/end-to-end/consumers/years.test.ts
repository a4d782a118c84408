/** Processes with the SDKs, which use the program of clients/ on the local AWS, through more than a year. */
import { Installation } from './installation';
import { emulatorPython } from '../../local-aws/virtual-environment';
import { LocalAws, userArn } from '../support';

const DAYS = 400;

let aws: LocalAws;
let installation: Installation | undefined;
beforeAll(async () => {
  aws = await LocalAws.start();
});
afterAll(async () => {
  installation?.remove();
  await aws.emulator.stop();
});

test('JavaScript and Python live through 400 days and four rotations without a restart, and no call fails', async () => {
  await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
  installation = await Installation.of(aws.emulator, 'alice');
  const consumers = {
    javascript: installation.consumer(process.execPath, require.resolve('./consumer.cjs')),
    python: installation.consumer(await emulatorPython(), '-B', require.resolve('./consumer.py')),
  };
  const calls = { javascript: 0, python: 0 };
  const failed: object[] = [];
  const keys = new Set<string>();
  for (let day = 0; day <= DAYS; day++) {
    const now = await installation.setClock();
    for (const name of ['javascript', 'python'] as const) {
      const { arn, accessKeyId, error } = await consumers[name](now);
      calls[name] += 1;
      if (arn === userArn('alice')) keys.add(accessKeyId!);
      else failed.push({ day, name, error });
    }
    await aws.emulator.advanceDays(1);
  }

  expect(failed).toEqual([]);
  expect(calls).toEqual({ javascript: DAYS + 1, python: DAYS + 1 });
  expect(keys.size).toBe(5); // the first one, and those of four rotations
  expect(keys).toContain((await aws.secretValue('alice')).AccessKey);
});

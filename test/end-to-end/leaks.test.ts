/** What a thief of a key can do, and what the rotation does about a leak, with the bundle on the local AWS. */
import { LocalAws } from './support';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.emulator.stop());

describe('the holder of a key', () => {
  test('reads the current key, and neither the key before it nor anything with a session', async () => {
    await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
    const old = await aws.secretValue('alice');
    await aws.emulator.advanceDays(91);
    const current = await aws.secretValue('alice');

    expect(await aws.readAs(old, 'alice')).toEqual(current);
    await expect(aws.readAs(current, 'alice', 'AWSPREVIOUS')).rejects.toThrow('not authorized');
    await expect(aws.readAs(await aws.sessionOf(current), 'alice')).rejects.toThrow('not authorized');
  });

  test('reads nothing with selfRead: false', async () => {
    await aws.deploy(() => ({ selfRead: false, users: [{ userName: 'alice' }] }));
    await expect(aws.readAs(await aws.secretValue('alice'), 'alice')).rejects.toThrow('not authorized');
  });
});

/**
 * One record of any kind, about any key, on any version, with a date that a run could have written: what it changes is
 * in the table of docs/security.md. No such record leaves a user without a key that works, has a key of a person
 * deleted, or stops "revoke"; and a removal deletes what it deletes without the record.
 */
import { DAY, HOUR } from '../../../src/contract/ages';
import { ACTIONS } from '../../../src/contract/events';
import { removeUser } from '../../../src/rotator/actions/remove';
import { rotate } from '../../../src/rotator/actions/rotate';
import { deactivateCommand } from '../../../src/rotator/domain/commands';
import { KINDS } from '../../../src/rotator/domain/ledger';
import { ModelAws } from '../../fake-aws/fake-aws';
import { iso } from '../decide';
import { withOneKey } from '../one-key';
import { CONTEXT, manualRequest, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

const ROTATION = 'eu-west-1/Keys/1';
const [FIRST, SECOND] = ['AKIA0001', 'AKIA0002'];

const pass = (aws: ModelAws, ms: number) => (aws.now = new Date(aws.now.getTime() + ms));

async function checks(aws: ModelAws, days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    // A check that fails or is blocked changes nothing.
    for (const action of ACTIONS) await rotate(request(action), aws.tools()).catch(() => undefined);
    pass(aws, DAY);
  }
}

async function oneKey(): Promise<ModelAws> {
  const aws = await withOneKey(5);
  aws.person.use(FIRST);
  return aws;
}

async function inSwitchPeriod(): Promise<ModelAws> {
  const aws = await withOneKey(91);
  await checks(aws, 1);
  aws.person.use(SECOND);
  return aws;
}

const WORLDS: Readonly<Record<string, () => Promise<ModelAws>>> = {
  'one key': oneKey,
  'the switch period': inSwitchPeriod,
  'the recovery period': async () => {
    const aws = await inSwitchPeriod();
    await checks(aws, 15);
    aws.person.use(SECOND);
    return aws;
  },
  'a key that a person made': async () => {
    const aws = await oneKey();
    aws.makeKey(true);
    await checks(aws, 1);
    return aws;
  },
  'other fields that a person wrote': async () => {
    const aws = await oneKey();
    aws.person.editFields({ host: 'db' });
    await checks(aws, 1);
    return aws;
  },
};

/** Each version of the rotation that there is, and each date that a run of this user could have. */
function* forgeries(kind: string, aws: ModelAws): Generator<{ label: string; version: string }> {
  const dates = [aws.now, new Date(aws.now.getTime() - HOUR), ...[...aws.keys.values()].map((key) => key.createdAt)];
  const versions = [...aws.versions.keys()];
  for (const subject of [...aws.keys.keys(), 'AKIAGHOST00000000001']) {
    for (const at of dates) {
      for (const notified of at === aws.now ? ['', '.unnotified'] : ['']) {
        const label = `akr1.${kind}.${subject}.${iso(at)}${notified}`;
        if (aws.labels().includes(label)) continue;
        for (const version of versions) yield { label, version };
      }
    }
  }
}

const stateOf = (aws: ModelAws) => [...aws.keys.values()].map(({ keyId, active }) => `${keyId} ${active}`).join();

describe.each(Object.entries(WORLDS))('%s', (name, make) => {
  /** A key that a person made and that is in use. */
  const ofPerson = name === 'a key that a person made' ? SECOND : undefined;

  test.each(KINDS)(
    '`%s`: after three days of checks, the current key works, and a key of a person exists',
    async (kind) => {
      const world = await make();
      if (ofPerson) world.person.use(ofPerson);
      const found: string[] = [];
      for (const { label, version } of forgeries(kind, world)) {
        const aws = world.clone();
        aws.person.label(label, version);
        await checks(aws, 3);
        const works = aws.keys.get(aws.currentKey() ?? '')?.active === true;
        if (!works || (ofPerson && !aws.keys.has(ofPerson))) found.push(`${label} on ${version}: ${stateOf(aws)}`);
      }
      expect(found).toEqual([]);
    },
  );

  test.each(KINDS)(
    '`%s`: "revoke" of each key of the rotation ends with the key inactive, or names the command',
    async (kind) => {
      const world = await make();
      const found: string[] = [];
      for (const { label, version } of forgeries(kind, world)) {
        for (const accessKeyId of [...world.keys.keys()].filter((keyId) => keyId !== ofPerson)) {
          const aws = world.clone();
          aws.person.label(label, version);
          const command = deactivateCommand({ username: 'alice', region: CONTEXT.region }, accessKeyId);
          const isNamed = async () => {
            const { message } = await rotate(manualRequest('revoke', { accessKeyId }), aws.tools());
            return message.includes(command);
          };
          const named = await isNamed().catch((error: Error) => error.message.includes(command));
          if (aws.keys.get(accessKeyId)?.active && !named) found.push(`${accessKeyId}, ${label} on ${version}`);
        }
      }
      expect(found).toEqual([]);
    },
  );

  test.each([true, false])('a removal deletes the same keys (adopted: %p)', async (adopted) => {
    const world = await make();
    world.ownIam().writeTag('TagUser', adopted ? `${ROTATION}/adopted` : ROTATION);
    const remove = async (aws: ModelAws) => {
      const from = aws.now.getTime();
      const tools = aws.tools();
      const clock = { ...tools.clock, remainingTime: () => 300_000 - (aws.now.getTime() - from) };
      const user = { username: 'alice', secret: 'alice', region: 'eu-west-1', rotation: ROTATION, adopted };
      const more = { existingSecret: false, isCreateOpen: false, hasMoved: false };
      const deleted = await removeUser({ ...user, ...more }, { ...tools, clock });
      return [deleted.sort().join(), stateOf(aws)].join('; ');
    };
    const expected = await remove(world.clone());
    const found: string[] = [];
    for (const kind of KINDS) {
      for (const { label, version } of forgeries(kind, world)) {
        const aws = world.clone();
        aws.person.label(label, version);
        const end = await remove(aws).catch((error: Error) => error.message);
        // An owner in a created secret is refused until a check has removed it, and a claim of now has to end.
        const waits = { owner: /staging label akr1\.owner/, claim: /no time is left/, restore: /no time is left/ };
        const wait = waits[kind as keyof typeof waits];
        if (end !== expected && !wait?.test(end)) found.push(`${label} on ${version}: ${end}`);
      }
    }
    expect(found).toEqual([]);
  });
});

/** Records that only another principal can have written, with a date in the past: what they say is false. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { KINDS } from '../../../src/rotator/domain/ledger';
import { ModelAws } from '../../fake-aws/fake-aws';
import { iso } from '../decide';
import { deploy, settingsOf } from '../existing-secret';
import { withOneKey } from '../one-key';
import { manualRequest, request } from '../support';

const events = (aws: ModelAws, from: number) => aws.sent.slice(from).map(({ attributes }) => attributes.event);

describe('`removed`, for a user that the rotation still has', () => {
  const forge = (aws: ModelAws, minutes: number) =>
    aws.person.label(`akr1.removed.abcd1234.${iso(new Date(aws.now.getTime() + minutes * 60_000))}`);

  test.each([-90 * 24 * 60, -6 * 60, 0, 5])(
    'of a moment %d minutes from now, is reported by each check once no late request can arrive, and by the status at once',
    async (minutes) => {
      const aws = await withOneKey(5);
      forge(aws, minutes);
      expect(await rotate(manualRequest('status'), aws.tools())).toMatchObject({
        status: { blocked: expect.stringContaining('CloudFormation removed this user from the rotation') },
      });
      aws.now = new Date(aws.now.getTime() + (minutes > -360 ? 7 * 3_600_000 : 0));
      const before = aws.sent.length;
      for (const action of ['create', 'deactivate', 'delete'] as const) {
        expect(await rotate(request(action), aws.tools())).toMatchObject({
          outcome: 'blocked',
          message: expect.stringContaining('but the rotation still has the user; if the secret belongs'),
        });
      }
      expect(events(aws, before)).toEqual(['blocked', 'blocked', 'blocked']);
    },
  );

  test('does not stop "revoke": the leaked key is inactive, the answer says why no key follows, and people know', async () => {
    const aws = await withOneKey(5);
    forge(aws, 0);
    const before = aws.sent.length;
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    expect(await rotate(revoke, aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringMatching(
        /^the leaked key AKIA0001 is inactive; CloudFormation removed this user .*, so no new key replaces it; if the secret/,
      ),
    });
    expect(aws.keys.get('AKIA0001')?.active).toBe(false);
    expect(events(aws, before)).toEqual(['blocked']);

    const [label] = aws.labels().filter((name) => name.includes('.removed.'));
    aws.ownSecret().stage(label, undefined, aws.secret.holder(label), aws.now);
    expect(await rotate(revoke, aws.tools())).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  });
});

describe('`copy`, on a value that another principal wrote', () => {
  const secretOf = (aws: ModelAws) =>
    JSON.parse(aws.versions.get(aws.versionOf('AKIA0001')!)!.value) as Record<string, string>;

  async function forged(value: (own: Record<string, string>) => object): Promise<ModelAws> {
    const aws = await withOneKey(5);
    const label = aws.labels().find((name) => name.startsWith('akr1.key.'))!;
    aws.person.overwrite(JSON.stringify(value(secretOf(aws))));
    aws.person.label(label.replace('.key.', '.copy.'));
    return aws;
  }

  test.each<[string, (own: Record<string, string>) => object]>([
    ['another key', () => ({ AccessKey: 'AKIAMALLORY', SecretKey: 'x' })],
    ['another key, and the ID elsewhere', () => ({ AccessKey: 'AKIAMALLORY', SecretKey: 'x', note: 'AKIA0001' })],
    ['the ID with another secret access key', ({ AccessKey }) => ({ AccessKey, SecretKey: 'x' })],
    ['no key', () => ({ mine: true })],
  ])('that holds %s, is removed, and the value is reported as that of another principal', async (_what, value) => {
    const aws = await forged(value);
    const before = aws.sent.length;
    expect(await rotate(request('create'), aws.tools())).toMatchObject({
      outcome: 'blocked',
      message: expect.stringContaining('was not written by this rotation'),
    });
    expect(events(aws, before)).toContain('blocked');
    expect(aws.labels().filter((label) => label.includes('.copy.'))).toEqual([]);
  });

  test.each<[string, (own: Record<string, string>) => object]>([
    ['with another field', (own) => ({ ...own, host: 'db' })],
    [
      'under the names of its fields before a deploy',
      ({ AccessKey, SecretKey }) => ({ id: AccessKey, key: SecretKey }),
    ],
  ])('that holds the key %s, stays', async (_what, value) => {
    const aws = await forged(value);
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect(aws.labels().filter((label) => label.includes('.copy.'))).toHaveLength(1);
  });
});

describe('`key`, beside the true `copy` of a value that the owner of the secret edited', () => {
  /** AWSCURRENT is on a version of a person, which the rotation has accepted. */
  async function edited(): Promise<ModelAws> {
    const aws = await withOneKey(5);
    aws.person.editFields({ note: 1 });
    await rotate(request('create'), aws.tools());
    expect(aws.labels().filter((label) => label.startsWith('akr1.copy.AKIA0001.'))).toHaveLength(1);
    return aws;
  }
  const dates = ['20260101T000000Z', '20260104T000000Z'];

  test.each(dates.flatMap((date) => ['AKIAFORGED', 'AKIA0001'].map((keyId) => [keyId, date])))(
    'of %s, dated %s: it is removed with a notification, and checks, status and "revoke" go on',
    async (keyId, date) => {
      const aws = await edited();
      const label = `akr1.key.${keyId}.${date}`;
      if (aws.labels().includes(label)) return; // the true one, which stays where it is
      aws.person.label(label);
      const revoked = aws.clone();
      expect(await rotate(manualRequest('status'), aws.tools())).toMatchObject({ outcome: 'status' });
      expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
      expect(aws.labels()).not.toContain(label);
      expect(aws.sent.at(-1)).toMatchObject({ attributes: { event: 'blocked' } });

      const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
      expect(await rotate(revoke, revoked.tools())).toMatchObject({ outcome: 'created' });
      expect(revoked.keys.get('AKIA0001')?.active).toBe(false);
    },
  );

  test('of a key that a person made, on a version of the rotation: nothing is deactivated', async () => {
    const aws = await edited();
    // A version of the rotation with a copy: a run kept the fields of the owner.
    const version = 'e3b0c44298fc1c149afbf4c8996fb924';
    const value = aws.versions.get(aws.secret.holder('AWSCURRENT')!)!.value;
    const copy = aws.labels().find((label) => label.startsWith('akr1.copy.'))!;
    aws.ownSecret().put(version, value, ['AWSCURRENT'], aws.now);
    aws.ownSecret().stage(copy, version, aws.secret.holder(copy), aws.now);
    const other = aws.makeKey();
    aws.person.label(`akr1.key.${other}.${iso(aws.keys.get(other)!.createdAt)}`);
    aws.now = new Date(aws.now.getTime() + 20 * DAY);
    expect(await rotate(request('deactivate'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(true);
    expect(aws.keys.get(other)?.active).toBe(true);
    // The value of the version shows which of the records is true.
    expect(
      aws
        .labels()
        .filter((label) => /^akr1\.(key|copy)\./.test(label))
        .sort(),
    ).toEqual([copy, copy.replace('.copy.', '.key.')]);
    expect(events(aws, 0)).toContain('blocked');
  });

  test('of the current key, with an earlier date in place of the true one: it is as if the record was removed', async () => {
    const aws = await withOneKey(5);
    const label = aws.labels().find((name) => name.startsWith('akr1.key.'))!;
    const version = aws.secret.holder(label)!;
    aws.ownSecret().stage(label, undefined, version, aws.now);
    aws.ownSecret().stage('akr1.key.AKIA0001.20200101T000000Z', version, undefined, aws.now);
    aws.person.editFields({ note: 1 });
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')?.active).toBe(true);
    expect(events(aws, 1)).toEqual(['blocked', 'created']);
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    expect(await rotate(revoke, aws.tools())).toMatchObject({ outcome: 'deactivated' });
  });
});

describe('`key`, on the first version of the rotation, which holds no key', () => {
  const forge = (aws: ModelAws, label: string) =>
    aws.ownSecret().stage(label, aws.secret.holder('akr1.initialized'), undefined, aws.now);
  const days = (aws: ModelAws, count: number) => {
    aws.now = new Date(aws.now.getTime() + count * DAY);
  };

  test('of a key of a person, dated before it: that key is not deactivated', async () => {
    const aws = new ModelAws();
    const other = aws.makeKey();
    await rotate(request('create'), aws.tools());
    days(aws, 20);
    const label = `akr1.key.${other}.20000101T000000Z`;
    forge(aws, label);
    expect(await rotate(request('deactivate'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect(aws.keys.get(other)?.active).toBe(true);
    expect(aws.labels()).not.toContain(label);
    expect(aws.sent.some(({ text }) => text.includes(label))).toBe(true);
  });

  test.each([
    ['2000', new Date(0)],
    ['a minute after it', undefined],
  ])(
    'of the current key, dated %s: it is removed with a notification, and the true record stays',
    async (_when, date) => {
      const aws = await withOneKey(5);
      const { createdAt } = aws.keys.get('AKIA0001')!;
      const label = `akr1.key.AKIA0001.${iso(date ?? new Date(createdAt.getTime() + 60_000))}`;
      const own = aws.labels().find((name) => name.startsWith('akr1.key.'))!;
      const before = aws.sent.length;
      forge(aws, label);
      expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
      expect(events(aws, before)).toEqual(['blocked']);
      expect(aws.labels()).toContain(own);
      expect(aws.labels()).not.toContain(label);
    },
  );
});

describe('`claim` with a date in the past', () => {
  const ago = (aws: ModelAws, minutes: number) => new Date(aws.now.getTime() - minutes * 60_000);
  const forge = (aws: ModelAws, at: Date, version: string, runId = 'deadbeef') => {
    const label = `akr1.claim.${runId}.${iso(at)}`;
    aws.ownSecret().stage(label, version, aws.secret.holder(label), aws.now);
    return label;
  };

  /** A key that works is previous, on the first day of its switch period, and AWSPREVIOUS is on another version. */
  async function switching(): Promise<ModelAws> {
    const aws = await withOneKey(91);
    await rotate(request('create'), aws.tools());
    aws.now = new Date(aws.now.getTime() + DAY);
    aws.person.editFields({ note: 1 });
    await rotate(request('create'), aws.tools());
    return aws;
  }

  test.each([16, 600, 1_000_000])(
    'on the version of the previous key, of %d minutes ago: no key is deleted',
    async (minutes) => {
      const aws = await switching();
      const label = forge(aws, ago(aws, minutes), aws.versionOf('AKIA0001'));
      const before = aws.sent.length;
      expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
      expect([...aws.keys.keys()]).toEqual(['AKIA0001', 'AKIA0002']);
      expect(events(aws, before)).toEqual(['blocked']);
      expect(aws.labels()).not.toContain(label);
    },
  );

  test('and that of the key, after the labels that show its publication were moved away: a key that was used stays', async () => {
    const aws = await withOneKey(91);
    await rotate(request('create'), aws.tools());
    aws.now = new Date(aws.now.getTime() + DAY);
    for (const keyId of ['AKIA0001', 'AKIA0002']) aws.person.use(keyId);
    aws.now = new Date(aws.now.getTime() + DAY);
    const first = aws.secret.holder('akr1.initialized')!;
    aws.ownSecret().stage('AWSCURRENT', first, aws.secret.holder('AWSCURRENT'), aws.now);
    aws.ownSecret().stage('AWSPREVIOUS', undefined, aws.secret.holder('AWSPREVIOUS'), aws.now);
    const labels = ['AKIA0001', 'AKIA0002'].map((keyId) =>
      forge(aws, aws.keys.get(keyId)!.createdAt, aws.versionOf(keyId), `run${keyId}`),
    );
    const before = aws.sent.length;
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'blocked' });
    expect([...aws.keys.values()].map(({ keyId, active }) => [keyId, active])).toEqual([
      ['AKIA0001', true],
      ['AKIA0002', true],
    ]);
    expect(events(aws, before)).toEqual(['blocked', 'blocked', 'blocked']);
    expect(aws.labels().filter((label) => labels.includes(label))).toEqual([]);
  });

  test.each(['of another run', 'of the same run'])(
    '%s, on the version of a run, at the time of a key that a person made: that key stays',
    async (whose) => {
      const aws = await withOneKey(10);
      const own = aws.makeKey(false);
      const { createdAt } = aws.keys.get(own)!;
      aws.now = new Date(aws.now.getTime() + DAY);
      const version = aws.secret.holder('akr1.initialized')!;
      const { run } = JSON.parse(aws.versions.get(version)!.value) as { run: string };
      forge(aws, createdAt, version, whose === 'of the same run' ? run.replace(/\W/g, '') : 'deadbeef');
      await rotate(request('create'), aws.tools());
      expect(aws.keys.has(own)).toBe(true);
      expect(aws.labels().filter((label) => label.includes('.claim.'))).toEqual([]);
    },
  );
});

describe('`key` and `claim`, on a version that does not hold the key', () => {
  async function forged(keyId: (aws: ModelAws) => string, minutes: number): Promise<ModelAws> {
    const aws = await withOneKey(91);
    await rotate(request('create'), aws.tools());
    aws.now = new Date(aws.now.getTime() + DAY);
    const subject = keyId(aws);
    const at = aws.keys.get(subject)?.createdAt ?? new Date(aws.now.getTime() - minutes * 60_000);
    aws.now = new Date(at.getTime() + minutes * 60_000);
    for (const label of [`akr1.key.${subject}.${iso(at)}`, `akr1.claim.deadbeef.${iso(at)}`]) {
      aws.person.label(label, aws.secret.holder('akr1.initialized'));
    }
    return aws;
  }

  test('of a key that a person made and used within minutes: it stays, and the record is removed', async () => {
    const aws = await forged((at) => {
      at.person.deleteKey('AKIA0001'); // frees a slot
      const own = at.makeKey(false);
      at.person.use(own);
      return own;
    }, 400); // until then, a key of this claim may be an orphan, and the user is locked
    const before = aws.sent.length;
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect([...aws.keys.keys()]).toEqual(['AKIA0002', 'AKIA0003']);
    expect(events(aws, before)).toContain('blocked');
    expect(aws.labels().filter((label) => /\.(key\.AKIA0003|claim)\./.test(label))).toEqual([]);
  });

  test('of no key of IAM: DeleteAccessKey, which would reject its ID, is not called, and "revoke" ends', async () => {
    const aws = await forged(() => 'x', 20);
    aws.calls.length = 0;
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    expect(await rotate(revoke, aws.tools())).toMatchObject({ outcome: 'deactivated' });
    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'not-due' });
    expect(aws.calls).toContain('UpdateAccessKey');
    expect(aws.calls).not.toContain('DeleteAccessKey');
    expect(aws.labels().filter((label) => /\.(key\.x|claim)\./.test(label))).toEqual([]);
  });
});

describe('`copy`, on a version that does not hold the key', () => {
  const copyOf = (aws: ModelAws, keyId: string) => {
    const label = aws.labels().find((name) => name.startsWith(`akr1.key.${keyId}.`))!;
    aws.person.label(label.replace('.key.', '.copy.'), aws.secret.holder('akr1.initialized'));
  };

  test('does not stop a roll-back to the key: the version that its run wrote is published', async () => {
    const aws = await withOneKey(5);
    aws.person.overwrite();
    copyOf(aws, 'AKIA0001');
    expect(await rotate(manualRequest('rollback'), aws.tools())).toMatchObject({ outcome: 'rolled-back' });
    expect(aws.currentKey()).toBe('AKIA0001');
  });

  test('does not stop a revocation that an earlier run began', async () => {
    const aws = await withOneKey(5);
    const isRecorded = () => aws.labels().some((label) => label.startsWith('akr1.replaces.'));
    aws.faultAt = (call) => (call === 'UpdateSecretVersionStage' && isRecorded() ? 'unreachable' : undefined);
    const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
    await expect(rotate(revoke, aws.tools())).rejects.toThrow('UpdateSecretVersionStage');
    aws.faultAt = undefined;
    copyOf(aws, 'AKIA0002');
    await rotate(request('create'), aws.tools());
    expect(aws.currentKey()).toBe('AKIA0002');
    expect(aws.keys.get('AKIA0001')?.active ?? false).toBe(false);
  });
});

test.each(KINDS.filter((kind) => kind !== 'inactive' && kind !== 'rejected'))(
  '`%s`, `unnotified`: no notification but that the label is void, and it is removed',
  async (kind) => {
    const aws = await withOneKey(91);
    await rotate(request('create'), aws.tools());
    aws.now = new Date(aws.now.getTime() + DAY);
    const before = aws.sent.length;
    const label = `akr1.${kind}.AKIA0002.${iso(aws.now)}.unnotified`;
    aws.person.label(label);
    await rotate(request('create'), aws.tools());
    expect(aws.sent.slice(before).map(({ subject }) => subject)).toEqual([
      'alice (111122223333): forged labels of the secret are void',
    ]);
    expect(aws.labels()).not.toContain(label);
  },
);

test.each([['CALL_15551234567'], ['A'.repeat(129)]])(
  '`inactive` of "%s", which is no ID of a key: void',
  async (text) => {
    const aws = await withOneKey(5);
    const before = aws.sent.length;
    aws.person.label(`akr1.inactive.${text}.${iso(aws.now)}`);
    await rotate(request('create'), aws.tools());
    expect(events(aws, before)).toEqual(['blocked']);
  },
);

test('`initialized`, on a version of the owner of an existing secret: a removal keeps its value', async () => {
  const aws = new ModelAws();
  aws.person.overwrite(JSON.stringify({ host: 'db' }));
  const settings = settingsOf(true);
  await deploy(aws, { created: true, settings });
  aws.person.overwrite(JSON.stringify({ host: 'db', port: 1 }));
  aws.person.label('akr1.initialized');
  await deploy(aws, { type: 'Delete', created: true, settings });
  expect(JSON.parse(aws.versions.get(aws.secret.holder('AWSCURRENT')!)!.value)).toEqual({ host: 'db', port: 1 });
  expect(aws.keys.size).toBe(0);
});

/** A secret that the rotation did not create: taken over, rotated, edited by its owner, and released. */
import { DAY } from '../../../src/contract/ages';
import { adoptedBy } from '../../../src/contract/settings';
import { Credential } from '../../../src/rotator/domain/credential';
import { smtpPassword } from '../../../src/rotator/domain/smtp-password';
import { ModelAws } from '../../fake-aws/fake-aws';
import { secretOf } from '../../fake-aws/iam';
import { check, contents, current, currentText, deploy, held, OTHERS, OWNER, withKey } from '../existing-secret';
import { manualRequest } from '../support';

jest.mock('../../../src/rotator/aws/log');

const later = (aws: ModelAws, days: number) => (aws.now = new Date(aws.now.getTime() + days * DAY));
const events = (aws: ModelAws) => aws.history.filter(({ by }) => !by).map(({ what, keyId }) => `${what} ${keyId}`);
const facts = (aws: ModelAws) =>
  aws
    .labels()
    .filter((label) => label.startsWith('akr1.'))
    .map((label) => label.split('.')[1]);

describe('an adopted user whose secret holds its key', () => {
  test('the key becomes the current key: no key, version or value changes', async () => {
    const aws = withKey();
    const status = () => [...aws.keys.values()].map(({ keyId, active }) => [keyId, active]);
    const [keys, versions] = [status(), [...aws.versions]];
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    expect(status()).toEqual(keys);
    expect([...aws.versions]).toEqual(versions);
    expect(facts(aws)).toEqual(['owner', 'key']);
    expect(events(aws)).toEqual([]);
    expect(aws.iam.tag).toBe('eu-west-1/Keys/1/adopted');
  });

  test('it is replaced when it is due by its age, and the other fields stay', async () => {
    const aws = withKey({ ...OTHERS, id: 12345678901234567890n.toString(), nested: { list: [1, 'a"}', null] } });
    await deploy(aws);
    later(aws, 89);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'not-due' });
    later(aws, 1);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({
      ...OTHERS,
      id: '12345678901234567890',
      nested: { list: [1, 'a"}', null] },
      AccessKey: 'AKIA0002',
      SecretKey: secretOf('AKIA0002'),
    });
    later(aws, 14.1);
    await check(aws, 'deactivate');
    later(aws, 14.1);
    await check(aws, 'delete');
    expect([...aws.keys.keys()]).toEqual(['AKIA0002']);
  });

  test('a key that is overdue is replaced by the next check, not by the deploy', async () => {
    const aws = withKey();
    later(aws, 400);
    expect(await deploy(aws)).toBe('the current key AKIA0001 is 90 days old or older, and the next check replaces it');
    expect(events(aws)).toEqual([]);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  });

  test('its other key is retired as at adoption', async () => {
    const aws = withKey();
    const other = aws.makeKey();
    later(aws, 1);
    await deploy(aws);
    later(aws, 13);
    expect(await check(aws, 'deactivate')).toMatchObject({ outcome: 'not-due' });
    later(aws, 1.1);
    expect(await check(aws, 'deactivate')).toMatchObject({ outcome: 'deactivated', accessKeyId: other });
    later(aws, 14.1);
    expect(await check(aws, 'delete')).toMatchObject({ outcome: 'deleted', accessKeyId: other });
    expect(current(aws)).toMatchObject({ AccessKey: 'AKIA0001' });
  });

  test('with existingKeys IGNORE, its other key is left alone', async () => {
    const aws = withKey();
    aws.makeKey();
    await deploy(aws, { settings: { retireExistingKeys: false } });
    expect(facts(aws)).toEqual(['owner', 'key', 'unmanaged']);
  });

  test('a repeated request, and an update, change nothing', async () => {
    const aws = withKey();
    await deploy(aws);
    const before = contents(aws);
    await deploy(aws);
    await deploy(aws, { type: 'Update' });
    expect(contents(aws)).toEqual(before);
  });

  test('in a dry run, status and check show what comes, and nothing changes', async () => {
    const aws = withKey();
    aws.makeKey();
    later(aws, 400);
    const before = contents(aws);
    expect(await deploy(aws, { dryRun: true })).toBe(
      'the current key AKIA0001 is 90 days old or older, and the next check replaces it',
    );
    const { status } = await check(aws, 'status', { dryRun: true });
    expect(status!.keys).toMatchObject([
      { accessKeyId: 'AKIA0001', role: 'current', next: { action: 'replace' } },
      { accessKeyId: 'AKIA0002', role: 'adopted', next: { action: 'deactivate' } },
    ]);
    expect(await check(aws, 'create', { dryRun: true })).toMatchObject({ outcome: 'waiting' });
    expect(contents(aws)).toEqual(before);
  });
});

describe('a created user with a secret without a key', () => {
  test.each([
    ['the fields are missing', { host: 'h' }],
    ['the fields are empty', { AccessKey: '', host: 'h', SecretKey: '' }],
    ['there are no fields', {}],
  ])('%s: the first key is issued into it', async (_, value) => {
    const aws = new ModelAws();
    aws.person.overwrite(JSON.stringify(value));
    expect(await deploy(aws, { created: true })).toBe('new key AKIA0001 is current');
    expect(current(aws)).toEqual({ ...value, AccessKey: 'AKIA0001', SecretKey: secretOf('AKIA0001') });
  });

  test('the secret has no value', async () => {
    const aws = new ModelAws();
    await deploy(aws, { created: true });
    expect(current(aws)).toEqual({ AccessKey: 'AKIA0001', SecretKey: secretOf('AKIA0001') });
  });

  test('its owner writes other fields before the first key is issued: they are kept', async () => {
    const aws = new ModelAws();
    aws.person.overwrite('{"host":"a"}');
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'rejected' : undefined);
    await deploy(aws, { created: true }).catch(() => undefined);
    aws.faultAt = undefined;
    aws.person.overwrite('{"host":"b"}');
    expect(await check(aws, 'create', { created: true, duringDeploy: true })).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toMatchObject({ host: 'b', AccessKey: expect.stringMatching(/^AKIA/) });
  });
});

test.each([false, true])('only a deploy takes a secret over (created user: %s)', async (created) => {
  const aws = created ? new ModelAws() : withKey();
  if (created) aws.person.overwrite('{"host":"h"}');
  aws.ownIam().tag = created ? OWNER : adoptedBy(OWNER);
  const before = contents(aws);
  expect(await check(aws, 'create', { created })).toMatchObject({
    outcome: 'blocked',
    message:
      'the secret alice cannot be used for alice: it has no staging label of this rotation, and only a deploy takes it over; deploy the rotation with "dryRun: true", and again without it',
  });
  expect(await check(aws, 'create', { created, dryRun: true })).toMatchObject({
    outcome: created ? 'dry-run' : 'not-due',
  });
  expect(contents(aws)).toEqual(before);
  await deploy(aws, { created });
  expect(facts(aws)).toEqual(['owner', 'key']);
});

describe('an owner who writes other fields', () => {
  /** Without its only key, a roll-back brings the fields back without a key, and a check issues the next one. */
  async function expectNextKeyToHave(aws: ModelAws, fields: object): Promise<void> {
    aws.person.deleteKey('AKIA0001');
    later(aws, 1);
    await check(aws, 'create');
    expect(await check(aws, 'rollback', { ifDue: false })).toMatchObject({ outcome: 'rolled-back' });
    expect(current(aws)).toEqual(fields);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ ...fields, AccessKey: 'AKIA0002', SecretKey: secretOf('AKIA0002') });
  }

  test('with the same key is no intervention, and the next key keeps the newest fields', async () => {
    const aws = withKey();
    await deploy(aws);
    aws.person.overwrite(held('AKIA0001', { host: 'new' }));
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'not-due' });
    aws.person.overwrite(held('AKIA0001', { host: 'newer' }));
    later(aws, 90);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ host: 'newer', AccessKey: 'AKIA0002', SecretKey: secretOf('AKIA0002') });
    expect(aws.sent.map(({ attributes }) => attributes.event)).toEqual(['created']);
  });

  test('a status after it has the current key', async () => {
    const aws = withKey();
    await deploy(aws);
    aws.person.overwrite(held('AKIA0001', {}));
    const { status } = await check(aws, 'status');
    expect(status).toMatchObject({ keys: [{ accessKeyId: 'AKIA0001', role: 'current' }] });
    expect(status!.blocked).toBeUndefined();
  });

  test('a roll-back keeps the newer fields', async () => {
    const aws = withKey({ host: 'old' });
    await deploy(aws);
    later(aws, 90);
    await check(aws, 'create');
    aws.person.overwrite(held('AKIA0002', { host: 'new' }));
    later(aws, 14.1);
    await check(aws, 'deactivate');
    later(aws, 1);
    expect(await check(aws, 'rollback', { ...manualRequest('rollback'), ifDue: false })).toMatchObject({
      outcome: 'rolled-back',
    });
    expect(current(aws)).toEqual({ host: 'new', AccessKey: 'AKIA0001', SecretKey: secretOf('AKIA0001') });
    later(aws, 60);
    expect(await check(aws, 'status')).toMatchObject({
      status: { keys: expect.arrayContaining([expect.objectContaining({ accessKeyId: 'AKIA0001', role: 'current' })]) },
    });
  });

  test.each([
    ['another secret access key', '{"AccessKey":"AKIA0001","SecretKey":"typo"}'],
    ['no key', '{"host":"h"}'],
    ['the key under other names, where no consumer looks for it', `{"id":"AKIA0001","key":"${secretOf('AKIA0001')}"}`],
    ['the key in a list', `{"keys":["AKIA0001","${secretOf('AKIA0001')}"]}`],
    ['no JSON', 'mine'],
  ])('and %s: blocked, and nothing changes', async (_, value) => {
    const aws = withKey();
    await deploy(aws);
    aws.person.overwrite(value);
    later(aws, 90);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'blocked' });
    expect(events(aws)).toEqual([]);
    expect(currentText(aws)).toBe(value);
  });

  test('and another value, without a key that works: a roll-back replaces the key, and keeps the fields', async () => {
    const aws = withKey();
    await deploy(aws);
    aws.person.overwrite(JSON.stringify({ host: 'new', AccessKey: 'AKIAOTHER', SecretKey: 'other' }));
    await expectNextKeyToHave(aws, { host: 'new' });
  });

  test.each(['mine', '["list"]'])(
    'and then %s, which has no fields: a roll-back brings the newest fields back',
    async (value) => {
      const aws = withKey({ host: 'old' });
      await deploy(aws);
      const edited = held('AKIA0001', { host: 'new' });
      aws.person.overwrite(edited);
      await check(aws, 'create');
      aws.person.overwrite(value);
      later(aws, 1);
      expect(await check(aws, 'create')).toMatchObject({ outcome: 'blocked' });
      later(aws, 1);
      expect(await check(aws, 'rollback', { ifDue: false })).toMatchObject({ outcome: 'rolled-back' });
      expect(currentText(aws)).toBe(edited);
      expect(await check(aws, 'create')).toMatchObject({ outcome: 'not-due' });
    },
  );

  test('and then a value without fields, and the key is deleted: the next key has the newest fields', async () => {
    const aws = withKey({ host: 'old' });
    await deploy(aws);
    aws.person.overwrite(held('AKIA0001', { host: 'new' }));
    await check(aws, 'create');
    aws.person.overwrite('mine');
    await expectNextKeyToHave(aws, { host: 'new' });
  });

  test('after its key was taken over only in part, the take-over starts over', async () => {
    const aws = withKey();
    aws.makeKey();
    let labels = 0;
    aws.faultAt = (call) => (call === 'UpdateSecretVersionStage' && ++labels === 2 ? 'crash' : undefined);
    await expect(deploy(aws)).rejects.toThrow();
    aws.faultAt = undefined;
    expect(facts(aws)).toEqual(['owner', 'adopted']);
    aws.person.overwrite(held('AKIA0001', { host: 'new' }));
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    expect(facts(aws)).toEqual(['owner', 'adopted', 'key']);
    expect(aws.history.filter(({ what }) => what === 'published')).toEqual([]);
  });

  test('a leaked key is replaced with the newest fields', async () => {
    const aws = withKey();
    await deploy(aws);
    aws.person.overwrite(held('AKIA0001', { host: 'new' }));
    later(aws, 1);
    expect(await check(aws, 'revoke', { ifDue: false, accessKeyId: 'AKIA0001' })).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ host: 'new', AccessKey: 'AKIA0002', SecretKey: secretOf('AKIA0002') });
    expect(aws.keys.get('AKIA0001')!.active).toBe(false);
  });

  test('is accepted in a secret that the rotation created, too', async () => {
    const aws = new ModelAws();
    await check(aws, 'create', { created: true, existingSecret: undefined });
    aws.person.overwrite(held('AKIA0001', { note: 'mine' }));
    later(aws, 90);
    await check(aws, 'create', { created: true, existingSecret: undefined });
    expect(current(aws)).toEqual({ note: 'mine', AccessKey: 'AKIA0002', SecretKey: secretOf('AKIA0002') });
  });
});

describe('SMTP credentials of Amazon SES', () => {
  const SMTP = { sesSmtpRegions: ['eu-west-1'] };
  const password = (keyId: string) => smtpPassword(new Credential(keyId, secretOf(keyId), new Date(0)), 'eu-west-1');
  const ofKey = (keyId: string) => ({
    AccessKey: keyId,
    SecretKey: secretOf(keyId),
    SmtpUserName: keyId,
    SmtpPassword_eu_west_1: password(keyId),
  });

  test('a Region that is added changes nothing in a live secret, and applies from the next key on', async () => {
    const aws = withKey();
    await deploy(aws);
    const before = currentText(aws);
    expect(await deploy(aws, { type: 'Update', settings: SMTP })).toContain('not 90 days old');
    expect(await check(aws, 'create', SMTP)).toMatchObject({ outcome: 'not-due' });
    expect(currentText(aws)).toBe(before);
    later(aws, 90);
    expect(await check(aws, 'create', SMTP)).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ ...OTHERS, ...ofKey('AKIA0002') });
    expect(aws.sent.at(-1)!.text).toContain('fields "SmtpUserName", "SmtpPassword_eu_west_1" of the secret');
  });

  test('a roll-back to a key that was stored without them writes them, and the next key has its own', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 90);
    await check(aws, 'create', SMTP);
    later(aws, 14.1);
    await check(aws, 'deactivate', SMTP);
    later(aws, 1);
    expect(await check(aws, 'rollback', { ...SMTP, ifDue: false })).toMatchObject({ outcome: 'rolled-back' });
    expect(current(aws)).toEqual({ ...OTHERS, ...ofKey('AKIA0001') });
    await check(aws, 'create', SMTP);
    later(aws, 14.1);
    expect(await check(aws, 'deactivate', SMTP)).toMatchObject({ outcome: 'deactivated', accessKeyId: 'AKIA0002' });
    later(aws, 14.1);
    expect(await check(aws, 'delete', SMTP)).toMatchObject({ outcome: 'deleted', accessKeyId: 'AKIA0002' });
    expect(await check(aws, 'create', SMTP)).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ ...OTHERS, ...ofKey('AKIA0003') });
  });

  test('a Region that is removed goes with the next key', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 90);
    await check(aws, 'create', SMTP);
    later(aws, 120);
    await check(aws, 'delete');
    await check(aws, 'deactivate');
    later(aws, 15);
    await check(aws, 'delete');
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created' });
    expect(current(aws)).toEqual({ ...OTHERS, AccessKey: 'AKIA0003', SecretKey: secretOf('AKIA0003') });
  });

  test('in the secret of a leaked key, its successor has its own', async () => {
    const aws = withKey({ ...OTHERS });
    await deploy(aws, { settings: SMTP });
    expect(await check(aws, 'revoke', { ...SMTP, ifDue: false, accessKeyId: 'AKIA0001' })).toMatchObject({
      outcome: 'created',
    });
    expect(current(aws)).toEqual({ ...OTHERS, ...ofKey('AKIA0002') });
  });

  test.each<[string, (own: Record<string, string>) => object]>([
    ['overwritten', (own) => ({ ...own, SmtpPassword_eu_west_1: 'x' })],
    ['of another user', (own) => ({ ...own, SmtpUserName: 'x' })],
    ['removed', ({ AccessKey, SecretKey }) => ({ AccessKey, SecretKey })],
  ])('%s by another principal: the next check reports the value, and a roll-back restores them', async (_, value) => {
    const aws = withKey({ ...OTHERS, ...ofKey('AKIA0001') });
    await deploy(aws, { settings: SMTP });
    const own = current(aws) as Record<string, string>;
    aws.person.overwrite(JSON.stringify(value(own)));
    later(aws, 1);
    expect(await check(aws, 'create', SMTP)).toMatchObject({ outcome: 'blocked' });
    expect(await check(aws, 'rollback', { ...SMTP, ifDue: false })).toMatchObject({ outcome: 'rolled-back' });
    expect(current(aws)).toMatchObject(ofKey('AKIA0001'));
  });

  test('those of the key that is taken over are no obstacle', async () => {
    const aws = new ModelAws();
    aws.person.overwrite(JSON.stringify(ofKey(aws.makeKey())));
    expect(await deploy(aws, { settings: SMTP })).toContain('not 90 days old');
  });

  test.each([false, true])('other values of the same names stop the take-over (created user: %s)', async (created) => {
    const aws = new ModelAws();
    const own = { SmtpUserName: '', SmtpPassword_eu_west_1: 'mine' };
    aws.person.overwrite(created ? JSON.stringify(own) : held(aws.makeKey(), own));
    const before = contents(aws);
    await expect(deploy(aws, { created, settings: SMTP })).rejects.toThrow(
      created
        ? 'its field "SmtpPassword_eu_west_1" is not empty, and the first key of alice would overwrite it'
        : 'the next key would overwrite "SmtpPassword_eu_west_1", which its owner or another key wrote. Nothing was changed. Rename or remove these fields, or omit their Regions from "sesSmtpRegions", and deploy again',
    );
    expect({ ...contents(aws), tag: undefined }).toEqual({ ...before, tag: undefined });
  });
});

test('a value that cannot be decrypted stops the issue: its other fields would be lost', async () => {
  const aws = withKey();
  await deploy(aws);
  aws.person.failKms({ decrypt: ['K1'] });
  aws.ownSecret().kmsKey = 'K2';
  later(aws, 90);
  expect(await check(aws, 'create')).toMatchObject({
    outcome: 'blocked',
    message: expect.stringContaining('the other fields of the secret would be lost'),
  });
  expect(events(aws)).toEqual([]);
});

describe('labels that another principal writes', () => {
  const forged = (aws: ModelAws, ...labels: string[]) => labels.forEach((label) => aws.person.label(label));

  test('before the take-over are reported, and do not count after it', async () => {
    const aws = withKey();
    forged(aws, 'akr1.leaked.AKIA0001.20250101T000000Z', 'akr1.claim.x.20250101T000000Z');
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    expect(facts(aws)).toEqual(['owner', 'key']);
    expect(aws.keys.get('AKIA0001')!.active).toBe(true);
    expect(aws.sent.map(({ attributes }) => attributes.event)).toContain('blocked');
  });

  test('an owner of the past blocks each check with a message, and no revocation', async () => {
    const aws = withKey();
    await deploy(aws);
    forged(aws, 'akr1.owner.mine.20250101T000000Z');
    later(aws, 90);
    expect(await check(aws, 'create')).toMatchObject({
      outcome: 'blocked',
      message: expect.stringContaining(
        "it has the staging labels of another rotation, mine: akr1.owner.mine.20250101T000000Z; remove the user from that rotation; if that rotation no longer exists or no longer has the secret, remove the labels (aws secretsmanager update-secret-version-stage --secret-id 'alice' --version-stage akr1.owner.mine",
      ),
    });
    expect(await check(aws, 'revoke', { ifDue: false, accessKeyId: 'AKIA0001' })).toMatchObject({ outcome: 'created' });
    expect(aws.keys.get('AKIA0001')!.active).toBe(false);
  });
});

describe('the removal from the rotation', () => {
  test('of an adopted user leaves secret and keys as they are, and removes the records', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 90);
    await check(aws, 'create');
    const [keys, text] = [[...aws.keys.keys()], currentText(aws)];
    expect(await deploy(aws, { type: 'Delete' })).toBe('deleted no key of alice');
    expect([...aws.keys.keys()]).toEqual(keys);
    expect(currentText(aws)).toBe(text);
    expect(aws.labels().sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    expect(aws.iam.tag).toBeUndefined();
  });

  test.each(['akr1.inactive.AKIA0001.20260101T000000Z.unnotified', 'akr1.copy.AKIA0002.20260401T000000Z'])(
    'a record that a check writes during it does not stop the next take-over: %s',
    async (label) => {
      const aws = withKey();
      await deploy(aws);
      later(aws, 90);
      await check(aws, 'create');
      await deploy(aws, { type: 'Delete' });
      aws.person.label(label);
      expect(await deploy(aws, { owner: 'eu-west-1/Other/2' })).toBe('the current key AKIA0002 is not 90 days old');
      expect(facts(aws)).toEqual(['owner', 'adopted', 'key']);
    },
  );

  test('then another rotation can take it over', async () => {
    const aws = withKey();
    await deploy(aws);
    await deploy(aws, { type: 'Delete' });
    expect(await deploy(aws, { owner: 'eu-west-1/Other/2' })).toBe('the current key AKIA0001 is not 90 days old');
  });

  test.each([true, false])(
    'before a Create without an answer arrives (it had begun: %s): for six hours, no Create takes the secret over',
    async (hasBegun) => {
      const aws = withKey();
      if (hasBegun) await deploy(aws);
      await deploy(aws, { type: 'Delete', answered: false });
      const released = contents(aws);
      expect(facts(aws)).toEqual(['removed']);
      later(aws, 5.9 / 24);
      for (const owner of [OWNER, 'eu-west-1/Other/2']) {
        await expect(deploy(aws, { owner })).rejects.toThrow(
          /^alice: CloudFormation removed this user .*, so nothing was changed\. If the secret belongs to a rotation again, deploy after 2026-01-01T06:00:0.\.000Z, or remove the label: aws secretsmanager update-secret-version-stage/,
        );
        expect(contents(aws)).toEqual(released);
      }
      later(aws, 0.2 / 24);
      expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
      expect(facts(aws)).toEqual(['owner', 'key']);
    },
  );

  test('without an answer to its Create, of a secret of another rotation, writes nothing', async () => {
    const aws = withKey();
    await deploy(aws, { owner: 'eu-west-1/Other/2' });
    const before = contents(aws);
    await deploy(aws, { type: 'Delete', answered: false });
    expect(contents(aws)).toEqual(before);
  });

  test('after a refusal writes nothing to the secret, which can be that of another rotation', async () => {
    const aws = withKey();
    await deploy(aws);
    const { versions, labels, tag } = contents(aws);
    await expect(deploy(aws, { owner: 'eu-west-1/Other/2' })).rejects.toThrow('belongs to another rotation');
    await deploy(aws, { type: 'Delete', owner: 'eu-west-1/Other/2' });
    expect(contents(aws)).toMatchObject({ versions, labels, tag });
  });

  test('of a created user deletes its keys, and the fields of the key; then the same deploy succeeds', async () => {
    const aws = new ModelAws();
    aws.person.overwrite('{"host":"h"}');
    await deploy(aws, { created: true });
    expect(await deploy(aws, { type: 'Delete', created: true })).toBe('deleted AKIA0001 of alice');
    expect(current(aws)).toEqual({ host: 'h' });
    expect(aws.labels().filter((label) => label.startsWith('akr'))).toEqual([]);
    expect(await deploy(aws, { created: true })).toBe('new key AKIA0002 is current');
  });
});

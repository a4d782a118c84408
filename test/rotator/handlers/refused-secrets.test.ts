/** Secrets that cannot be taken over: the deploy fails, with what was found and what to do, and nothing is changed. */
import { UserSettings } from '../../../src/contract/settings';
import { Ledger } from '../../../src/rotator/domain/ledger';
import { ModelAws } from '../../fake-aws/fake-aws';
import { secretOf } from '../../fake-aws/iam';
import { contents, deploy, held, settingsOf, withKey } from '../existing-secret';
import { requestFirstKey } from '../request-first-key';
import { CONTEXT } from '../support';

jest.mock('../../../src/rotator/aws/log');

const SECRET_TEXT = 'do-not-show-me';

/** What a refused deploy says. The tag is removed by the Delete that CloudFormation sends next. */
async function refusal(aws: ModelAws, created = false, settings: Partial<UserSettings> = {}): Promise<string> {
  const before = contents(aws);
  const error = await deploy(aws, { created, settings }).then(
    () => 'accepted',
    ({ message }: Error) => message,
  );
  await deploy(aws, { type: 'Delete', created, settings });
  const { tag, labels, keys } = contents(aws);
  expect({ labels, keys }).toEqual({ labels: before.labels, keys: before.keys });
  if (!created) expect(contents(aws)).toEqual(before);
  expect(error).not.toContain(SECRET_TEXT);
  expect(tag).toBe(created ? CONTEXT.rotation : undefined);
  return error;
}

const REFUSED = 'alice: the secret alice cannot be used for alice: ';

describe.each<[string, (keyId: string) => string, string]>([
  [
    'no JSON',
    () => SECRET_TEXT,
    'its current value is no JSON. Nothing was changed. Store a JSON object with the fields "AccessKey" and "SecretKey" in it, and deploy again',
  ],
  ['an array', () => JSON.stringify([SECRET_TEXT]), 'its current value is a JSON array.'],
  ['a JSON text', () => JSON.stringify(SECRET_TEXT), 'its current value is JSON, but no object.'],
  ['null', () => 'null', 'its current value is JSON, but no object.'],
  ['an empty text', () => '', 'its current value is no JSON.'],
  [
    'a missing field',
    () => JSON.stringify({ user: SECRET_TEXT, password: SECRET_TEXT }),
    'its current value has no field "AccessKey". Its fields: "user", "password". Nothing was changed. Set "accessKeyField" to the name of the field, or store the key there, and deploy again',
  ],
  [
    'a missing field, by case',
    (keyId) => JSON.stringify({ accesskey: keyId, secretkey: SECRET_TEXT }),
    'its current value has no field "AccessKey". Its fields: "accesskey", "secretkey".',
  ],
  [
    'a missing second field',
    (keyId) => JSON.stringify({ AccessKey: keyId, x: SECRET_TEXT }),
    'its current value has no field "SecretKey". Its fields: "AccessKey", "x".',
  ],
  ['no fields', () => '{}', 'its current value has no field "AccessKey". It has no fields.'],
  ['an empty field', () => '{"AccessKey":"","SecretKey":""}', 'its current value has an empty field "AccessKey".'],
  [
    'an empty second field',
    (keyId) => JSON.stringify({ AccessKey: keyId, SecretKey: '' }),
    'its current value has an empty field "SecretKey".',
  ],
  ['a number', () => '{"AccessKey":7,"SecretKey":"x"}', 'its current value has no text in the field "AccessKey".'],
  [
    'null in a field',
    () => '{"AccessKey":null,"SecretKey":"x"}',
    'its current value has no text in the field "AccessKey".',
  ],
  [
    'an object in a field',
    (keyId) => JSON.stringify({ AccessKey: keyId, SecretKey: { a: SECRET_TEXT } }),
    'its current value has no text in the field "SecretKey".',
  ],
  [
    'a key of another user',
    () => JSON.stringify({ AccessKey: SECRET_TEXT, SecretKey: SECRET_TEXT }),
    'its field "AccessKey" does not hold the ID of an access key of alice, which has AKIA0001. Nothing was changed. Store a key of alice in the secret',
  ],
  [
    'a field name that hides another',
    (keyId) => `{"AccessKey":"${SECRET_TEXT}","SecretKey":"x","AccessKey":"${keyId}"}`,
    'its current value has more than one field with the same name, "AccessKey".',
  ],
  [
    'another field twice',
    (keyId) => held(keyId).replace('{', '{"a":1,"a":2,'),
    'its current value has more than one field with the same name, "a".',
  ],
  [
    'twice, once escaped',
    (keyId) => held(keyId).replace('{', '{"\\u0061":1,"a":2,'),
    'its current value has more than one field with the same name, "a".',
  ],
])('an adopted user, %s', (_, valueOf, message) => {
  test('is refused', async () => {
    const aws = new ModelAws();
    aws.person.overwrite(valueOf(aws.makeKey()));
    expect(await refusal(aws)).toContain(REFUSED + message);
  });
});

test('a value with thousands of fields is named by some of them', async () => {
  const aws = new ModelAws();
  aws.makeKey();
  aws.person.overwrite(
    JSON.stringify(Object.fromEntries([...Array(2_000).keys()].map((n) => [`${n}${'x'.repeat(20)}`, 1]))),
  );
  const message = await refusal(aws);
  expect(message).toContain('and 1990 more');
  expect(message.length).toBeLessThan(1_000);
});

test('an inactive key', async () => {
  const aws = withKey();
  aws.person.deactivate('AKIA0001');
  expect(await refusal(aws)).toContain(
    `${REFUSED}its key AKIA0001 is inactive. Nothing was changed. Activate it (aws iam update-access-key`,
  );
});

test('a key that does not work, with the secret access key of another one', async () => {
  const aws = withKey();
  aws.person.overwrite(JSON.stringify({ AccessKey: 'AKIA0001', SecretKey: SECRET_TEXT }));
  const message = await refusal(aws);
  expect(message).toContain('The secret alice cannot be used for alice, and nothing was changed');
});

test('a secret without a value', async () => {
  const aws = new ModelAws();
  aws.makeKey();
  expect(await refusal(aws)).toContain(`${REFUSED}it has no current value.`);
});

test('a secret whose value cannot be decrypted', async () => {
  const aws = withKey();
  aws.person.failKms({ decrypt: ['K1'] });
  expect(await refusal(aws)).toContain('import it together with that key, with Secret.fromSecretAttributes');
});

test('a binary value', async () => {
  const aws = withKey();
  aws.ownSecret().versions = new Map(
    [...aws.versions].map(([id, version]) => [id, { ...version, value: undefined as never }]),
  );
  expect(await refusal(aws)).toContain(`${REFUSED}its current value is binary.`);
});

test('a secret that is scheduled for deletion', async () => {
  const aws = withKey();
  aws.person.deleteSecret();
  await expect(deploy(aws)).rejects.toThrow('scheduled for deletion');
});

describe('a created user', () => {
  test.each<[string, object, string]>([
    [
      'a key',
      { AccessKey: SECRET_TEXT, SecretKey: SECRET_TEXT },
      'its fields "AccessKey" and "SecretKey" are not empty, and the first key of alice would overwrite them',
    ],
    [
      'one of the fields',
      { SecretKey: SECRET_TEXT },
      'its field "SecretKey" is not empty, and the first key of alice would overwrite it',
    ],
    ['a number in a field', { AccessKey: 0 }, 'its field "AccessKey" is not empty'],
    ['null in a field', { AccessKey: null }, 'its field "AccessKey" is not empty'],
  ])('with a secret that has %s', async (_, value, message) => {
    const aws = new ModelAws();
    aws.person.overwrite(JSON.stringify(value));
    expect(await refusal(aws, true)).toContain(REFUSED + message);
  });

  test('whose field is that of the owner', async () => {
    const aws = new ModelAws();
    aws.person.overwrite('{"host":"h"}');
    expect(await refusal(aws, true, { fields: { accessKey: 'host', secretKey: 'SecretKey' } })).toContain(
      'its field "host" is not empty',
    );
  });
});

describe('a secret of another rotation', () => {
  test('that created it', async () => {
    const aws = withKey();
    aws.ownSecret().put('0123456789abcdef0123456789abcdef', '{}', ['akr1.initialized'], aws.now);
    expect(await refusal(aws)).toContain(
      `${REFUSED}it has the staging labels of another rotation: akr1.initialized. Nothing was changed. Remove the user from that rotation; if that rotation`,
    );
  });

  test('that took it over', async () => {
    const aws = withKey();
    aws
      .ownSecret()
      .stage('akr1.owner.eu_west_1_Other_2.20260101T000000Z', aws.secret.holder('AWSCURRENT'), undefined, aws.now);
    expect(await refusal(aws)).toContain(
      'it has the staging labels of another rotation, eu_west_1_Other_2: akr1.owner.',
    );
  });

  test('of a later release', async () => {
    const aws = withKey();
    aws.ownSecret().stage('akr2.x', aws.secret.holder('AWSCURRENT'), undefined, aws.now);
    expect(await refusal(aws)).toContain('it has the staging labels of another rotation: akr2.x');
  });
});

test.each<[NonNullable<Ledger['otherWriter']>, string]>([
  [
    'rotation',
    'the rotation of Secrets Manager is on for it. Nothing was changed. Disable it (aws secretsmanager cancel-rotate-secret',
  ],
  ['service', 'a service of AWS manages it'],
  ['replication', 'it is a replica'],
])('another writer: %s', async (otherWriter, message) => {
  const aws = withKey();
  const ports = aws.tools();
  const ledger = { ...ports.ledger, read: async () => ({ ...(await ports.ledger.read()), otherWriter }) };
  const properties = {
    Username: 'alice',
    Secret: 'alice',
    Created: 'false',
    ExistingSecret: 'true',
    Owner: CONTEXT.rotation,
    DryRun: 'false',
  };
  const sent = requestFirstKey(
    { RequestType: 'Create', ResourceProperties: properties },
    {
      users: new Map([['alice', settingsOf(false)]]),
      portsFor: () => ({ ...ports, ledger }),
      clock: ports.clock,
      context: CONTEXT,
      dryRun: false,
    },
  );
  await expect(sent).rejects.toThrow(REFUSED + message);
});

test.each([true, false])('one that is scheduled for deletion, at once (created user: %s)', async (created) => {
  const aws = created ? new ModelAws() : withKey();
  aws.person.deleteSecret();
  const before = contents(aws);
  const begun = aws.now;
  await expect(deploy(aws, { created })).rejects.toThrow('alice: the secret is scheduled for deletion');
  expect(aws.now).toEqual(begun);
  expect(contents(aws)).toEqual({ ...before, tag: created ? CONTEXT.rotation : undefined });
});

test.each([
  'arn:aws:secretsmanager:us-east-1:111122223333:secret:alice-AbCdEf',
  'arn:aws:secretsmanager:eu-west-1:999988887777:secret:alice-AbCdEf',
])('a secret in another account or Region, %s', async (secret) => {
  const aws = withKey();
  const before = contents(aws);
  await expect(deploy(aws, { secret })).rejects.toThrow(
    'but the rotation is in 111122223333 in eu-west-1, and nothing was changed',
  );
  expect(contents(aws)).toEqual(before);
});

test('in a dry run, it is refused as well', async () => {
  const aws = withKey();
  aws.person.overwrite('mine');
  await expect(deploy(aws, { dryRun: true })).rejects.toThrow(`${REFUSED}its current value is no JSON`);
});

test('the secret access key is in no message', async () => {
  const aws = withKey();
  expect(await deploy(aws)).not.toContain(secretOf('AKIA0001'));
});

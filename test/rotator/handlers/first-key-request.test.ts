/** What is read from CloudFormation's requests for a first key, and what is refused before any call. */
import { BadRequest } from '../../../src/rotator/domain/failure';
import {
  namedInRequest,
  readRequest,
  REFUSED_ID,
  responseIdOf,
  unanswerable,
} from '../../../src/rotator/handlers/first-key-request';

const IDS = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'RotationAliceFirstKey0A1B2C3D' };
const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:alice-AbCdEf';
const DEPLOYED = {
  users: new Map([
    ['alice', {}],
    ['bob', { secret: 'team/bob', existingSecret: 'with-key' as const, adopted: true }],
    ['carol', { secret: 'carol-AbCdEf' }],
  ]),
  context: { account: '111122223333', region: 'eu-west-1', rotation: 'R' },
};
const ALICE = { Username: 'alice', Secret: 'alice', Created: 'true', Owner: 'R' };
const BOB = { Username: 'bob', Secret: 'team/bob', Created: 'false', ExistingSecret: 'true', Owner: 'R' };

const event = (RequestType: string, properties: object | null = ALICE, more: object = {}) => ({
  ...IDS,
  RequestType,
  ResourceProperties: properties,
  ...more,
});
const read = (...given: Parameters<typeof event>) => readRequest(event(...given), DEPLOYED);

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequest);
    return (error as BadRequest).message;
  }
  throw new Error('nothing was refused');
}

describe('a Create', () => {
  test('has the settings of the list, and an ID of user, secret and origin', () => {
    expect(read('Create')).toEqual({
      type: 'Create',
      properties: ALICE,
      settings: expect.objectContaining({
        secret: 'alice',
        fields: { accessKey: 'AccessKey', secretKey: 'SecretKey' },
      }),
      physicalId: 'alice|alice|created',
    });
    expect(read('Create', BOB)).toMatchObject({ settings: { adopted: true }, physicalId: 'bob|team/bob|adopted' });
  });

  test.each([
    ['its name', ALICE],
    ['its ARN', { ...ALICE, Secret: ARN }],
    [
      'the ARN of an imported one, whose name in the list has the end of the ARN',
      { ...ALICE, Username: 'carol', Secret: ARN.replace('alice', 'carol') },
    ],
    ['the ARN of one with a path', { ...BOB, Secret: ARN.replace('alice', 'team/bob') }],
    ['an ARN of another partition', { ...ALICE, Secret: ARN.replace('aws', 'aws-us-gov') }],
  ])('names the secret of the list by %s', (_how, properties) => {
    expect(read('Create', properties)).toMatchObject({ properties });
  });

  test.each([
    ['mallory', '"mallory"'],
    ['alice-AbCdEf', '"alice-AbCdEf"'],
    ['x'.repeat(40), 'a text of 40 characters'],
    [ARN.replace('alice', 'mallory'), `"${ARN.replace('alice', 'mallory')}"`],
    [ARN.replace('alice', 'm'.repeat(32)), `"${ARN.replace('alice', 'm'.repeat(32))}"`],
    [ARN.replace('alice', 'm'.repeat(33)), 'a text of 93 characters'],
    [ARN.replace('alice', 'alice-2'), `"${ARN.replace('alice', 'alice-2')}"`],
    [ARN.replace('alice', 'ops/alice'), `"${ARN.replace('alice', 'ops/alice')}"`],
  ])('of the secret %s, which is not that of the list, is refused', (Secret, shown) => {
    for (const type of ['Create', 'Update']) {
      const more = { PhysicalResourceId: `alice|${Secret}|created`, OldResourceProperties: ALICE };
      expect(refusal(() => read(type, { ...ALICE, Secret }, more))).toBe(
        `alice: the property "Secret" is ${shown}, but the list of users has the secret alice, and nothing was changed. Deploy the resource with the template of the rotation`,
      );
    }
  });

  test.each([
    [
      { ...ALICE, Created: 'false' },
      'alice: the property "Created" is "false", but the list of users has a created user',
    ],
    [{ ...BOB, Created: 'true' }, 'bob: the property "Created" is "true", but the list of users has an adopted user'],
    [
      { ...ALICE, ExistingSecret: 'true' },
      'alice: the property "ExistingSecret" is "true", but the list of users has a created secret',
    ],
    [
      { ...BOB, ExistingSecret: undefined },
      'bob: the property "ExistingSecret" is missing, but the list of users has an existing secret',
    ],
  ])('of %j, which contradicts the list, is refused', (properties, reason) => {
    expect(refusal(() => read('Create', properties))).toContain(`${reason}, and nothing was changed.`);
  });

  test.each([
    ['eu-west-1:999988887777', '999988887777 in eu-west-1'],
    ['us-east-1:111122223333', '111122223333 in us-east-1'],
  ])('of an existing secret in another place, %s, is refused', (place, shown) => {
    const Secret = `arn:aws:secretsmanager:${place}:secret:team/bob-AbCdEf`;
    expect(refusal(() => read('Create', { ...BOB, Secret }))).toBe(
      `bob: the secret ${Secret} is in account ${shown}, but the rotation is in 111122223333 in eu-west-1, and nothing was changed.`
        + ' Rotate the user from a stack in the account and Region of the secret, or pass a secret of this account and Region',
    );
    const created = { ...ALICE, Secret: `arn:aws:secretsmanager:${place}:secret:alice-AbCdEf` };
    expect(read('Create', created)).toMatchObject({ type: 'Create' }); // the stack has created it
  });
});

describe('each property is checked, also that of a Delete', () => {
  const secret = (text: string) => `a text of ${text.length} characters`;
  test.each<[string, unknown, string]>([
    ['Username', '', '""'],
    ['Username', undefined, 'missing'],
    ['Username', 'a/b', '"a/b"'],
    ['Username', 'x'.repeat(65), secret('x'.repeat(65))],
    ['Username', ['alice'], 'a list'],
    ['Secret', '', '""'],
    ['Secret', undefined, 'missing'],
    ['Secret', {}, 'an object'],
    ['Secret', 'a b', '"a b"'],
    ['Secret', 'x'.repeat(513), secret('x'.repeat(513))],
    ['Secret', `${ARN}\n`, secret(`${ARN}\n`)],
    ['Secret', `x${ARN}`, secret(`x${ARN}`)],
    ['Secret', ARN.replace('111122223333', '11112222333'), secret(ARN.slice(1))],
    ['Secret', ARN.replace('alice', 'x'.repeat(513)), secret(ARN.replace('alice', 'x'.repeat(513)))],
    ['Secret', ARN.replace('aws', 'AWS'), secret(ARN)],
    ['Secret', ARN.replace('aws', `aws${'-'.repeat(21)}`), secret(ARN + '-'.repeat(21))],
    ['Secret', ARN.replace('eu-west-1', 'a'.repeat(31)), secret(ARN + 'a'.repeat(22))],
    ['Created', 'yes', '"yes"'],
    ['Created', undefined, 'missing'],
    ['Created', true, 'true'],
    ['ExistingSecret', 'false', '"false"'],
    ['ExistingSecret', true, 'true'],
    ['KmsKey', '', '""'],
    ['KmsKey', 7, '7'],
    ['Owner', '', '""'],
    ['Owner', undefined, 'missing'],
  ])('"%s" %j', (name, value, shown) => {
    for (const type of ['Create', 'Update', 'Delete']) {
      const more = { PhysicalResourceId: 'alice|alice|created', OldResourceProperties: ALICE };
      expect(refusal(() => read(type, { ...ALICE, [name]: value }, more))).toBe(
        `the property "${name}" of ${IDS.LogicalResourceId} is ${shown}, and nothing was changed. Deploy the resource with the template of the rotation`,
      );
    }
  });

  test.each<[string, string]>([
    ['Username', 'x'.repeat(64)],
    ['Secret', 'x'.repeat(512)],
    ['Secret', `arn:aws${'-'.repeat(20)}:secretsmanager:${'a'.repeat(30)}:111122223333:secret:x`],
    ['Secret', `arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:${'x'.repeat(519)}`],
    ['Created', 'false'],
    ['ExistingSecret', 'true'],
    ['KmsKey', 'alias/own'],
  ])('accepted is "%s" %s', (name, value) => {
    const properties = { ...ALICE, Username: 'dave', Secret: 'other', [name]: value };
    expect(read('Delete', properties, { PhysicalResourceId: 'made-up-by-CloudFormation' })).toMatchObject({
      properties,
    });
  });

  test('another owner', () => {
    expect(refusal(() => read('Create', { ...ALICE, Owner: 'S' }))).toBe(
      `the property "Owner" of ${IDS.LogicalResourceId} is "S", but this rotation is "R", and nothing was changed. Deploy the resource with the template of the rotation`,
    );
  });

  test.each([
    ['no text', 7, '7'],
    ['no logical ID', 'a b', '"a b"'],
    ['long', 'x'.repeat(256), 'a text of 256 characters'],
  ])('a logical ID that is %s is described', (_what, LogicalResourceId, shown) => {
    expect(refusal(() => read('Create', {}, { LogicalResourceId }))).toContain(
      `the property "Username" of the resource (${shown}) is missing`,
    );
  });
});

describe('an Update', () => {
  const PhysicalResourceId = 'alice|alice|created';
  const update = (properties: object, OldResourceProperties: unknown = ALICE, id: unknown = PhysicalResourceId) =>
    read('Update', properties, { PhysicalResourceId: id, OldResourceProperties });

  test.each([
    [undefined, undefined, false],
    ['alias/a', 'alias/a', false],
    ['alias/a', undefined, true],
    [undefined, 'alias/a', true],
    ['alias/a', 'alias/b', true],
  ])('from the KMS key %s to %s has a new KMS key: %p', (was, is, hasNewKmsKey) => {
    expect(update({ ...ALICE, KmsKey: is }, { ...ALICE, KmsKey: was })).toEqual({
      type: 'Update',
      properties: { ...ALICE, KmsKey: is },
      settings: expect.objectContaining({ secret: 'alice' }),
      physicalId: PhysicalResourceId,
      hasNewKmsKey,
    });
  });

  test.each([
    ['bob|alice|created', 'user', '"bob"', '"alice"'],
    ['alice|other|created', 'secret', '"other"', '"alice"'],
    ['alice|alice|adopted', 'origin', '"adopted"', '"created"'],
    ['alice|alice', 'origin', '""', '"created"'],
    [`alice|${ARN}|created`, 'secret', JSON.stringify(ARN), '"alice"'],
    [`alice|${ARN.replace('alice', 'm'.repeat(40))}|created`, 'secret', 'a text of 100 characters', '"alice"'],
    [`alice|${'x'.repeat(20)}|${'y'.repeat(20)}`, 'secret', 'another', '"alice"'],
  ])('of the resource %s, which is another one, is refused', (id, part, was, is) => {
    expect(refusal(() => update(ALICE, ALICE, id))).toBe(
      `alice: the keys cannot move: the ${part} in the ID of the resource is ${was}, but that in its properties is ${is}.`
        + ' CloudFormation would delete the old user or secret with a key that is in use. Keep userName or user, and'
        + ' secretName or secret. To change them, add another user, switch all consumers to it, and then remove this user',
    );
  });

  test.each([
    [undefined, 'missing'],
    [null, 'null'],
    ['x', '"x"'],
    [7, '7'],
  ])('from %j is refused', (old, shown) => {
    const more = { PhysicalResourceId, OldResourceProperties: old };
    expect(refusal(() => read('Update', ALICE, more))).toBe(
      `"OldResourceProperties" of ${IDS.LogicalResourceId} is ${shown}, and is needed for "Update". Deploy the resource with the template of the rotation`,
    );
  });
});

describe('a Delete', () => {
  const remove = (physicalId: unknown, properties: object = ALICE) =>
    read('Delete', properties, { PhysicalResourceId: physicalId });

  test.each([
    ['alice|alice|created', false],
    ['2026/11/28/[$LATEST]f00', true],
  ])('with the ID %s: its Create has no answer: %p', (physicalId, isCreateOpen) => {
    const hasMoved = false;
    expect(remove(physicalId)).toEqual({ type: 'Delete', properties: ALICE, physicalId, isCreateOpen, hasMoved });
  });

  test('of a user that the list lacks already is accepted', () => {
    const properties = { ...ALICE, Username: 'dave', Secret: ARN.replace('alice', 'dave') };
    expect(remove(`dave|${properties.Secret}|created`, properties)).toMatchObject({ type: 'Delete', properties });
  });

  test.each([
    ['bob|alice|created', 'user', '"bob"', '"alice"'],
    ['bob|alice', 'user', '"bob"', '"alice"'],
    ['alice|other|created', 'secret', '"other"', '"alice"'],
    ['alice|alice|adopted', 'origin', '"adopted"', '"created"'],
    ['alice|alice', 'origin', '""', '"created"'],
    ['alice|alice|x|y', 'origin', '"x|y"', '"created"'],
  ])('with the ID %s, of another resource, is refused', (id, part, was, is) => {
    expect(refusal(() => remove(id))).toBe(
      `the ${part} in the ID of the resource is ${was}, but that in its properties is ${is}, and no key was deleted.`
        + ' Delete the keys of the user by hand, and then delete the stack again with this resource retained',
    );
  });

  test.each([
    ['bob', '"team/bob"', 'team/bob'],
    ['bob', JSON.stringify(ARN.replace('alice', 'team/bob')), ARN.replace('alice', 'team/bob')],
    ['carol', '"carol-AbCdEf"', 'carol-AbCdEf'],
    ['carol', JSON.stringify(ARN.replace('alice', 'carol')), ARN.replace('alice', 'carol')],
  ])('with the secret of %s, %s, is refused', (owner, shown, Secret) => {
    expect(refusal(() => remove('made-up', { ...ALICE, Secret }))).toBe(
      `the request is to remove the user "alice", but its secret ${shown} is that of ${owner}, and nothing was changed.`
        + ' Delete the keys of the user by hand, and then delete the stack again with this resource retained',
    );
  });

  describe('of a user that the list has', () => {
    const contradiction = (user: string, what: string, listed: string) =>
      `${user}: the property ${what}, but the list of users has ${listed}, and nothing was changed. Deploy the resource with the template of the rotation`;

    test.each<[object, string]>([
      [{ ...ALICE, ExistingSecret: 'true' }, contradiction('alice', '"ExistingSecret" is "true"', 'a created secret')],
      [
        { ...BOB, ExistingSecret: undefined },
        contradiction('bob', '"ExistingSecret" is missing', 'an existing secret'),
      ],
      [{ ...ALICE, Secret: 'mallory' }, contradiction('alice', '"Secret" is "mallory"', 'the secret alice')],
      [
        { ...ALICE, Secret: ARN.replace('alice', 'mallory') },
        contradiction('alice', `"Secret" is "${ARN.replace('alice', 'mallory')}"`, 'the secret alice'),
      ],
      [
        { ...BOB, Secret: 'former', Created: 'true' },
        contradiction('bob', '"Secret" is "former"', 'the secret team/bob'),
      ],
    ])('is refused if it contradicts the list: %j', (properties, message) => {
      expect(refusal(() => remove('made-up', properties))).toBe(message);
    });

    test.each<[string, object, boolean]>([
      ['the secret of the list, in a roll-back or with the stack', ALICE, false],
      ['the same, by its ARN', { ...ALICE, Secret: ARN }, false],
      ['the same, for a secret that existed', BOB, false],
      ['the secret that an adopted user had before', { ...BOB, Secret: 'former', ExistingSecret: undefined }, true],
      ['the same, for a secret that existed', { ...BOB, Secret: 'former' }, true],
      // It has the tag /adopted then: see removal.test.ts.
      ['another origin of the user', { ...ALICE, Created: 'false' }, false],
    ])('is accepted with %s', (_what, properties, hasMoved) => {
      expect(remove('made-up', properties)).toMatchObject({ type: 'Delete', properties, hasMoved });
    });
  });

  test('of a resource whose Create was refused needs nothing else', () => {
    expect(remove(REFUSED_ID, {})).toEqual({ type: 'DeleteOfRefused', physicalId: REFUSED_ID });
    expect(refusal(() => read('Update', {}, { PhysicalResourceId: REFUSED_ID }))).toContain('"Username"');
  });
});

test.each([
  [undefined, 'missing'],
  ['', '""'],
  [7, '7'],
  ['a\nb', '"a?b"'],
  ['x'.repeat(1_025), 'a text of 1025 characters'],
  ['é'.repeat(513), 'a text of 513 characters'],
])('an Update or Delete with the ID %j is refused', (PhysicalResourceId, shown) => {
  for (const type of ['Update', 'Delete']) {
    expect(refusal(() => read(type, ALICE, { PhysicalResourceId }))).toBe(
      `"PhysicalResourceId" of ${IDS.LogicalResourceId} is ${shown}, and is needed for "${type}". Deploy the resource with the template of the rotation`,
    );
  }
  expect(responseIdOf(event('Delete', ALICE, { PhysicalResourceId }), undefined)).toBe(REFUSED_ID);
});

test.each(['x'.repeat(1_024), 'é'.repeat(512)])('an ID of 1,024 bytes is accepted: %s', (PhysicalResourceId) => {
  expect(read('Delete', ALICE, { PhysicalResourceId })).toMatchObject({ physicalId: PhysicalResourceId });
});

test.each([undefined, 'create', ['Create'], 'Foo'])('the request type %j is refused', (RequestType) => {
  expect(refusal(() => readRequest({ ...event('Create'), RequestType }, DEPLOYED))).toMatch(
    /^"RequestType" of RotationAliceFirstKey0A1B2C3D is .*, expected "Create", "Update" or "Delete"\. Deploy the/,
  );
});

describe('the response has the ID', () => {
  test('that was read', () => expect(responseIdOf(event('Create'), read('Create'))).toBe('alice|alice|created'));

  test.each([
    ['Update', 'x'],
    ['Delete', 'x'],
    ['Create', REFUSED_ID], // a Create has no ID of its own: what came is not CloudFormation's
  ])('of a %s that is refused: %s', (type, id) => {
    expect(responseIdOf(event(type, {}, { PhysicalResourceId: 'x' }), undefined)).toBe(id);
  });
});

describe('the log names', () => {
  const logicalId = IDS.LogicalResourceId;

  test('user, resource and type of a request that was read', () => {
    expect(namedInRequest(event('Create'), read('Create'))).toEqual({
      username: 'alice',
      logicalId,
      requestType: 'Create',
    });
  });

  test.each([
    ['a listed user', ALICE, { username: 'alice', logicalId, requestType: 'Create' }],
    ['no other one', { Username: 'mallory' }, { logicalId, requestType: 'Create' }],
    ['no user', null, { logicalId, requestType: 'Create' }],
  ])('of a request that was refused: %s', (_what, properties, named) => {
    expect(namedInRequest(event('Create', properties), undefined, DEPLOYED.users)).toStrictEqual(named);
  });

  test('no user if the list cannot be read, nor of a Delete of nothing', () => {
    for (const requestType of ['Create', 'Update', 'Delete']) {
      expect(namedInRequest(event(requestType), undefined)).toStrictEqual({ logicalId, requestType });
    }
    const refused = { type: 'DeleteOfRefused', physicalId: REFUSED_ID } as const;
    expect(namedInRequest(event('Delete'), refused)).toEqual({ logicalId, requestType: 'Delete' });
  });

  test('nothing that is not valid', () => {
    expect(namedInRequest({ RequestType: 'Foo', LogicalResourceId: 'a b' }, undefined)).toEqual({});
  });
});

describe('a response is not possible', () => {
  test.each([
    ['StackId', 512],
    ['RequestId', 128],
    ['LogicalResourceId', 255],
  ])('without %s, which has up to %i characters', (name, maxLength) => {
    const why = (value: unknown) => unanswerable({ ...event('Create'), [name]: value })?.message;
    expect(why('x'.repeat(maxLength))).toBeUndefined();
    expect(why('!~')).toBeUndefined();
    const ending = 'and nothing was done: only CloudFormation sends this request, with an ID';
    expect(why('x'.repeat(maxLength + 1))).toBe(`"${name}" is a text of ${maxLength + 1} characters, ${ending}`);
    expect(why('')).toBe(`"${name}" is "", ${ending}`);
    expect(why('a b')).toBe(`"${name}" is "a b", ${ending}`);
    expect(why('é')).toBe(`"${name}" is "é", ${ending}`);
    expect(why([])).toBe(`"${name}" is a list, ${ending}`);
    expect(why(['x'])).toBe(`"${name}" is a list, ${ending}`);
    expect(unanswerable({ ...event('Create'), [name]: 7 })).toBeInstanceOf(BadRequest);
  });
});

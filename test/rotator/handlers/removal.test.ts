/** CloudFormation's Delete for a first key: what it deletes, and what it does with a request that is not valid. */
import { adoptedBy, RUN_MINUTES } from '../../../src/contract/settings';
import { rotate } from '../../../src/rotator/actions/rotate';
import { AwsCallFailed } from '../../../src/rotator/aws/call';
import { claimLabel } from '../../../src/rotator/domain/ledger';
import { isAfterRemoval } from '../../../src/rotator/handlers/first-key';
import { ModelAws } from '../../fake-aws/fake-aws';
import { requestFirstKey } from '../request-first-key';
import { CONTEXT, manualRequest, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

const OWNER = 'eu-west-1/Keys/1';
const MINUTE = 60_000;

interface Sent {
  readonly type?: 'Create' | 'Update' | 'Delete';
  readonly created?: boolean;
  readonly physicalId?: unknown;
  readonly properties?: Record<string, unknown> | null;
  /** As the deployed list has it. Default: as the request says. */
  readonly adopted?: boolean;
}

function send(
  aws: ModelAws,
  { type = 'Delete', created = true, physicalId = 'made up', properties, adopted = !created }: Sent = {},
) {
  const ports = aws.tools();
  const ResourceProperties = {
    Username: 'alice',
    Secret: 'alice',
    Created: `${created}`,
    Owner: OWNER,
    DryRun: 'false',
    ...properties,
  };
  const event = {
    RequestType: type,
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: physicalId,
    ResourceProperties: properties === null ? null : ResourceProperties,
  };
  return requestFirstKey(event, {
    // A Delete arrives after the function was updated: the list does not have the user any more.
    users: new Map(type === 'Delete' ? [] : [['alice', { adopted }]]),
    portsFor: () => ports,
    clock: ports.clock,
    context: CONTEXT,
    dryRun: false,
  });
}

/** A user with a first key. */
async function user(created = true): Promise<ModelAws> {
  const aws = new ModelAws();
  aws.ownIam().tag = created ? OWNER : adoptedBy(OWNER);
  if (!created) aws.makeKey();
  await rotate(request('create'), aws.tools());
  return aws;
}

describe('the keys that are deleted', () => {
  test('of a created user: all', async () => {
    const aws = await user();
    aws.makeKey();
    expect(await send(aws)).toBe('deleted AKIA0001, AKIA0002 of alice');
    aws.ownIam().deleteUser();
  });

  test('of an adopted user: those that the rotation issued; then the tag is removed', async () => {
    const aws = await user(false);
    expect(await send(aws, { created: false })).toBe('deleted AKIA0002 of alice');
    expect([...aws.keys.keys()]).toEqual(['AKIA0001']);
    expect(aws.iam.tag).toBeUndefined();
  });

  test('a key that IAM does not list yet, by the ID in the ledger', async () => {
    const aws = new ModelAws();
    aws.ownIam().tag = OWNER;
    aws.ownIam().lags = { lists: MINUTE / 2, sts: 0, uses: 0 };
    await rotate(request('create'), aws.tools());
    expect(await send(aws)).toBe('deleted AKIA0001 of alice');
    expect(aws.keys.size).toBe(0);
  });

  test('of another user of the same name, without the tag of the rotation: none that it did not issue', async () => {
    const aws = await user();
    aws.ownIam().tag = 'eu-west-1/Other/2';
    const other = aws.makeKey();
    await send(aws);
    expect([...aws.keys.keys()]).toEqual([other]);
    expect(aws.iam.tag).toBe('eu-west-1/Other/2');
  });

  test.each([true, false])(
    'of a user without a tag: none that the rotation did not issue (created: %s)',
    async (created) => {
      const aws = await user(created);
      aws.ownIam().tag = undefined;
      if (created) aws.makeKey();
      await send(aws, { created });
      expect([...aws.keys.keys()]).toEqual([created ? 'AKIA0002' : 'AKIA0001']);
    },
  );

  test('the tag of a created user stays: in a user stack it permits a repeated request', async () => {
    const aws = await user();
    await send(aws);
    expect(aws.iam.tag).toBe(OWNER);
    expect(await send(aws)).toBe('deleted no key of alice');
  });
});

describe('a run that is active', () => {
  test('is waited for until it can make no call any more', async () => {
    const aws = await user();
    aws.now = new Date(aws.now.getTime() + 90 * 24 * 60 * MINUTE);
    aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'crash' : undefined);
    await rotate(request('create'), aws.tools()).catch(() => undefined);
    aws.faultAt = undefined;
    const claimed = aws.now.getTime();
    aws.now = new Date(claimed + 2 * MINUTE);
    await send(aws);
    expect(aws.keys.size).toBe(0);
    expect(aws.now.getTime() - claimed).toBeGreaterThan(RUN_MINUTES * MINUTE);
  });

  test('at the end of the time, the run ends without an answer, and the repetition completes the removal', async () => {
    const aws = await user();
    const [version] = aws.versions.keys();
    aws.ownSecret().stage(claimLabel('claim', aws.now, 'other'), version, undefined, aws.now);
    await expect(send(aws)).rejects.toMatchObject({ name: 'RepeatNeeded' });
    expect(aws.keys.size).toBe(1);
    aws.now = new Date(aws.now.getTime() + MINUTE);
    await send(aws);
    expect(aws.keys.size).toBe(0);
  });

  test('a claim that is dated in the future does not stop a removal', async () => {
    const aws = await user();
    const [version] = aws.versions.keys();
    const future = new Date(aws.now.getTime() + 24 * 60 * MINUTE);
    aws.ownSecret().stage(claimLabel('claim', future, 'other'), version, undefined, aws.now);
    expect(await send(aws)).toBe('deleted AKIA0001 of alice');
  });
});

describe('after a removal', () => {
  test.each([true, false])(
    'a first key is not issued (created: %s), and the reason has the remedy',
    async (created) => {
      const aws = await user(created);
      await send(aws, { created });
      const keys = [...aws.keys.keys()];
      const error = await send(aws, { type: 'Create', created }).catch((failure: Error) => failure);
      expect(isAfterRemoval(error)).toBe(true);
      expect((error as Error).message).toMatch(
        /^alice: CloudFormation removed this user .* remove the label: aws secretsmanager get-resource-policy .* aws secretsmanager update-secret-version-stage /,
      );
      expect([...aws.keys.keys()]).toEqual(keys);
      expect(aws.iam.tag).toBe(created ? OWNER : undefined);
    },
  );

  test.each(['create', 'deactivate', 'delete', 'rollback'] as const)(
    '"%s" has the outcome "removed"',
    async (action) => {
      const aws = await user();
      await send(aws);
      expect(await rotate(manualRequest(action), aws.tools())).toMatchObject({ outcome: 'removed' });
    },
  );

  test('"revoke" deactivates the leaked key, and creates none', async () => {
    const aws = await user();
    await send(aws);
    const listed = aws.keys.has('AKIA0001');
    const { outcome, message } = await rotate(manualRequest('revoke', { accessKeyId: 'AKIA0001' }), aws.tools());
    expect(outcome).toBe('blocked');
    expect(message.startsWith('the leaked key AKIA0001 is inactive; ')).toBe(listed);
    expect([...aws.keys.values()].filter(({ active }) => active)).toEqual([]);
  });

  test('without the label, for a secret that is used again, a key is issued', async () => {
    const aws = await user();
    await send(aws);
    const label = aws.labels().find((name) => name.startsWith('akr1.removed.'))!;
    aws.ownSecret().stage(label, undefined, aws.secret.holder(label), aws.now);
    aws.now = new Date(aws.now.getTime() + 20 * MINUTE);
    await send(aws, { type: 'Create' }).catch(() => undefined);
    expect(await send(aws)).toMatch(/^deleted/);
    expect(aws.labels().some((name) => name.startsWith('akr1.removed.'))).toBe(true);
  });

  test('a tag that a late first key wrote is removed, also if the secret is gone by then', async () => {
    const aws = new ModelAws();
    let tagged = false;
    aws.afterEachCall = () => {
      if (tagged || aws.calls.at(-1) !== 'TagUser') return;
      tagged = true;
      aws.ownSecret().isGone = true;
    };
    const error = await send(aws, { type: 'Create', created: false }).catch((failure: Error) => failure);
    expect(isAfterRemoval(error)).toBe(true);
    expect(aws.iam.tag).toBeUndefined();
  });
});

describe('a Delete out of order', () => {
  test.each([
    ['before the first key', (aws: ModelAws) => aws],
    ['for a user that is gone', (aws: ModelAws) => void (aws.ownIam().userIsGone = true)],
    ['for a secret that is gone', (aws: ModelAws) => void (aws.ownSecret().isGone = true)],
    ['for a secret that is scheduled for deletion', (aws: ModelAws) => aws.person.deleteSecret()],
  ])('%s succeeds, and so does a second one', async (_, change) => {
    const aws = new ModelAws();
    aws.ownIam().tag = OWNER;
    change(aws);
    expect(await send(aws)).toBe('deleted no key of alice');
    expect(await send(aws)).toBe('deleted no key of alice');
  });

  test('a secret without a free version or label, or whose KMS key cannot be used, does not stop it', async () => {
    const aws = await user();
    const rejected = async () => {
      throw new AwsCallFailed('secretsmanager PutSecretValue', 'alice', 'LimitExceededException', true, 'no');
    };
    const tools = aws.tools.bind(aws);
    aws.tools = () => ({ ...tools(), ledger: { ...tools().ledger, put: rejected } });
    expect(await send(aws)).toBe('deleted AKIA0001 of alice');
  });
});

describe('a request that is not valid', () => {
  test.each([
    ['Username', undefined, 'missing'],
    ['Username', null, 'null'],
    ['Username', 1, '1'],
    ['Secret', '', '""'],
    ['Created', 'yes', '"yes"'],
    ['Created', true, 'true'],
    ['Owner', ['a'], 'a list'],
    ['Owner', 'eu-west-1/Stack\n/1', '"eu-west-1/Stack?/1"'],
    ['Owner', 'eu-west-1/Other/2', '"eu-west-1/Other/2"'],
    ['Owner', adoptedBy(OWNER), 'a text of 24 characters'],
    ['KmsKey', {}, 'an object'],
    ['ExistingSecret', 'false', '"false"'],
  ])('the property %s is %j: a clear failure, and nothing is deleted', async (name, value, shown) => {
    const aws = await user();
    const before = [...aws.calls];
    await expect(send(aws, { properties: { [name]: value } })).rejects.toThrow(
      `the property "${name}" of FirstKey is ${shown}`,
    );
    expect(aws.calls).toEqual(before);
  });

  test('no properties at all', async () => {
    const aws = await user();
    await expect(send(aws, { properties: null })).rejects.toThrow('the property "Username" of FirstKey is missing');
  });

  test.each([
    ['bob|alice|created', 'user', 'bob', 'alice'],
    ['bob|alice', 'user', 'bob', 'alice'],
    ['alice|alice|adopted', 'origin', 'adopted', 'created'],
    ['alice|bob|created', 'secret', 'bob', 'alice'],
    ['alice|alice|a|b', 'origin', 'a|b', 'created'],
  ])('the ID of the resource is "%s": a clear failure, and nothing is called', async (physicalId, part, was, is) => {
    const aws = await user();
    const before = [...aws.calls];
    await expect(send(aws, { physicalId })).rejects.toThrow(
      `the ${part} in the ID of the resource is "${was}", but that in its properties is "${is}", and no key was deleted`,
    );
    expect(aws.calls).toEqual(before);
  });

  test.each([
    ['created', 'an adopted', 'created', OWNER],
    ['adopted', 'a created', 'adopted', adoptedBy(OWNER)],
  ])(
    'a Delete that says another thing than the tag of the %s user: nothing is changed, and a fix is named',
    async (recorded, came, found, tag) => {
      const aws = await user(recorded === 'created');
      const labels = aws.labels();
      await expect(send(aws, { created: recorded !== 'created' })).rejects.toThrow(
        `alice: the request is to remove ${came} user, but the tag cdk-access-key-rotation of the user records that the rotation ${found} it, and nothing was changed.`
          + ' If the request is right, correct the tag and try again: aws iam tag-user --user-name alice --tags Key=cdk-access-key-rotation,Value=',
      );
      expect(aws.labels()).toEqual(labels);
      expect(aws.iam.tag).toBe(tag);
      expect(aws.calls.at(-1)).toBe('ListUserTags');
      expect(await send(aws, { created: recorded === 'created' })).toMatch(/^deleted AKIA/);
    },
  );

  test.each([
    ['Create', true, 'an adopted'],
    ['Create', false, 'a created'],
    ['Update', true, 'an adopted'],
    ['Update', false, 'a created'],
  ] as const)('%s with Created: %s, and the list has %s user: nothing is called', async (type, created, listed) => {
    const aws = await user(created);
    const before = [...aws.calls];
    const physicalId = `alice|alice|${created ? 'created' : 'adopted'}`;
    await expect(send(aws, { type, created, adopted: created, physicalId })).rejects.toThrow(
      `alice: the property "Created" is "${created}", but the list of users has ${listed} user, and nothing was changed`,
    );
    expect(aws.calls).toEqual(before);
  });

  test.each([true, false])(
    'a Create for a user that is not listed: nothing is called (created: %s)',
    async (created) => {
      const aws = await user(created);
      const before = [...aws.calls];
      await expect(send(aws, { type: 'Create', created, properties: { Username: 'bob' } })).rejects.toThrow(
        '"bob" is not a user of this rotation, and nothing was changed',
      );
      expect(aws.calls).toEqual(before);
    },
  );

  test('a Create does not end the dry run of the deployed rotation', async () => {
    const aws = new ModelAws();
    const ports = aws.tools();
    const message = await requestFirstKey(
      {
        RequestType: 'Create',
        ResourceProperties: { Username: 'alice', Secret: 'alice', Created: 'true', Owner: OWNER, DryRun: 'false' },
      } as never,
      { users: new Map([['alice', {}]]), portsFor: () => ports, clock: ports.clock, context: CONTEXT, dryRun: true },
    );
    expect(message).toContain('dry run');
    expect(aws.keys.size).toBe(0);
  });

  test.each(['alice|alice|created', '2026/11/28/[$LATEST]f00'])(
    'an ID of the resource that is of this user or made up: %j',
    async (physicalId) => {
      const aws = await user();
      expect(await send(aws, { physicalId })).toBe('deleted AKIA0001 of alice');
    },
  );
});

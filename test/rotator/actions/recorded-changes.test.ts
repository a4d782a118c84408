/** The log has a record of each change of a key, with its reason, and of each change that others made. */
import { DAY } from '../../../src/contract/ages';
import { ChangeRecord, InterventionRecord } from '../../../src/contract/log-records';
import { removeUser } from '../../../src/rotator/actions/remove';
import { rotate } from '../../../src/rotator/actions/rotate';
import { RotationRequest } from '../../../src/rotator/domain/user-state';
import { ModelAws } from '../../fake-aws/fake-aws';
import { CONTEXT, HOURLY, manualRequest, request } from '../support';

const FIRST = 'AKIA0001';
const SECOND = 'AKIA0002';

class User {
  /** A user with a first key. */
  public static async withKey(): Promise<User> {
    const user = new User();
    await rotate(request('create', undefined, true, { ...HOURLY, duringDeploy: true }), user.aws.tools());
    return user;
  }

  /** A user whose first key was replaced on time. */
  public static async withTwoKeys(): Promise<User> {
    const user = await User.withKey();
    await user.later(90).check('create');
    user.records();
    return user;
  }

  public readonly aws = Object.assign(new ModelAws(), { records: [] as (ChangeRecord | InterventionRecord)[] });

  /** Days later. */
  public later(days: number): this {
    this.aws.now = new Date(this.aws.now.getTime() + days * DAY);
    return this;
  }

  public async check(action: 'create' | 'deactivate' | 'delete', more: Partial<RotationRequest> = {}): Promise<this> {
    await rotate(request(action, undefined, true, { ...HOURLY, ...more }), this.aws.tools());
    return this;
  }

  public async order(action: RotationRequest['action'], more: Partial<RotationRequest> = {}): Promise<this> {
    await rotate(manualRequest(action, { ...HOURLY, ...more }), this.aws.tools());
    return this;
  }

  /** The records since the last call. */
  public records() {
    return this.aws.records!.splice(0);
  }

  public changes() {
    return this.records().map((record) => {
      const { record: name, change, accessKeyId, reason } = record as ChangeRecord;
      return name === 'change' ? `${accessKeyId} ${change}: ${reason}` : `${name}: ${record.message}`;
    });
  }
}

describe('a rotation on schedule', () => {
  test('each change has the age of its key, the announced time, and no day of delay', async () => {
    const user = await User.withKey();
    await user.later(90).check('create');
    await user.later(14).check('deactivate');
    await user.later(14).check('delete');
    const base = { record: 'change', username: 'alice', invokedBy: 'check', reason: 'schedule', lateDays: 0 };
    expect(user.records()).toEqual([
      {
        record: 'change',
        message: `${FIRST} is created: first-key`,
        username: 'alice',
        accessKeyId: FIRST,
        change: 'created',
        reason: 'first-key',
        invokedBy: 'deploy',
        action: 'create',
      },
      {
        ...base,
        message: `${SECOND} is created: schedule`,
        accessKeyId: SECOND,
        change: 'created',
        action: 'create',
        replaces: FIRST,
        replacedAgeDays: 90,
        announcedAt: expect.stringMatching(/^2026-/),
      },
      {
        ...base,
        message: `${FIRST} is deactivated: schedule`,
        accessKeyId: FIRST,
        change: 'deactivated',
        action: 'deactivate',
        ageDays: 104,
        announcedAt: expect.stringMatching(/^2026-/),
      },
      {
        ...base,
        message: `${FIRST} is deleted: schedule`,
        accessKeyId: FIRST,
        change: 'deleted',
        action: 'delete',
        ageDays: 118,
        announcedAt: expect.stringMatching(/^2026-/),
      },
    ]);
  });

  test('the announced time is that in the notification of the new key', async () => {
    const user = await User.withTwoKeys();
    const { details } = user.aws.sent.at(-1)!;
    await user.later(14.5).check('deactivate');
    expect(user.records()).toMatchObject([{ announcedAt: details.deactivatedAt }]);
  });

  test.each([
    ['create', 90],
    ['deactivate', 14],
    ['delete', 14],
  ] as const)(
    'checks for "%s" that do not run for three days make its change three days late',
    async (action, days) => {
      const user = action === 'create' ? await User.withKey() : await User.withTwoKeys();
      if (action === 'delete') await user.later(14).check('deactivate');
      user.records();
      await user.later(days + 3.5).check(action);
      expect(user.records()).toMatchObject([{ reason: 'schedule', lateDays: 3 }]);
    },
  );
});

test('after a roll-back, a new key follows the deletion of the rejected key, and has no announced time', async () => {
  const user = await User.withTwoKeys();
  await user.later(14).check('deactivate');
  await user.later(1).order('rollback');
  await user.later(1).check('create');
  await user.later(14).check('deactivate');
  await user.later(14).check('delete');
  user.records();
  await user.later(1).check('create');
  const [record] = user.records();
  expect(record).toMatchObject({ change: 'created', reason: 'schedule', replaces: FIRST });
  expect(record).not.toHaveProperty('announcedAt');
  expect(record).not.toHaveProperty('lateDays');
});

test('the order of a person: the reason is the request, and nothing is late', async () => {
  const user = await User.withKey();
  user.records();
  await user.later(40).order('create');
  expect(user.records()).toMatchObject([
    { change: 'created', reason: 'request', invokedBy: 'person', replacedAgeDays: 40, lateDays: 0 },
  ]);
});

describe('the reason of a change out of schedule', () => {
  test('a leaked key: both the new key and the deactivation', async () => {
    const user = await User.withKey();
    user.records();
    await user.later(10).order('revoke', { accessKeyId: FIRST });
    expect(user.changes()).toEqual([`${SECOND} created: leaked`, `${FIRST} deactivated: leaked`]);
  });

  test('a leaked key that a report of AWS names: the report invoked the rotation', async () => {
    const user = await User.withKey();
    user.records();
    await user.later(10).order('revoke', { accessKeyId: FIRST, byReport: true });
    expect(user.records()).toMatchObject([{ invokedBy: 'report' }, { invokedBy: 'report' }]);
  });

  test('a roll-back in the recovery period: the old key is activated, which is no intervention', async () => {
    const user = await User.withTwoKeys();
    await user.later(14).check('deactivate');
    user.records();
    await user.later(1).order('rollback');
    await user.later(1).check('create');
    expect(user.changes()).toEqual([`${FIRST} activated: roll-back`]);
  });

  test('the cleanup of a run whose key does not work', async () => {
    const user = await User.withKey();
    user.records();
    user.aws.faultAt = (call) => (call === 'GetCallerIdentity' ? 'rejected' : undefined);
    await expect(user.later(90).check('create')).rejects.toThrow('was deleted');
    expect(user.changes()).toEqual([`${SECOND} created: schedule`, `${SECOND} deleted: failed-run`]);
  });

  test('the cleanup of a run that ended before its key was stored', async () => {
    const user = await User.withKey();
    user.records();
    user.aws.faultAt = (call, index) => (call === 'PutSecretValue' && index > 5 ? 'crash' : undefined);
    await expect(user.later(90).check('create')).rejects.toThrow();
    user.aws.faultAt = undefined;
    await user.later(1).check('create');
    expect(user.changes()).toContain(`${SECOND} deleted: failed-run`);
  });

  test('the cleanup of a replacement whose key does not work: no leaked key is deleted', async () => {
    const user = await User.withKey();
    user.aws.faultAt = (call, index) => (call === 'UpdateAccessKey' && index > 5 ? 'crash' : undefined);
    await expect(user.later(10).order('revoke', { accessKeyId: FIRST })).rejects.toThrow();
    user.records();
    user.aws.faultAt = (call) => (call === 'GetCallerIdentity' ? 'rejected' : undefined);
    await user
      .later(1)
      .check('create')
      .catch(() => undefined);
    expect(user.changes()).toContain(`${SECOND} deleted: failed-run`);
  });

  test('the deactivation of a leaked key by a run that failed then is no intervention', async () => {
    const user = await User.withTwoKeys();
    const isLabel = (call: string) => call === 'UpdateSecretVersionStage';
    let isDeactivated = false;
    user.aws.faultAt = (call) => {
      const isAfter = isDeactivated && isLabel(call);
      isDeactivated ||= call === 'UpdateAccessKey';
      return isAfter ? 'crash' : undefined;
    };
    await expect(user.later(3).order('revoke', { accessKeyId: FIRST })).rejects.toThrow();
    user.aws.faultAt = undefined;
    await user.later(1).check('create');
    await user.later(1).check('deactivate');
    expect(user.changes()).toEqual([`${FIRST} deactivated: leaked`]);
  });

  test('a current key that a person deleted', async () => {
    const user = await User.withKey();
    user.records();
    user.aws.person.deleteKey(FIRST);
    await user.check('create');
    await user.later(1).check('create');
    expect(user.changes()).toEqual([
      `intervention: ${FIRST} is the current key, and IAM does not list it`,
      `${SECOND} created: no-current-key`,
    ]);
  });

  test('the removal of the user by CloudFormation', async () => {
    const user = await User.withKey();
    user.records();
    const removed = { username: 'alice', secret: 'alice', region: CONTEXT.region, adopted: true, rotation: 'R' };
    await removeUser({ ...removed, existingSecret: false, isCreateOpen: false, hasMoved: false }, user.aws.tools());
    expect(user.records()).toMatchObject([
      { change: 'deleted', accessKeyId: FIRST, reason: 'removal', invokedBy: 'deploy' },
    ]);
  });
});

test('a call that IAM rejects has no record', async () => {
  const user = await User.withKey();
  user.records();
  user.aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'rejected' : undefined);
  await expect(user.later(90).check('create')).rejects.toThrow();
  expect(user.records()).toEqual([]);
});

describe('a change outside the rotation has a record of the check that finds it', () => {
  type Change = (user: User) => unknown;
  test.each<[string, Change, ...string[]]>([
    ['the current key is deactivated', ({ aws }) => aws.person.deactivate(SECOND), 'key-deactivated'],
    ['the old key is deactivated', ({ aws }) => aws.person.deactivate(FIRST), 'key-deactivated'],
    ['the current key is deleted', ({ aws }) => aws.person.deleteKey(SECOND), 'current-key-missing'],
    ['another value is written', ({ aws }) => aws.person.overwrite(), 'current-value-replaced'],
    ['AWSCURRENT is moved back', ({ aws }) => aws.person.makeCurrent(FIRST), 'current-value-replaced'],
    ['another field is written', ({ aws }) => aws.person.editFields({ note: '1' }), 'secret-edited'],
    ['a label is forged', ({ aws }) => aws.person.label('akr1.claim.forged.29990101T000000Z'), 'labels-forged'],
  ])('%s', async (_what, change, ...found) => {
    const user = await User.withTwoKeys();
    change(user.later(1));
    for (const action of ['create', 'deactivate', 'delete'] as const) {
      await user
        .later(7)
        .check(action)
        .catch(() => undefined);
    }
    const kinds = user.records().flatMap((record) => ('intervention' in record ? [record.intervention] : []));
    expect(kinds).toEqual(found);
  });

  test('an inactive key is activated, and used, and deactivated again', async () => {
    const user = await User.withTwoKeys();
    await user.later(14).check('deactivate');
    user.records();
    user.aws.person.activate(FIRST);
    await user.later(1).check('create');
    user.aws.person.deactivate(FIRST);
    await user.later(1).check('deactivate');
    expect(user.changes()).toEqual([
      `intervention: ${FIRST} is active again`,
      `intervention: ${FIRST} was found inactive`,
    ]);
  });

  test('an inactive key that was reported as leaked is activated', async () => {
    const user = await User.withTwoKeys();
    await user.later(14).check('deactivate');
    await user.later(3).order('revoke', { accessKeyId: FIRST });
    user.records();
    user.aws.person.activate(FIRST);
    await user.later(1).check('create');
    expect(user.changes()).toContain(`intervention: ${FIRST} is active again`);
  });

  test('an inactive key is used between two checks', async () => {
    const user = await User.withTwoKeys();
    await user.later(14).check('deactivate');
    user.records();
    user.aws.person.use(FIRST, user.later(7).aws.now);
    await user.later(7).check('delete');
    expect(user.changes()).toEqual([`intervention: ${FIRST} was used after its deactivation`]);
  });

  test('a second key is created', async () => {
    const user = await User.withKey();
    user.records();
    const keyId = user.aws.makeKey();
    await user.later(1).check('create');
    await user.later(1).check('create');
    expect(user.changes()).toEqual([`intervention: ${keyId} was created outside the rotation`]);
  });
});

/**
 * A secret has up to 100 versions, and Secrets Manager keeps each for 24 hours. A step that fails at each check for a
 * month must not use them up, and must succeed at the first check after the failure has ended.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
import { DAY } from '../../src/contract/ages';
import { Action, ACTIONS } from '../../src/contract/events';
import { Ports } from '../../src/rotator/actions/ports';
import { rotate } from '../../src/rotator/actions/rotate';
import { FAILURE_PAUSE } from '../../src/rotator/decisions/failed-runs';
import { labelOf } from '../../src/rotator/domain/ledger';
import { sampled } from '../exhaustive/budget';
import { rejection } from '../fake-aws/calls';
import { ModelAws } from '../fake-aws/fake-aws';
import { CREATED_ALICE, requestFirstKey } from '../rotator/request-first-key';
import { CONTEXT, manualRequest, request } from '../rotator/support';

jest.mock('../../src/rotator/aws/log');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When Lambda repeats an asynchronous event that failed, after the first attempt. */
const REPEATS = [0, MINUTE, 3 * MINUTE];

type Lack = (ports: Ports) => Partial<Ports>;
const denied = (call: 'CreateAccessKey' | 'PutSecretValue' | 'GetSecretValue' | 'UpdateSecretVersionStage') => () =>
  Promise.reject(rejection(call, 'AccessDeniedException'));

const FAILURES: Record<string, Lack> = {
  'CreateAccessKey is denied': ({ accessKeys }) => ({
    accessKeys: { ...accessKeys, create: denied('CreateAccessKey') },
  }),
  'another principal takes the slot at each attempt': ({ accessKeys }) => ({
    accessKeys: { ...accessKeys, create: () => Promise.reject(rejection('CreateAccessKey', 'LimitExceededException')) },
  }),
  'STS never accepts the new key': () => ({ verify: () => Promise.reject(new Error('InvalidClientTokenId')) }),
  'each put is denied': ({ ledger }) => ({ ledger: { ...ledger, put: denied('PutSecretValue') } }),
  'the put of the key is denied': ({ ledger }) => ({
    ledger: {
      ...ledger,
      put: (token, value, labels) =>
        value.names.includes('claim') ? ledger.put(token, value, labels) : denied('PutSecretValue')(),
    },
  }),
  'the stored key cannot be read': ({ ledger }) => ({
    ledger: {
      ...ledger,
      value: async (version) => {
        const { issued, claims } = await ledger.read();
        const isStored = issued.some((key) => key.version === version) && claims.some((one) => one.version === version);
        return isStored ? denied('GetSecretValue')() : ledger.value(version);
      },
    },
  }),
  'the publication is denied': ({ ledger }) => ({ ledger: { ...ledger, publish: denied('UpdateSecretVersionStage') } }),
  'no label can be changed': ({ ledger }) => {
    const change = denied('UpdateSecretVersionStage');
    return { ledger: { ...ledger, publish: change, addLabel: change, removeLabel: change } };
  },
};

class Month {
  public readonly aws = new ModelAws();
  /** Times of the puts that Secrets Manager accepted. */
  public readonly puts: number[] = [];
  public lack?: Lack;
  public refused = 0;

  /** @param engine - the rotator, or one that lacks the pause after a failed attempt */
  constructor(private readonly engine = rotate) {}

  /** A check of a rule, with Lambda's repeats. */
  public async check(action: Action): Promise<string> {
    const from = this.aws.now.getTime();
    for (const delay of REPEATS) {
      this.aws.now = new Date(Math.max(from + delay, this.aws.now.getTime()));
      const outcome = await this.engine(request(action), this.ports()).then(
        (result) => result.outcome,
        () => undefined,
      );
      if (outcome) return outcome;
    }
    return 'failed';
  }

  /** All checks of some days, once an hour for each action, twenty minutes apart. */
  public async hourly(days: number): Promise<void> {
    const from = this.aws.now.getTime();
    for (let hour = 0; hour < days * 24; hour++) {
      for (const [index, action] of ACTIONS.entries()) {
        this.aws.now = new Date(from + hour * HOUR + index * 20 * MINUTE);
        await this.check(action);
      }
    }
    this.aws.now = new Date(from + days * DAY);
  }

  /** As a "revoke" event that failed after its first call. */
  public reportLeak(keyId: string): void {
    const { aws } = this;
    aws.ownSecret().stage(labelOf('leaked', keyId, aws.now), aws.versionOf(keyId), undefined, aws.now);
  }

  public ports(): Ports {
    const ports = this.aws.tools();
    const put: Ports['ledger']['put'] = async (...args) => {
      const version = await ports.ledger.put(...args).catch((error) => {
        if (error.code === 'LimitExceededException') this.refused++;
        throw error;
      });
      this.puts.push(this.aws.now.getTime());
      return version;
    };
    const counting = { ...ports, ledger: { ...ports.ledger, put } };
    return { ...counting, ...this.lack?.(counting) };
  }

  public get mostPutsInADay(): number {
    return Math.max(0, ...this.puts.map((from) => this.puts.filter((at) => at >= from && at < from + DAY).length));
  }
}

test('hourly checks are more than the pause apart', () => {
  expect(FAILURE_PAUSE).toBeLessThanOrEqual(HOUR - 10 * MINUTE);
  expect(2 * Math.ceil(DAY / FAILURE_PAUSE)).toBe(58);
});

describe.each(sampled(Object.entries(FAILURES)))('%s, for a month of hourly checks', (_name, lack) => {
  test('of a first key: at most 48 versions a day, and a key as soon as it can be issued', async () => {
    const month = new Month();
    month.lack = lack;
    await month.hourly(30);
    expect(month.mostPutsInADay).toBeLessThanOrEqual(48);
    expect(month.refused).toBe(0);
    month.lack = undefined;
    await month.hourly(1);
    expect([...month.aws.keys.values()].map(({ active }) => active)).toEqual([true]);
    expect(month.aws.currentKey()).toBe([...month.aws.keys.keys()][0]);
  });

  test('of the replacement of a leaked key, which all three checks attempt: the same', async () => {
    const month = new Month();
    await month.check('create');
    const leaked = month.aws.currentKey()!;
    month.aws.now = new Date(month.aws.now.getTime() + 40 * DAY);
    month.lack = lack;
    month.reportLeak(leaked);
    await month.hourly(30);
    expect(month.mostPutsInADay).toBeLessThanOrEqual(48);
    expect(month.refused).toBe(0);
    month.lack = undefined;
    await month.hourly(1);
    expect(month.aws.currentKey()).not.toBe(leaked);
    expect(month.aws.keys.get(month.aws.currentKey()!)?.active).toBe(true);
  });
});

test('a previous key that cannot be made current again, for a month of hourly checks: at most 72 versions a day, because each attempt has two claims', async () => {
  const month = new Month();
  await month.check('create');
  month.aws.now = new Date(month.aws.now.getTime() + 90 * DAY);
  await month.check('create');
  const leaked = month.aws.currentKey()!;
  month.aws.now = new Date(month.aws.now.getTime() + 5 * DAY);
  month.lack = FAILURES['STS never accepts the new key'];
  month.reportLeak(leaked);
  await month.hourly(6);
  expect(month.puts.length).toBeGreaterThan(48);
  expect(month.mostPutsInADay).toBeLessThanOrEqual(72);
  expect(month.refused).toBe(0);
});

test("Lambda's repeats of a check fail before they write anything, and say when the next attempt is made", async () => {
  const month = new Month();
  month.lack = FAILURES['STS never accepts the new key'];
  await expect(rotate(request('create'), month.ports())).rejects.toThrow('InvalidClientTokenId');
  const puts = month.puts.length;
  month.aws.now = new Date(month.aws.now.getTime() + MINUTE);
  await expect(rotate(request('create'), month.ports())).rejects.toMatchObject({
    cause: 'RecentFailure',
    message:
      'alice: the attempt of 2026-01-01 00:00 UTC failed, and what it left is removed;'
      + ' a check from 2026-01-01 00:50 UTC on starts another one. Nothing was done',
  });
  expect(month.puts).toHaveLength(puts);
  expect(await rotate(request('create', undefined, true, { dryRun: true }), month.ports())).toMatchObject({
    outcome: 'waiting',
    until: '2026-01-01T00:50:00.000Z',
  });
});

test('a person, who waits for the answer, can repeat an attempt at once', async () => {
  const month = new Month();
  month.lack = FAILURES['STS never accepts the new key'];
  await expect(rotate(manualRequest('create'), month.ports())).rejects.toThrow('InvalidClientTokenId');
  month.lack = undefined;
  expect(await rotate(manualRequest('create'), month.ports())).toMatchObject({ outcome: 'created' });
});

test('a deploy repeats an attempt at once, after longer and longer pauses: five failed deploys in a day fit', async () => {
  const month = new Month();
  month.lack = FAILURES['the stored key cannot be read'];
  for (let deploys = 0; deploys < 5; deploys++) {
    const before = month.puts.length;
    const endsAt = month.aws.now.getTime() + 5 * MINUTE;
    const clock = {
      sleep: async (ms: number) => void (month.aws.now = new Date(month.aws.now.getTime() + ms)),
      remainingTime: () => endsAt - month.aws.now.getTime(),
    };
    await expect(
      requestFirstKey(
        { RequestType: 'Create', ResourceProperties: CREATED_ALICE },
        {
          users: new Map([['alice', {}]]),
          portsFor: () => ({ ...month.ports(), clock }),
          clock,
          context: CONTEXT,
          dryRun: false,
        },
      ),
    ).rejects.toThrow('AccessDeniedException');
    const spent = month.puts.length - before;
    expect(spent).toBeGreaterThan(10);
    expect(spent).toBeLessThanOrEqual(18);
  }
});

test('without the pause after a failed attempt, Secrets Manager refuses versions within two days', async () => {
  let engine = rotate;
  jest.isolateModules(() => {
    const name = '../../src/rotator/decisions/failed-runs';
    jest.doMock(name, () => ({ ...jest.requireActual(name), awaitNextAttempt: () => undefined }));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would come before the replacement
    engine = require('../../src/rotator/actions/rotate').rotate;
    jest.dontMock(name);
  });
  const month = new Month(engine);
  month.lack = FAILURES['STS never accepts the new key'];
  await month.hourly(2);
  expect(month.refused).toBeGreaterThan(0);
});

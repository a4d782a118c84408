/** The states in which a user can be when events arrive, each with the calls that lead to it. */
import { CHECKS, DEPLOY, REVOKE_CURRENT, REVOKE_OTHER, ROLLBACK, RotationEvent, run, Settings } from './events';
import { DAY, DEFAULT_AGES } from '../../src/contract/ages';
import { closedReason } from '../../src/contract/change-window';
import { Action, ACTIONS } from '../../src/contract/events';
import { adoptedBy } from '../../src/contract/settings';
import { CLAIM_LIFETIME } from '../../src/rotator/domain/ledger';
import { CallName } from '../fake-aws/calls';
import { ModelAws } from '../fake-aws/fake-aws';
import { Iam, secretOf } from '../fake-aws/iam';
import { watch, CallerRequests } from '../fake-aws/invariants';
import { CONTEXT } from '../rotator/support';

const BEGIN = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What happens to a user before the start, in days since the first one. */
export class Scenario {
  public readonly aws: ModelAws;
  public named?: string;

  constructor(
    public settings: Settings,
    idDigits?: number,
  ) {
    this.aws = new ModelAws(new Iam(idDigits));
    this.day(0);
  }

  public day(day: number): this {
    this.aws.now = new Date(BEGIN + day * DAY);
    return this;
  }

  public later(ms: number): this {
    this.aws.now = new Date(this.aws.now.getTime() + ms);
    return this;
  }

  public async check(event: RotationEvent | Action): Promise<this> {
    const sent = typeof event === 'string' ? CHECKS[ACTIONS.indexOf(event)] : event;
    this.named = sent.names?.(this.aws);
    await run(sent, this.aws, this.settings, this.aws.tools());
    return this.later(5 * MINUTE);
  }

  /** A check whose process crashes after a call, by default the first of its name. */
  public async crash(event: RotationEvent | Action, after: CallName, nth = 1): Promise<this> {
    let calls = 0;
    this.aws.faultAt = (call) => (call === after && ++calls === nth ? 'crash' : undefined);
    await this.check(event).catch(() => undefined);
    this.aws.faultAt = undefined;
    if (calls < nth) throw new Error(`${JSON.stringify(event)} did not call ${after}`);
    return this;
  }

  /** The first key at day 0, the next one at day 90, and so on. */
  public async until(day: number): Promise<this> {
    for (let at = 0; at <= day; at++) {
      const [create, deactivate, remove] = [at % 90 === 0, at > 90 && at % 90 === 14, at > 90 && at % 90 === 28];
      if (create) await this.day(at).check('create');
      if (deactivate) await this.day(at).check('deactivate');
      if (remove) await this.day(at).check('delete');
    }
    return this.day(day).later(10 * MINUTE);
  }

  public get current(): string {
    return this.aws.currentKey()!;
  }

  public get previous(): string {
    return [...this.aws.keys.keys()].find((keyId) => keyId !== this.current)!;
  }
}

export interface Start {
  readonly name: string;
  readonly settings: Settings;
  readonly aws: ModelAws;
  readonly requests: CallerRequests;
  /** Keys that the rotation must not retire. */
  readonly unmanaged: readonly string[];
}

type StartScenario = readonly [
  name: string,
  setUp: (scenario: Scenario) => Promise<unknown> | unknown,
  settings?: Settings,
];

const ADOPTED: Settings = { retireExistingKeys: true };
const TAKEN_OVER: Settings = { ...ADOPTED, existingSecret: 'with-key' };
const SMTP: Settings = { sesSmtpRegions: ['eu-west-1'] };
/** No check changes keys on this day. */
function frozenOn(day: number): Settings {
  const date = new Date(BEGIN + day * DAY).toISOString().slice(0, 10);
  const window = { freezes: [{ start: date, end: date, reason: 'a sale' }] };
  return { checkTimes: { first: 5, interval: 24 * 60, window } };
}
/** A created user, whose first key is issued into an existing secret. */
const ISSUED_INTO: Settings = { existingSecret: 'without-key' };

/** An adopted user with a key in its secret, before its rotation. */
function existing(s: Scenario): Scenario {
  const AccessKey = s.aws.makeKey();
  s.aws.person.overwrite(JSON.stringify({ AccessKey, SecretKey: secretOf(AccessKey), host: 'old' }));
  s.aws.ownIam().tag = adoptedBy(CONTEXT.rotation);
  return s.later(HOUR);
}

/** As in `until()`, with a first key that existed before, and an owner who then writes another field. */
/** A created user, whose owner tag is from the template, before its rotation. */
function created(s: Scenario): Scenario {
  s.aws.ownIam().tag = CONTEXT.rotation;
  return s;
}

function withoutKey(s: Scenario): Scenario {
  s.aws.person.overwrite('{"host":"old"}');
  return created(s).later(HOUR);
}

async function editedAt(s: Scenario, day: number): Promise<Scenario> {
  await existing(s).check(DEPLOY);
  await s.until(day);
  s.aws.person.editFields({ host: 'new' });
  return s.later(HOUR);
}

const SCENARIOS: readonly StartScenario[] = [
  ['no key yet', () => undefined],
  ['adopted without a key', () => undefined, ADOPTED],
  ['adopted with one key', (s) => s.aws.makeKey() && s.later(DAY), ADOPTED],
  ['adopted with two keys', (s) => s.aws.makeKey() && s.aws.makeKey() && s.later(DAY), ADOPTED],
  [
    'adopted, in the switch period',
    async (s) => {
      s.aws.makeKey();
      await s.later(DAY).check('create');
      s.later(5 * DAY);
    },
    ADOPTED,
  ],
  [
    'adopted, due for deactivation',
    async (s) => {
      s.aws.makeKey();
      await s.later(DAY).check('create');
      s.later(14 * DAY);
    },
    ADOPTED,
  ],
  [
    'adopted, due for deletion',
    async (s) => {
      s.aws.makeKey();
      await s.later(DAY).check('create');
      await s.later(14 * DAY).check('deactivate');
      s.later(14 * DAY);
    },
    ADOPTED,
  ],
  ['a fresh first key', (s) => s.until(0)],
  [
    'a fresh first key, which IAM may not list yet',
    async (s) => {
      s.aws.ownIam().lags = { lists: 9 * MINUTE, sts: 0, uses: 0 };
      await s.check('create');
    },
  ],
  ['one key, nothing due', (s) => s.until(40)],
  ['due for a new key', async (s) => (await s.until(0)).day(90)],
  ['in the switch period', (s) => s.until(95)],
  ['due for deactivation', async (s) => (await s.until(90)).day(104)],
  ['in the recovery period', (s) => s.until(110)],
  ['due for deletion', async (s) => (await s.until(104)).day(118)],
  ['all due at once, after months without checks', async (s) => (await s.until(90)).day(400)],
  ['due for a new key after three years, with all records', async (s) => (await s.until(1079)).day(1080)],
  ['no key yet, in a freeze', () => undefined, frozenOn(0)],
  ['due for a new key in a freeze', async (s) => (await s.until(0)).day(90), frozenOn(90)],
  ['due for deactivation in a freeze', async (s) => (await s.until(90)).day(104), frozenOn(104)],
  ['due for deletion in a freeze', async (s) => (await s.until(104)).day(118), frozenOn(118)],
  ['all due at once in a freeze', async (s) => (await s.until(90)).day(400), frozenOn(400)],
  [
    'crashed after the creation of a key, then a freeze',
    async (s) => (await (await s.until(0)).day(90).crash('create', 'CreateAccessKey')).day(91),
    frozenOn(91),
  ],
  [
    'crashed in a revocation, in a freeze',
    async (s) => (await (await s.until(40)).crash(REVOKE_CURRENT, 'CreateAccessKey')).later(CLAIM_LIFETIME + MINUTE),
    frozenOn(40),
  ],
  [
    'the creation of the first key was rejected',
    async (s) => {
      s.aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'rejected' : undefined);
      await s.check('create').catch(() => 0);
      s.aws.faultAt = undefined;
    },
  ],
  [
    'a first run failed at its claim',
    async (s) => (await s.crash('create', 'PutSecretValue')).later(CLAIM_LIFETIME + MINUTE),
  ],
  [
    'a first run failed, its key not stored',
    async (s) => (await s.crash('create', 'CreateAccessKey')).later(CLAIM_LIFETIME + MINUTE),
  ],
  [
    'a first run failed, its key stored',
    async (s) => (await s.crash('create', 'PutSecretValue', 2)).later(CLAIM_LIFETIME + MINUTE),
  ],
  [
    'a first run failed, its key not announced',
    async (s) => (await s.crash('create', 'UpdateSecretVersionStage')).later(CLAIM_LIFETIME + MINUTE),
  ],
  [
    'a run is active or failed at its claim',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'PutSecretValue');
    },
  ],
  [
    'a run failed at its claim',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'PutSecretValue');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a run failed, its key not stored',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'CreateAccessKey');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a run failed, its key not stored, six hours ago',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'CreateAccessKey');
      s.later(7 * HOUR);
    },
  ],
  [
    'a run failed, its key stored',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'PutSecretValue', 2);
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a run failed, its key not announced',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'UpdateSecretVersionStage');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a deactivation failed before its record',
    async (s) => {
      await (await s.until(90)).day(104).crash('deactivate', 'UpdateAccessKey');
      s.later(DAY);
    },
  ],
  [
    'a deletion failed before its notification',
    async (s) => {
      await (await s.until(104)).day(118).crash('delete', 'DeleteAccessKey');
      s.later(DAY);
    },
  ],
  [
    'a deactivation without a notification',
    async (s) => {
      (await s.until(90)).day(104).aws.snsIsDown = true;
      await s.check('deactivate');
      s.later(DAY).aws.snsIsDown = false;
    },
  ],
  [
    'a person deleted the current key',
    async (s) => {
      await s.until(40);
      s.aws.person.deleteKey(s.current);
      s.later(DAY);
    },
  ],
  [
    'a person deleted the current key in the switch period',
    async (s) => {
      await s.until(95);
      s.aws.person.deleteKey(s.current);
      s.later(DAY);
    },
  ],
  [
    'a person deactivated the current key',
    async (s) => {
      await s.until(40);
      s.aws.person.deactivate(s.current);
      s.later(DAY);
    },
  ],
  [
    'a person deactivated the current key in the switch period',
    async (s) => {
      await s.until(95);
      s.aws.person.deactivate(s.current);
      s.later(9 * DAY);
    },
  ],
  [
    'a person deactivated the previous key',
    async (s) => {
      await s.until(95);
      s.aws.person.deactivate(s.previous);
      s.later(DAY);
    },
  ],
  [
    'a person activated the previous key again',
    async (s) => {
      await s.until(110);
      s.aws.person.activate(s.previous);
      s.later(DAY);
    },
  ],
  [
    'a person deleted the previous key',
    async (s) => {
      await s.until(110);
      s.aws.person.deleteKey(s.previous);
      s.later(DAY);
    },
  ],
  [
    'an unmanaged key uses the second slot',
    async (s) => {
      await s.until(40);
      s.aws.makeKey();
      s.day(90);
    },
  ],
  [
    'an unmanaged key from the time of a failed run',
    async (s) => {
      await (await s.until(0)).day(90).crash('create', 'PutSecretValue');
      s.aws.makeKey();
      s.later(7 * HOUR);
    },
  ],
  [
    'an unmanaged key that is to be retired',
    async (s) => {
      await s.until(40);
      s.aws.makeKey();
      s.day(90);
    },
    { retireUnmanagedKeys: true },
  ],
  [
    'a person wrote their own value',
    async (s) => {
      await s.until(95);
      s.aws.person.overwrite();
      s.later(9 * DAY);
    },
  ],
  [
    'a person moved AWSCURRENT back',
    async (s) => {
      await s.until(95);
      s.aws.person.makeCurrent(s.previous);
      s.later(9 * DAY);
    },
  ],
  [
    'a person moved AWSCURRENT back, confirmed',
    async (s) => {
      await s.until(95);
      s.aws.person.makeCurrent(s.previous);
      await s.later(DAY).check(ROLLBACK);
      s.later(DAY);
    },
  ],
  [
    'adopted with two keys, one of them inactive, due for deletion',
    async (s) => {
      s.aws.makeKey();
      s.aws.makeKey(true, false);
      await s.later(DAY).check('create');
      await s.check('deactivate');
      s.later(14 * DAY);
    },
    ADOPTED,
  ],
  [
    'adopted with two keys, one of them unused, due for deactivation',
    async (s) => {
      const unused = s.aws.makeKey(false);
      s.aws.makeKey();
      await s.day(100).check('create');
      s.aws.person.use(unused, new Date(s.aws.now.getTime() - 100 * DAY));
      s.later(14 * DAY);
    },
    ADOPTED,
  ],
  [
    'due for deactivation, in use',
    async (s) => {
      (await s.until(90)).day(104);
      s.aws.person.use(s.previous, new Date(s.aws.now.getTime() - DAY));
    },
  ],
  [
    'due for deactivation, in use, postponed',
    async (s) => {
      await s.until(90);
      await s.day(104).check('deactivate');
      s.aws.person.use(s.previous);
      s.later(DAY);
    },
    { maxDelayDays: 7 },
  ],
  [
    'used in the recovery period, due for deletion',
    async (s) => {
      await s.until(110);
      s.aws.person.activate(s.previous);
      s.aws.person.use(s.previous);
      s.aws.person.deactivate(s.previous);
      s.day(118);
    },
  ],
  [
    'the current key was deactivated and activated',
    async (s) => {
      await s.until(95);
      s.aws.person.deactivate(s.current);
      await s.later(DAY).check('create');
      s.aws.person.activate(s.current);
      s.day(104);
    },
  ],
  [
    'rolled back',
    async (s) => {
      await (await s.until(110)).check(ROLLBACK);
      s.later(DAY);
    },
  ],
  [
    'rolled back, due for deactivation',
    async (s) => {
      await (await s.until(110)).check(ROLLBACK);
      s.later(14 * DAY);
    },
  ],
  [
    'rolled back, due for deletion',
    async (s) => {
      await (await s.until(110)).check(ROLLBACK);
      await s.later(14 * DAY).check('deactivate');
      s.later(14 * DAY);
    },
  ],
  [
    'a roll-back failed at its claim',
    async (s) => {
      await (await s.until(110)).crash(ROLLBACK, 'PutSecretValue');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a roll-back failed, its key active',
    async (s) => {
      await (await s.until(110)).crash(ROLLBACK, 'UpdateAccessKey');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'a roll-back failed, its key current',
    async (s) => {
      await (await s.until(110)).crash(ROLLBACK, 'UpdateSecretVersionStage');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
  ],
  [
    'the only key leaked, nothing done yet',
    async (s) => {
      await (await s.until(40)).crash(REVOKE_CURRENT, 'UpdateSecretVersionStage');
      s.later(HOUR);
    },
  ],
  [
    'the current key leaked in the switch period, nothing done yet',
    async (s) => {
      await (await s.until(95)).crash(REVOKE_CURRENT, 'UpdateSecretVersionStage');
      s.later(HOUR);
    },
  ],
  [
    'the current key leaked in the recovery period, nothing done yet',
    async (s) => {
      await (await s.until(110)).crash(REVOKE_CURRENT, 'UpdateSecretVersionStage');
      s.later(HOUR);
    },
  ],
  [
    'the previous key leaked, nothing done yet',
    async (s) => {
      await (await s.until(95)).crash(REVOKE_OTHER, 'UpdateSecretVersionStage');
      s.later(HOUR);
    },
  ],
  [
    'the only key leaked and was replaced',
    async (s) => {
      await (await s.until(40)).check(REVOKE_CURRENT);
      s.later(DAY);
    },
  ],
  [
    'the current key leaked in the recovery period and was replaced',
    async (s) => {
      await (await s.until(110)).check(REVOKE_CURRENT);
      s.later(DAY);
    },
  ],
  [
    'the previous key leaked and is inactive',
    async (s) => {
      await (await s.until(95)).check(REVOKE_OTHER);
      s.later(DAY);
    },
  ],
  ['a secret that is not taken over yet', (s) => existing(s), TAKEN_OVER],
  [
    'a secret that is not taken over yet, with another key',
    (s) => {
      existing(s).aws.makeKey();
      s.later(HOUR);
    },
    TAKEN_OVER,
  ],
  ['a secret taken over, its owner wrote a field', (s) => editedAt(s, 40), TAKEN_OVER],
  [
    'a secret taken over, due for a new key, its owner wrote a field',
    async (s) => (await editedAt(s, 40)).day(90),
    TAKEN_OVER,
  ],
  ['a secret taken over, in the switch period, its owner wrote a field', (s) => editedAt(s, 95), TAKEN_OVER],
  ['a secret taken over, in the recovery period, its owner wrote a field', (s) => editedAt(s, 110), TAKEN_OVER],
  [
    'a secret taken over, its key leaked, its owner wrote a field, nothing done yet',
    async (s) => {
      await (await editedAt(s, 40)).check('deactivate');
      await s.crash(REVOKE_CURRENT, 'UpdateSecretVersionStage');
      s.aws.person.editFields({ host: 'newer' });
      s.later(HOUR);
    },
    TAKEN_OVER,
  ],
  ['a secret without a key, no key yet', (s) => withoutKey(s), ISSUED_INTO],
  ['a secret without a value, no key yet', (s) => created(s), ISSUED_INTO],
  [
    'a secret without a key, a first run failed, its key not stored',
    async (s) => {
      await withoutKey(s).crash(DEPLOY, 'CreateAccessKey');
      s.later(CLAIM_LIFETIME + MINUTE);
    },
    ISSUED_INTO,
  ],
  [
    'a secret without a value, a first run failed, its key stored',
    async (s) => {
      await created(s).crash(DEPLOY, 'PutSecretValue', 3);
      s.later(CLAIM_LIFETIME + MINUTE);
    },
    ISSUED_INTO,
  ],
  [
    'a secret without a key, in the recovery period, its owner wrote a field',
    async (s) => {
      await (await withoutKey(s).check(DEPLOY)).until(110);
      s.aws.person.editFields({ host: 'new' });
      s.later(HOUR);
    },
    ISSUED_INTO,
  ],
  ['with SMTP passwords, due for a new key', async (s) => (await s.until(89)).day(90), SMTP],
  ['with SMTP passwords, in the recovery period', (s) => s.until(110), SMTP],
  [
    'in the recovery period, SMTP passwords since then',
    async (s) => {
      const { settings } = s;
      s.settings = {};
      await s.until(110);
      s.settings = settings;
    },
    SMTP,
  ],
  ['AWSCURRENT cannot be decrypted', async (s) => loseOldKms(await s.until(40))],
  ['AWSCURRENT cannot be decrypted, in the switch period', async (s) => loseOldKms(await s.until(95))],
  ['AWSCURRENT cannot be decrypted, due for deactivation', async (s) => loseOldKms((await s.until(90)).day(104))],
  ['AWSCURRENT cannot be decrypted, in the recovery period', async (s) => loseOldKms(await s.until(110))],
  [
    'the previous key cannot be decrypted',
    async (s) => {
      (await s.until(40)).aws.person.changeKmsKey('K2', false);
      await s.day(90).check('create');
      await s.day(104).check('deactivate');
      s.day(110).aws.person.failKms({ decrypt: ['K1'] });
    },
  ],
  [
    'the KMS key is disabled',
    async (s) => (await s.until(40)).aws.person.failKms({ decrypt: ['K1'], encrypt: ['K1'] }),
  ],
  ['the KMS key stores and does not decrypt', async (s) => (await s.until(40)).aws.person.failKms({ decrypt: ['K1'] })],
];

/** The deployer could not decrypt with the earlier KMS key, so no version was encrypted again. */
function loseOldKms({ aws }: Scenario): void {
  aws.person.changeKmsKey('K2', false);
  aws.person.failKms({ decrypt: ['K1'] });
}

/**
 * @param only - selects some of them by name
 * @param idDigits - of a key ID: short ones are faster to compare, and the Lambda's handlers require those of IAM, 16
 */
export async function starts(only: (name: string) => boolean = () => true, idDigits?: number): Promise<Start[]> {
  return Promise.all(
    SCENARIOS.filter(([name]) => only(name)).map(async ([name, setUp, settings = {}]) => {
      const scenario = new Scenario(settings, idDigits);
      const requested = (keyId: string) =>
        (settings.retireExistingKeys ?? settings.retireUnmanagedKeys ?? false)
        && scenario.aws.trail.keys.get(keyId)?.createdBy === 'person';
      const window = settings.checkTimes?.window;
      const closed = window && ((at: Date) => closedReason(window, at.getTime()) !== undefined);
      const requests = { ages: DEFAULT_AGES, requested, leaked: () => false, closed };
      watch(scenario.aws, requests.ages, requests.requested, (keyId) => keyId === scenario.named);
      await setUp(scenario);
      const aws = scenario.aws.clone();
      aws.afterEachCall = undefined;
      const unmanaged = [...aws.trail.keys]
        .filter(([keyId, { createdBy }]) => createdBy === 'person' && !requested(keyId))
        .map(([keyId]) => keyId);
      return { name, settings, aws, requests, unmanaged };
    }),
  );
}

/** The same state, from which on AWS lags: new versions, and new or activated keys, for some seconds. */
export function whereAwsLags(start: Start): Start {
  const aws = start.aws.clone();
  aws.polls = true;
  aws.ownIam().lags = { ...aws.iam.lags, sts: 12_000 };
  aws.ownSecret().versionLag = 12_000;
  return { ...start, aws };
}

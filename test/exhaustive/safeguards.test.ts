/**
 * Tests of the search itself: a search that cannot fail proves nothing. It runs over the same starts and events, on a
 * rotator that lacks one of its safeguards, and has to find a broken invariant.
 */
import { Budget, history } from './engine/explore';
import { Rotate, RotationEvent } from './events';
import { Forgery, withForger } from './forgeries';
import type { SearchFromStart } from './proof';
import { freshKey, RemovalSearch, Rotator as RemovalRotator, Sent } from './removals';
import { Start, starts as allStarts } from './starts';
import { DAY } from '../../src/contract/ages';
import { Ports, Round } from '../../src/rotator/actions/ports';
import { rotate } from '../../src/rotator/actions/rotate';
import type { Clock } from '../../src/rotator/aws/clock';
import type { LedgerStore } from '../../src/rotator/aws/secrets-manager';
import type { CallerIdentity } from '../../src/rotator/aws/sts';
import type { Credential } from '../../src/rotator/domain/credential';
import { Ledger, RecordKind, recordsOf } from '../../src/rotator/domain/ledger';
import { SecretValue } from '../../src/rotator/domain/secret-value';
import type { Fault } from '../fake-aws/fake-aws';
import { BEFORE_KEYS, FOREVER } from '../fake-aws/forged-dates';
import { requestFirstKey } from '../rotator/request-first-key';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

/** The parts of a rotator, loaded together so that `instanceof` works for their errors. */
interface Parts {
  readonly SearchFromStart: new (start: Start, engine?: Rotate) => SearchFromStart;
  readonly starts: (only: (name: string) => boolean) => Promise<Start[]>;
  readonly whereAwsLags: (start: Start) => Start;
  readonly rotate: Rotate;
  readonly events: Record<'create' | 'createNow' | 'deactivate' | 'delete' | 'revoke' | 'rollback', RotationEvent>;
}

/** @param without - modules of src/, each with the function that replaces its exports */
function parts(without: Record<string, (actual: object) => object> = {}): Parts {
  let loaded: Parts | undefined;
  jest.isolateModules(() => {
    for (const [name, replace] of Object.entries(without)) {
      jest.doMock(`../../src/${name}`, () => replace(jest.requireActual(`../../src/${name}`)));
    }
    /* eslint-disable @typescript-eslint/no-require-imports -- an import would come before the replacement */
    const {
      CHECKS: [create, deactivate, remove],
      EVENTS: [, , , createNow],
      REVOKE_CURRENT: revoke,
      ROLLBACK: rollback,
    } = require('./events');
    loaded = {
      ...require('./proof'),
      ...require('./starts'),
      ...require('../../src/rotator/actions/rotate'),
      events: { create, createNow, deactivate, delete: remove, revoke, rollback },
    };
    /* eslint-enable */
    for (const name of Object.keys(without)) jest.dontMock(`../../src/${name}`);
  });
  return loaded!;
}

interface Attempt {
  readonly from: string;
  readonly events: (keyof Parts['events'])[];
  readonly faults?: Fault[];
  readonly stale?: number;
  /** Records that another principal writes; with the fault `forged`. */
  readonly forges?: Forgery;
  /** How many answers come from a server of AWS that differs from the others. */
  readonly lags?: number;
  /**
   * Whether a failed run counts as broken: of two events at once, one has to end as "locked", and a lag passes.
   */
  readonly noneFails?: boolean;
}

/** @returns what the search finds on this rotator, or "nothing" */
async function search(
  { SearchFromStart: Search, starts, whereAwsLags, events }: Parts,
  engine: Rotate,
  attempt: Attempt,
): Promise<string> {
  const { from, events: names, lags = 0, stale = 0, noneFails = false } = attempt;
  const faults: Fault[] = lags > 0 ? ['lagging'] : (attempt.faults ?? []);
  const [consistent] = await starts((name) => name === from);
  const { forges } = attempt;
  const start = lags > 0 ? whereAwsLags(consistent) : forges ? withForger(consistent, forges) : consistent;
  const proof = new Search(start, engine);
  const requested = names.map((name) => events[name]);
  const budget: Partial<Budget> = { faults: lags > 0 ? lags : Math.min(1, faults.length), stale };
  try {
    const orders =
      faults.length > 0
        ? [requested, [...requested].reverse(), ...requested.map((event) => [event]), []]
        : [requested, [...requested].reverse()];
    const allowed = new Set(await Promise.all(orders.map((order) => proof.inSequence(order))));
    for (const ended of await proof.explore(proof.beginning(budget), requested, '', faults)) {
      await proof.judge(ended, allowed);
      if (noneFails && ended.results.includes('failed')) return `a run fails without a fault\n${history(ended.trace)}`;
    }
    return 'nothing';
  } catch (error) {
    if ((error as Error).name !== 'InvariantViolation') throw error;
    return (error as Error).message;
  }
}

/** A rotator with other tools than the given ones. */
function altering(alter: (tools: Ports) => Partial<Ports>): (engine: Rotate) => Rotate {
  return (engine) => (request, tools) => engine(request, { ...tools, ...alter(tools) });
}

const onVersion = (kind: RecordKind) => (kind === 'claim' ? 'first' : undefined);

/** A forged record acts, and no one is notified of it. */
const UNSEEN = /notifications are missing: forged/;

type Rotator = readonly [Parts, Rotate];

/** Expects that the search finds nothing with the safeguard, and `finds` without it. */
async function findsOnlyWithout(
  attempt: Attempt,
  finds: RegExp,
  broken: (whole: Parts) => Rotator,
  sound: (whole: Parts) => Rotator = (whole) => [whole, whole.rotate],
): Promise<void> {
  const whole = parts();
  expect(await search(...sound(whole), attempt)).toBe('nothing');
  expect(await search(...broken(whole), attempt)).toMatch(finds);
}

/** A rotator with a module that lacks a safeguard. */
function rotatorWithout(name: string, lack: (actual: object) => object): () => Rotator {
  return () => {
    const rest = parts({ [name]: lack });
    return [rest, rest.rotate];
  };
}

/** A rotator's wait for a key that ends after fewer acceptances in a row. */
const waitForAcceptances =
  (needed: number) =>
  async (_username: string, credential: Credential, callerIdentity: CallerIdentity, { sleep }: Clock) => {
    for (let accepted = 0; ; await sleep(1_000)) {
      accepted = await callerIdentity(credential).then(
        () => accepted + 1,
        () => 0,
      );
      if (accepted === needed) return;
    }
  };

const withAnyToken = altering(({ ledger, runId }) => ({
  ledger: {
    ...ledger,
    put: async (token, value, labels) =>
      ledger.put(value.names.includes('claim') ? `${token} ${runId}` : token, value, labels),
  },
}));

/** What cannot be read counts as read. */
const orEmpty = (ledger: LedgerStore) => (version: string) => ledger.value(version).catch(() => SecretValue.EMPTY);

const withoutClaim = altering(({ ledger }) => ({
  ledger: {
    ...ledger,
    put: async (token, value, labels) => (value.names.includes('claim') ? token : ledger.put(token, value, labels)),
    value: orEmpty(ledger),
  },
}));

const withoutSwap = altering(({ ledger }) => ({
  ledger: { ...ledger, publish: async (version) => ledger.publish(version, (await ledger.read()).currentVersion!) },
}));

const withoutReadingClaims = altering(({ ledger }) => ({
  ledger: {
    ...ledger,
    value: async (version) => {
      const { claims, issued } = await ledger.read();
      const isClaim =
        claims.some((claim) => claim.version === version) && issued.every((key) => key.version !== version);
      return isClaim ? SecretValue.EMPTY : ledger.value(version);
    },
  },
}));

describe('the search finds what breaks without', () => {
  test('the verification of a new key', () =>
    findsOnlyWithout(
      { from: 'due for a new key', events: ['create'] },
      /invariant 2: AKIA0002 was published before it was verified/,
      (whole) => [whole, altering(() => ({ verify: async () => undefined }))(whole.rotate)],
    ));

  test('the claim before a key is created', () =>
    findsOnlyWithout(
      { from: 'due for a new key', events: ['create'], faults: ['crash'] },
      /invariant 4: AKIA0002 exists and is not in the ledger/,
      (whole) => [whole, withoutClaim(whole.rotate)],
    ));

  test('a token that is derived from the versions that were read', () =>
    findsOnlyWithout(
      { from: 'no key yet', events: ['create', 'createNow'], noneFails: true },
      /a run fails without a fault/,
      (whole) => [whole, withAnyToken(whole.rotate)],
    ));

  test('the compare-and-swap of the publication, when two runs create a key', () =>
    findsOnlyWithout(
      { from: 'no key yet', events: ['create', 'createNow'] },
      /ends with "current active, issued active/,
      (whole) => [whole, withoutSwap(withAnyToken(whole.rotate))],
      (whole) => [whole, withAnyToken(whole.rotate)],
    ));

  test('the switch period', () =>
    findsOnlyWithout(
      { from: 'in the switch period', events: ['deactivate'] },
      /invariant 3: AKIA0001 was deactivated before its successor had been current/,
      rotatorWithout('rotator/domain/announced', (actual) => ({ ...actual, actsFrom: () => new Date(0) })),
    ));

  test('the recovery period', () =>
    findsOnlyWithout(
      { from: 'in the recovery period', events: ['delete'] },
      /invariant 3: AKIA0001 was deleted before it had been inactive/,
      rotatorWithout('rotator/domain/announced', (actual) => ({ ...actual, actsFrom: () => new Date(0) })),
    ));

  test.each<[RecordKind, string, keyof Parts['events'], RegExp]>([
    ['claim', 'due for a new key', 'create', /not settled: akr1\.claim\.forged/],
    ['removed', 'due for a new key', 'create', UNSEEN],
    ['current-since', 'due for deactivation', 'deactivate', UNSEEN],
    ['inactive', 'due for deletion', 'delete', UNSEEN],
    ['adopted', 'due for deactivation', 'deactivate', UNSEEN],
    ['claim', 'one key, nothing due', 'revoke', /not settled: akr1\.claim\.forged/],
    ['removed', 'one key, nothing due', 'create', UNSEEN],
    ['removed', 'one key, nothing due', 'revoke', /invariant 1: AWSCURRENT holds AKIA0001, which is not an active key/],
    ['leaked', 'one key, nothing due', 'create', /invariant 1: AWSCURRENT holds AKIA0001, which is not an active key/],
  ])('the void of a record of the future: %s, %s, %s', (kind, from, event, finds) =>
    findsOnlyWithout(
      // A claim on the version of a key of another time is void anyway.
      {
        from,
        events: [event],
        faults: ['forged'],
        forges: { kinds: [kind], date: FOREVER, key: 0, on: onVersion(kind) },
      },
      finds,
      rotatorWithout('rotator/domain/ledger', (actual) => ({ ...actual, asOf: (ledger: Ledger) => ledger })),
    ),
  );

  test('the void of a record from before its key', () =>
    findsOnlyWithout(
      {
        from: 'in the switch period',
        events: ['deactivate'],
        faults: ['forged'],
        forges: { kinds: ['current-since'], date: BEFORE_KEYS },
      },
      /invariant 3/,
      rotatorWithout('rotator/domain/ledger', (actual) => ({ ...actual, asOf: (ledger: Ledger) => ledger })),
    ));

  test('the distinction of managed and unmanaged keys', () =>
    findsOnlyWithout(
      { from: 'an unmanaged key uses the second slot', events: ['deactivate'] },
      /invariant 5: AKIA0002 is not managed and was deactivated/,
      rotatorWithout('rotator/domain/ledger', (actual) => ({
        ...actual,
        recordsOf: (ledger: Ledger, keyId: string) => ({ ...recordsOf(ledger, keyId), managed: true }),
      })),
    ));

  test('the last use of a key that may be an orphan', () =>
    findsOnlyWithout(
      { from: 'an unmanaged key from the time of a failed run', events: ['create'] },
      /invariant 5: AKIA0002 is not managed and was deleted/,
      (whole) => [
        whole,
        altering(({ accessKeys }) => ({ accessKeys: { ...accessKeys, lastUse: async () => undefined } }))(whole.rotate),
      ],
    ));

  test('the wait for a run that may still be active', () =>
    findsOnlyWithout(
      { from: 'due for a new key', events: ['create', 'deactivate'] },
      /invariant 1: AWSCURRENT holds AKIA0002, which is not an active key, since AKIA0002 was deleted/,
      rotatorWithout('rotator/decisions/failed-runs', (actual) => ({ ...actual, lockedUntil: () => undefined })),
    ));

  test('the second list before a missing current key counts as deleted', () =>
    findsOnlyWithout(
      { from: 'a fresh first key, which IAM may not list yet', events: ['create'], stale: 3 },
      /ends with "current active, issued active/,
      rotatorWithout('rotator/decisions/current-key', (actual) => ({ ...actual, awaitConfirmation: () => undefined })),
    ));

  test('the read of AWSCURRENT', () =>
    findsOnlyWithout(
      { from: 'AWSCURRENT cannot be decrypted', events: ['create'] },
      /AWSCURRENT cannot be decrypted, and no new key was issued/,
      (whole) => [whole, altering(({ ledger }) => ({ ledger: { ...ledger, value: orEmpty(ledger) } }))(whole.rotate)],
    ));

  test('the read of AWSCURRENT before the previous key is deactivated', () =>
    findsOnlyWithout(
      { from: 'AWSCURRENT cannot be decrypted, due for deactivation', events: ['deactivate'] },
      /invariant 3: AKIA0001 was deactivated while AWSCURRENT cannot be decrypted/,
      rotatorWithout('rotator/decisions/decryption', (actual) => ({
        ...actual,
        currentUndecryptable: () => undefined,
      })),
    ));

  test('the read of the claim before a key is created', () =>
    findsOnlyWithout(
      { from: 'the KMS key stores and does not decrypt', events: ['create'] },
      /fails without a fault|invariant/,
      (whole) => [whole, withoutReadingClaims(whole.rotate)],
    ));

  test('the wait before an older key replaces a leaked one', () =>
    findsOnlyWithout(
      { from: 'due for deactivation', events: ['deactivate', 'revoke'], faults: ['rejected'] },
      /invariant 1: AWSCURRENT holds AKIA0001, which is not an active key/,
      rotatorWithout('rotator/decisions/failed-runs', (actual) => ({ ...actual, RACE_MARGIN: -1_000 * DAY })),
    ));

  test.each([
    ['a new key', 'due for a new key', 'create', 1],
    ['a key that is activated', 'in the recovery period', 'rollback', 1],
  ] as const)('several acceptances by STS, of %s', (_key, from, event, lags) =>
    findsOnlyWithout(
      { from, events: [event], lags },
      /invariant 2: AKIA000\d was published while some servers of AWS still rejected it/,
      rotatorWithout('rotator/aws/sts', (actual) => ({ ...actual, waitUntilUsable: waitForAcceptances(1) })),
    ),
  );

  test('the third acceptance by STS', () =>
    findsOnlyWithout(
      { from: 'due for a new key', events: ['create'], lags: 2 },
      /invariant 2: AKIA0002 was published while some servers of AWS still rejected it/,
      rotatorWithout('rotator/aws/sts', (actual) => ({ ...actual, waitUntilUsable: waitForAcceptances(2) })),
    ));

  test.each([
    ['a new key', 'due for a new key', 'create'],
    ['a first key', 'no key yet', 'create'],
    ['a key that replaces a leaked one', 'in the switch period', 'revoke'],
  ] as const)('the repeats of calls that do not find a new version, of %s', (_key, from, event) =>
    findsOnlyWithout(
      { from, events: [event], lags: 1, noneFails: true },
      /a run fails without a fault/,
      rotatorWithout('rotator/aws/own-versions', (actual) => ({
        ...actual,
        withOwnVersions: (ledger: Ports['ledger']) => ledger,
      })),
    ),
  );

  test('the record that a new key replaces a leaked one', () =>
    findsOnlyWithout(
      { from: 'one key, nothing due', events: ['revoke'] },
      /invariant 1: AWSCURRENT holds AKIA0001, which is not an active key, since AKIA0001 was deactivated/,
      (whole) => [
        whole,
        altering(({ ledger }) => ({
          ledger: {
            ...ledger,
            addLabel: async (label, version, from) => {
              if (!label.startsWith('akr1.replaces.')) await ledger.addLabel(label, version, from);
            },
          },
        }))(whole.rotate),
      ],
    ));

  test('the deactivation of a leaked key before its successor is published', () =>
    findsOnlyWithout(
      { from: 'the only key leaked, nothing done yet', events: ['create'] },
      /AKIA0002 was published while the leaked key AKIA0001 could read it/,
      rotatorWithout('rotator/actions/publish-replacement', (actual) => ({
        ...actual,
        publishReplacement: (version: string, _leaked: string, { ledger, state }: Round) =>
          ledger.publish(version, state.ledger.currentVersion!),
      })),
    ));
});

/** A rotator with other tools for one kind of CloudFormation's requests. */
function removalWith(request: 'Create' | 'Delete', alter: (tools: Ports) => Partial<Ports>): RemovalRotator {
  return {
    rotate,
    firstKey: (event, invocation) =>
      requestFirstKey(
        event,
        (event as { RequestType: unknown }).RequestType === request
          ? { ...invocation, portsFor: (user) => withAltered(invocation.portsFor(user), alter) }
          : invocation,
      ),
  };
}

const withAltered = (tools: Ports, alter: (tools: Ports) => Partial<Ports>): Ports => ({ ...tools, ...alter(tools) });

interface Removal {
  /** Default: a key that was issued seconds ago. */
  readonly from?: string;
  readonly created?: boolean;
  readonly sent: readonly Sent[];
  readonly stale?: number;
}

async function findsInRemovalOnlyWithout(
  { from, created = true, sent, stale }: Removal,
  finds: RegExp,
  broken: RemovalRotator,
) {
  jest.spyOn(Math, 'random').mockReturnValue(0.5); // a run that is repeated from its start has to make the same pauses
  const [start] = from ? await allStarts((name) => name === from) : [await freshKey()];
  const found = (rotator?: RemovalRotator) =>
    new RemovalSearch(start, created, rotator).prove(sent, [], stale).then(
      () => 'nothing',
      (error: Error) => error.message,
    );
  expect(await found()).toBe('nothing');
  expect(await found(broken)).toMatch(finds);
}

describe('the search of removals finds what breaks without', () => {
  test('the read after a claim', () =>
    findsInRemovalOnlyWithout(
      { from: 'a first run failed, its key stored', sent: ['Create', 'Delete'] },
      /CreateAccessKey after the removal has ended/,
      removalWith('Create', ({ accessKeys, ledger }) => {
        let hasClaim = false;
        return {
          accessKeys: { ...accessKeys, list: async () => ((hasClaim = false), accessKeys.list()) },
          ledger: {
            ...ledger,
            put: async (token, value, labels) => {
              hasClaim = value.names.includes('claim');
              return ledger.put(token, value, labels);
            },
            read: async () => {
              const found = await ledger.read();
              return hasClaim ? { ...found, removed: undefined } : found;
            },
          },
        };
      }),
    ));

  test('the record of the removal', () =>
    findsInRemovalOnlyWithout(
      { from: 'no key yet', sent: ['Delete'] },
      /CreateAccessKey after the removal has ended/,
      removalWith('Create', ({ ledger }) => ({
        ledger: { ...ledger, read: async () => ({ ...(await ledger.read()), removed: undefined }) },
      })),
    ));

  test('the wait for runs that are active', () =>
    findsInRemovalOnlyWithout(
      { from: 'no key yet', sent: ['Create', 'Delete'] },
      /CreateAccessKey after the removal has ended/,
      removalWith('Delete', ({ ledger }) => ({
        ledger: { ...ledger, read: async () => ({ ...(await ledger.read()), claims: [] }) },
      })),
    ));

  test('the deletion of keys that only the ledger names', () =>
    findsInRemovalOnlyWithout(
      { sent: ['Delete'], stale: 1 },
      /AKIA0001 is left after the removal/,
      removalWith('Delete', ({ ledger }) => ({
        ledger: { ...ledger, read: async () => ({ ...(await ledger.read()), issued: [] }) },
      })),
    ));

  test('the repetition of a deletion that does not find a new key', () =>
    findsInRemovalOnlyWithout(
      { sent: ['Delete'], stale: 1 },
      /AKIA0001 is left after the removal/,
      removalWith('Delete', ({ accessKeys }) => ({
        accessKeys: { ...accessKeys, delete: async (keyId) => (await accessKeys.delete(keyId), true) },
      })),
    ));

  test('the removal of a tag that a late first key wrote', () =>
    findsInRemovalOnlyWithout(
      { from: 'no key yet', created: false, sent: ['Create', 'Delete'] },
      /the owner tag is left after the removal/,
      removalWith('Create', ({ ownerTag }) => ({ ownerTag: { ...ownerTag, remove: async () => undefined } })),
    ));
});

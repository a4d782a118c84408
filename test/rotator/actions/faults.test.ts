/** Examples of faults. test/exhaustive/ has each fault at each call, and any two events at once. */
import * as fc from 'fast-check';
import { DAY, DEFAULT_AGES } from '../../../src/contract/ages';
import { Action, ACTIONS } from '../../../src/contract/events';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ORPHAN_OBSERVATION } from '../../../src/rotator/decisions/failed-runs';
import { CLAIM_LIFETIME } from '../../../src/rotator/domain/ledger';
import { RotationRequest } from '../../../src/rotator/domain/user-state';
import { RotationTrigger } from '../../../src/schedule/rotation-trigger';
import { FAULTS, ModelAws } from '../../fake-aws/fake-aws';
import { InvariantViolation, checkSettled, watch } from '../../fake-aws/invariants';
import { manualRequest, firings, request } from '../support';

jest.mock('../../../src/rotator/aws/log'); // what is logged is tested end to end

/** A user whose next step is the given one. */
async function userBefore(to: Action | 'first key'): Promise<ModelAws> {
  const aws = new ModelAws();
  watch(aws, DEFAULT_AGES);
  const past = { 'first key': [], create: [0], deactivate: [0, 90], delete: [0, 90, 104] }[to];
  for (const [index, day] of past.entries()) {
    aws.now = new Date(Date.UTC(2026, 0, 1 + day, index));
    await rotate(request(ACTIONS[Math.max(0, index - 1)]), aws.tools());
  }
  const due = { 'first key': 0, create: 90, deactivate: 104, delete: 118 }[to];
  aws.now = new Date(Date.UTC(2026, 0, 1 + due, 5));
  return aws;
}

/** The checks of the next days, which complete what earlier runs left. */
async function days(aws: ModelAws, count: number): Promise<void> {
  const from = aws.now.getTime() + CLAIM_LIFETIME;
  for (const { at, action } of firings(RotationTrigger.eventBridgeRules(), DEFAULT_AGES, count)) {
    aws.now = new Date(from + at);
    await rotate(request(action), aws.tools());
  }
}

test.each<[Action | 'first key', number]>([
  ['first key', 13],
  ['create', 14],
  ['deactivate', 8],
  ['delete', 6],
])('the %s makes %i AWS calls without faults', async (step, calls) => {
  const aws = await userBefore(step);
  aws.calls.length = 0;
  await rotate(request(step === 'first key' ? 'create' : step), aws.tools());
  expect(aws.calls).toHaveLength(calls);
});

test('a key of a run that failed before storing it is found and deleted, with a notification', async () => {
  const aws = await userBefore('create');
  aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'crash' : undefined);
  await expect(rotate(request('create'), aws.tools())).rejects.toThrow('the response is lost');
  aws.faultAt = undefined;
  const orphan = [...aws.keys.keys()].at(-1)!;

  await days(aws, 2);

  expect(aws.keys.has(orphan)).toBe(false);
  expect(aws.sent.find(({ attributes }) => attributes.event === 'orphan-deleted')?.attributes.accessKeyId).toBe(orphan);
});

test('a key from the time of a failed run that is in use is not an orphan, and stays', async () => {
  const aws = await userBefore('create');
  aws.faultAt = (call) => (call === 'CreateAccessKey' ? 'crash' : undefined);
  await rotate(request('create'), aws.tools()).catch(() => undefined);
  aws.faultAt = undefined;
  const [, used] = [...aws.keys.keys()];
  aws.person.use(used);

  aws.now = new Date(aws.now.getTime() + ORPHAN_OBSERVATION + 1_000);
  const { outcome } = await rotate(request('create'), aws.tools());

  expect(outcome).toBe('blocked');
  expect(aws.keys.has(used)).toBe(true);
});

test('a key that does not work is never published', async () => {
  const aws = await userBefore('create');
  const before = aws.currentKey();
  const tools = {
    ...aws.tools(),
    verify: async () => {
      throw new Error('alice: the new key did not work');
    },
  };

  await expect(rotate(request('create'), tools)).rejects.toThrow('did not work');

  expect(aws.currentKey()).toBe(before);
  expect(aws.keys.size).toBe(1);
  checkSettled(aws);
});

test('of two events at once, one issues a key and the other is locked', async () => {
  const aws = await userBefore('create');
  const outcomes = await Promise.all([rotate(request('create'), aws.tools()), rotate(request('create'), aws.tools())]);

  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'locked']);
  expect(aws.keys.size).toBe(2);
  checkSettled(aws);
});

test('a rotation that cannot send notifications for ten years does not run out of labels', async () => {
  const aws = await userBefore('create');
  aws.snsIsDown = true;
  await days(aws, 3_650);
  expect(aws.history.filter(({ what }) => what === 'published')).toHaveLength(1 + 40 + 1);
});

test('while SNS is unavailable, keys rotate, and the notifications are sent later', async () => {
  const aws = await userBefore('create');
  aws.snsIsDown = true;
  await days(aws, 20);
  const sentBefore = aws.sent.length;
  aws.snsIsDown = false;
  await days(aws, 1);

  expect(aws.history.map(({ what }) => what)).toEqual(['created', 'published', 'created', 'published', 'deactivated']);
  expect(
    aws.sent
      .slice(sentBefore)
      .map(({ attributes }) => attributes.event)
      .sort(),
  ).toEqual(['created', 'deactivated']);
  checkSettled(aws);
});

test('the record that a rejected key is deleted stays after the notification of its deletion is sent late', async () => {
  const aws = await userBefore('delete');
  const after = async (inDays: number, event: RotationRequest) => {
    aws.now = new Date(aws.now.getTime() + inDays * DAY);
    return rotate(event, aws.tools());
  };
  await after(-7, manualRequest('rollback'));
  await after(1, request('delete'));
  await after(14, request('deactivate'));
  aws.snsIsDown = true;
  expect((await after(14, request('delete'))).outcome).toBe('deleted');
  await after(0.5, request('deactivate'));
  const missing = () => [...aws.secret.labels.keys()].filter((label) => label.includes('.missing.'));
  const recorded = missing();
  expect(recorded).toHaveLength(1);
  aws.snsIsDown = false;
  await after(0.5, request('delete'));
  expect(aws.sent.at(-1)?.attributes.event).toBe('deleted');
  expect(missing()).toEqual(recorded);
});

test('with any faults, and any repeated or missing events, every invariant holds after every call', async () => {
  const fault = fc.option(fc.record({ at: fc.nat(12), fault: fc.constantFrom(...FAULTS) }), { freq: 3 });
  const event = fc.record({
    action: fc.constantFrom(...ACTIONS),
    ifDue: fc.boolean(),
    hours: fc.oneof(fc.nat(30), fc.nat(24 * 120)),
    fault,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60 }), async (events) => {
      const aws = new ModelAws();
      watch(aws, DEFAULT_AGES);
      for (const { action, ifDue, hours, fault: injected } of events) {
        aws.now = new Date(aws.now.getTime() + hours * 3_600_000 + 61_000);
        aws.faultAt = (_call, at) => (at === injected?.at ? injected.fault : undefined);
        const rotationRequest = ifDue ? request(action) : manualRequest(action);
        await rotate(rotationRequest, aws.tools()).catch((error: Error) => {
          if (error instanceof InvariantViolation) throw error;
        });
      }
      aws.faultAt = undefined;
      await days(aws, 1);
      checkSettled(aws);
    }),
    { numRuns: 300 },
  );
});

test('the model detects an early deactivation: it breaks an invariant', async () => {
  const aws = await userBefore('deactivate');
  aws.now = new Date(aws.now.getTime() - 10 * DAY);
  const { accessKeys } = aws.tools();
  await expect(accessKeys.deactivate([...aws.keys.keys()][0])).rejects.toThrow('invariant 3');
});

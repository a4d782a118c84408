/** That a life would notice: engines that break a rule, one each. */
import { History, DEFAULT_SETTING } from './history';
import { Life } from './life';
import { Tally } from './tally';
import { DAY } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';

const plain: History = { ...DEFAULT_SETTING, days: 250, happenings: [] };

/** The first violation when rotation runs with its tools or request changed. */
async function violationOf(engine: typeof rotate, history: History = plain): Promise<string | undefined> {
  return new Life(history, new Tally(), engine).play();
}

test('a plain life goes well', async () => {
  expect(await violationOf(rotate)).toBeUndefined();
});

test('an engine whose clock is ten days ahead cuts a grace short', async () => {
  const bestEffort: typeof rotate = (request, tools) =>
    rotate(request, {
      ...tools,
      accessKeys: {
        ...tools.accessKeys,
        list: async () => {
          const { keys, now } = await tools.accessKeys.list();
          return { keys, now: new Date(now.getTime() + (request.action === 'create' ? 0 : 10 * DAY)) };
        },
      },
    });
  expect(await violationOf(bestEffort)).toMatch('invariant 3');
});

test('an engine that does not try a key out publishes what it has not seen to work', async () => {
  expect(await violationOf((request, tools) => rotate(request, { ...tools, verify: async () => undefined }))).toMatch(
    'invariant 2',
  );
});

test('an engine that deactivates whatever is current locks the user out', async () => {
  const blind: typeof rotate = async (request, tools) => {
    const outcome = await rotate(request, tools);
    if (outcome.outcome === 'created') await tools.accessKeys.deactivate(outcome.accessKeyId!);
    return outcome;
  };
  expect(await violationOf(blind)).toMatch('invariant 1');
});

test("an engine that deletes a person's key is caught", async () => {
  const greedy: typeof rotate = async (request, tools) => {
    const { keys } = await tools.accessKeys.list();
    if (keys.length === 2 && keys[1].createdAt.getTime() % DAY === 0) await tools.accessKeys.deactivate(keys[1].keyId);
    return rotate(request, tools);
  };
  expect(await violationOf(greedy, { ...plain, happenings: [{ day: 30, do: 'make a key', used: true }] })).toMatch(
    'invariant 5',
  );
});

test('an engine that never replaces a key does not settle', async () => {
  const lazy: typeof rotate = async (request, tools) => {
    const { keys } = await tools.accessKeys.list();
    return rotate(keys.length === 0 ? request : { ...request, action: 'delete' }, tools);
  };
  expect(await violationOf(lazy)).toMatch('was not replaced');
});

test('an engine that logs what it stores is caught', async () => {
  const chatty: typeof rotate = (request, tools) =>
    rotate(request, {
      ...tools,
      verify: async (credential) => {
        process.stdout.write(`${JSON.stringify({ secret: credential.reveal() })}\n`);
        await tools.verify(credential);
      },
    });
  expect(await violationOf(chatty)).toMatch('invariant 8');
});

test('an engine that fails without any fault is caught', async () => {
  expect(
    await violationOf(async () => {
      throw new Error('out of order');
    }),
  ).toMatch('out of order');
});

/** Defective engines, each of which breaks one rule: a life detects all of them. */
import { History, DEFAULT_SETTING } from './history';
import { Life } from './life';
import { Tally } from './tally';
import { DAY } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { labelOf } from '../../src/rotator/domain/ledger';
import { SecretValue } from '../../src/rotator/domain/secret-value';

const undisturbed: History = { ...DEFAULT_SETTING, days: 250, disturbances: [] };

/** The first violation when rotation runs with its tools or request changed. */
async function violationOf(engine: typeof rotate, history: History = undisturbed): Promise<string | undefined> {
  return new Life(history, new Tally(), engine).play();
}

test('an undisturbed life has no violation', async () => {
  expect(await violationOf(rotate)).toBeUndefined();
});

test('an engine whose clock is ten days ahead', async () => {
  const ahead: typeof rotate = (request, tools) =>
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
  expect(await violationOf(ahead)).toMatch('invariant 3');
});

test('an engine that does not verify a new key', async () => {
  expect(await violationOf((request, tools) => rotate(request, { ...tools, verify: async () => undefined }))).toMatch(
    'invariant 2',
  );
});

test('an engine that deactivates the current key', async () => {
  const deactivating: typeof rotate = async (request, tools) => {
    const outcome = await rotate(request, tools);
    if (outcome.outcome === 'created') await tools.accessKeys.deactivate(outcome.accessKeyId!);
    return outcome;
  };
  expect(await violationOf(deactivating)).toMatch('invariant 1');
});

test('an engine that deactivates an unmanaged key', async () => {
  const interfering: typeof rotate = async (request, tools) => {
    const { keys } = await tools.accessKeys.list();
    if (keys.length === 2 && keys[1].createdAt.getTime() % DAY === 0) await tools.accessKeys.deactivate(keys[1].keyId);
    return rotate(request, tools);
  };
  expect(
    await violationOf(interfering, { ...undisturbed, disturbances: [{ day: 30, do: 'create a key', used: true }] }),
  ).toMatch('invariant 5');
});

test('an engine that never replaces a key', async () => {
  const idle: typeof rotate = async (request, tools) => {
    const { keys } = await tools.accessKeys.list();
    return rotate(keys.length === 0 ? request : { ...request, action: 'delete' }, tools);
  };
  expect(await violationOf(idle)).toMatch('was not replaced');
});

test('an engine that logs a secret access key', async () => {
  const logging: typeof rotate = (request, tools) =>
    rotate(request, {
      ...tools,
      verify: async (credential) => {
        process.stdout.write(`${JSON.stringify({ secret: credential.reveal() })}\n`);
        await tools.verify(credential);
      },
    });
  expect(await violationOf(logging)).toMatch('invariant 8');
});

test('an engine that drops the other fields of the secret', async () => {
  const dropping: typeof rotate = (request, tools) =>
    rotate(request, {
      ...tools,
      ledger: {
        ...tools.ledger,
        value: async (version) => {
          const { host, ...key } = JSON.parse((await tools.ledger.value(version)).reveal());
          return SecretValue.of(key);
        },
      },
    });
  expect(
    await violationOf(dropping, { ...undisturbed, disturbances: [{ day: 30, do: 'edit other fields', host: 1 }] }),
  ).toMatch('published with the fields [] in place of [["host","host 1"]]');
});

test('an engine that deactivates a leaked key in a version that a person edited, before another key replaces it', async () => {
  const hasty: typeof rotate = async (request, tools) => {
    if (request.action !== 'revoke') return rotate(request, tools);
    const { current } = await tools.ledger.read();
    const { now } = await tools.accessKeys.list();
    await tools.ledger.addLabel(labelOf('leaked', request.accessKeyId!, now), current!.version);
    await tools.accessKeys.deactivate(request.accessKeyId!);
    return rotate(request, tools);
  };
  expect(
    await violationOf(hasty, {
      ...undisturbed,
      disturbances: [
        { day: 30, do: 'edit other fields', host: 1 },
        { day: 31.5, do: 'invoke', action: 'revoke current', byHand: true, dryRun: false },
      ],
    }),
  ).toMatch('invariant 1');
});

test('an engine that fails without a fault', async () => {
  expect(
    await violationOf(async () => {
      throw new Error('out of order');
    }),
  ).toMatch('out of order');
});

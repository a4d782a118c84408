/**
 * A test of the search of AWS's reports: on a handler that lacks one of its safeguards, it has to find a broken
 * invariant.
 */
import type { ReportedKey } from './events';
import type { proveReport } from './exposures';
import type { SearchFromStart } from './proof';
import type { Start } from './starts';
import type { Ports } from '../../src/rotator/actions/ports';
import type { handleExposure } from '../../src/rotator/handlers/exposure';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

type Handle = typeof handleExposure;

interface Parts {
  readonly SearchFromStart: new (start: Start) => SearchFromStart;
  readonly starts: (only: (name: string) => boolean, idDigits: number) => Promise<Start[]>;
  readonly proveReport: typeof proveReport;
  readonly REPORTS: readonly ReportedKey[];
}

/** @returns what the search finds on this handler, or "nothing" */
async function search(alter: (handle: Handle) => Handle): Promise<string> {
  let parts: Parts | undefined;
  // Loaded together, so that `instanceof` works for their errors.
  jest.isolateModules(() => {
    const path = '../../src/rotator/handlers/exposure';
    jest.doMock(path, () => ({
      handleExposure: alter(jest.requireActual<{ handleExposure: Handle }>(path).handleExposure),
    }));
    /* eslint-disable @typescript-eslint/no-require-imports -- an import would come before the replacement */
    parts = { ...require('./events'), ...require('./exposures'), ...require('./proof'), ...require('./starts') };
    /* eslint-enable */
    jest.dontMock(path);
  });
  const { SearchFromStart: Search, starts, proveReport: prove, REPORTS } = parts!;
  const [start] = await starts((name) => name === 'one key, nothing due', 16);
  try {
    for (const event of REPORTS) await prove(event, new Search(start), 1);
    return 'nothing';
  } catch (error) {
    if ((error as Error).name !== 'InvariantViolation') throw error;
    return (error as Error).message;
  }
}

/** A handler with other tools. */
const withTools =
  (alter: (tools: Ports) => Partial<Ports>) =>
  (handle: Handle): Handle =>
  (event, invocation) =>
    handle(event, {
      ...invocation,
      portsFor: (user) => {
        const tools = invocation.portsFor(user);
        return { ...tools, ...alter(tools) };
      },
    });

test('the search finds nothing on the handler itself', async () => {
  expect(await search((handle) => handle)).toBe('nothing');
});

test.each<[string, RegExp, (handle: Handle) => Handle]>([
  [
    'the error that makes Lambda repeat a report',
    /ends with "current active; then rotates" instead of/,
    (handle) => async (event, invocation) => `${String(await handle(event, invocation))}`,
  ],
  [
    'the error for a notification that was not sent',
    /a report about AKIA0000000000000001 is recorded, and nobody was notified/,
    withTools(({ notifications }) => ({
      notifications: { send: async (message) => (await notifications.send(message), true) },
    })),
  ],
  [
    'the record of a report',
    /people are notified twice/,
    withTools(({ ledger }) => ({
      ledger: {
        ...ledger,
        addLabel: async (label, version, from) => {
          if (!label.startsWith('akr1.exposed.')) await ledger.addLabel(label, version, from);
        },
      },
    })),
  ],
  [
    'the setting that only notifies',
    /AKIA0000000000000001 was recorded as leaked without a report/,
    (handle) => (event, invocation) => handle(event, { ...invocation, response: 'REVOKE' }),
  ],
  [
    'the restriction to reads where it only notifies',
    /a report that only notifies calls {"name":"UpdateAccessKey"/,
    (handle) => (event, invocation) =>
      (invocation.response === 'NOTIFY'
        ? withTools(({ accessKeys }) => ({
            accessKeys: {
              ...accessKeys,
              list: async () => {
                const listed = await accessKeys.list();
                await accessKeys.activate(listed.keys[0].keyId);
                return listed;
              },
            },
          }))(handle)
        : handle)(event, invocation),
  ],
])('the search finds what breaks without %s', async (_safeguard, finds, alter) => {
  expect(await search(alter)).toMatch(finds);
});

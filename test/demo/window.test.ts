import { spawnSync } from 'child_process';
import { join } from 'path';
import { differences, EXPECTED_AGES_IN_WINDOW, expectedEvents } from '../../demo/expectation';
import { demoOptions } from '../../demo/options';
import { Announcement, Step, stepProblems, windowLine } from '../../demo/steps';
import { isOpen, WINDOWS } from '../../demo/window';

const WINDOW = WINDOWS['working-days'];
const REPOSITORY = join(__dirname, '..', '..');

describe('the options', () => {
  test('without options: 400 days, rules, and no window', () => {
    expect(demoOptions([])).toEqual({ days: 400, trigger: 'eventBridgeRules', window: undefined });
  });

  test('a window can be combined with the others', () => {
    expect(demoOptions(['--window', 'working-days', '--days=9', '--trigger', 'eventBridgeScheduler'])).toEqual({
      days: 9,
      trigger: 'eventBridgeScheduler',
      window: 'working-days',
    });
  });

  test.each([
    [['--window', 'nights'], "--window is 'nights', expected working-days"],
    [['--window', 'toString'], "--window is 'toString', expected working-days"],
    [['--window', 'none'], "--window is 'none', expected working-days"],
    [['--window', ''], "--window is '', expected working-days"],
    [['--window'], '--window has no value, expected working-days'],
    [['--trigger', 'x'], "--trigger is 'x', expected eventBridgeRules or eventBridgeScheduler"],
    [['--days', '0'], "--days is '0', expected a whole number of days, at least 1"],
    [['--windows', 'working-days'], "'--windows' is not an option, expected --days, --trigger or --window"],
    [['--toString'], "'--toString' is not an option, expected --days, --trigger or --window"],
    [['-w'], "'-w' is not an option, expected --days, --trigger or --window"],
    [['working-days'], "'working-days' is not an option, expected --days, --trigger or --window"],
  ])('%j is an error that names the value and the possible ones', (args, message) => {
    expect(() => demoOptions(args)).toThrow(new Error(message));
  });

  test('an error ends the demo at once, with exit code 2', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', 'demo/main.ts', '--window', 'nights'],
      { cwd: REPOSITORY, encoding: 'utf8', env: { ...process.env, TS_NODE_PROJECT: 'tsconfig.dev.json' } },
    );
    expect([status, stdout, stderr]).toEqual([2, '', "--window is 'nights', expected working-days\n"]);
  });
});

describe('the expected days with the window, from Thursday, 2026-01-01', () => {
  const daysOf = (user: string, lastDay: number) =>
    expectedEvents(EXPECTED_AGES_IN_WINDOW[user], lastDay, WINDOW).map(({ day, event }) => `${day} ${event}`);

  test('a step that is due on a Sunday is taken on Monday, and the next periods start there', () => {
    // Day 31 is Sunday, 2026-02-01. Day 63 is a Thursday, and day 94, a Sunday, too.
    expect(daysOf('legacy-erp', 95)).toEqual([
      '0 created',
      '32 created',
      '46 deactivated',
      '60 deleted',
      '63 created',
      '77 deactivated',
      '91 deleted',
      '95 created',
    ]);
  });

  test('a step on another day is a difference', () => {
    const rows = (day: number) =>
      [0, day].map((at) => ({
        day: at,
        user: 'legacy-erp',
        keyId: `key of ${at}`,
        event: 'created' as const,
        subject: '-',
      }));
    const ages = { 'legacy-erp': EXPECTED_AGES_IN_WINDOW['legacy-erp'] };
    expect(differences(rows(32), ages, 40, WINDOW)).toEqual([]);
    expect(differences(rows(31), ages, 40, WINDOW)).toEqual([
      'missing: day 32: legacy-erp created',
      'unexpected: day 31: legacy-erp created',
    ]);
  });
});

test('the window opens from Monday to Friday at 09:00, and closes at 17:00 UTC', () => {
  const open = ['2026-02-02T09:00:00Z', '2026-02-06T16:59:59Z'];
  const closed = ['2026-02-02T08:59:59Z', '2026-02-06T17:00:00Z', '2026-02-07T12:00:00Z', '2026-02-08T12:00:00Z'];
  expect([...open, ...closed].filter((at) => isOpen(WINDOW, new Date(at)))).toEqual(open);
});

describe('the steps of a run', () => {
  const announced = (event: Announcement['event'], keyId: string, at: string, day = -1): Announcement => ({
    day,
    user: 'alice',
    event,
    keyId,
    at: new Date(at),
  });
  const step = (event: Step['event'], keyId: string, at: string, day = 32): Step => ({
    day,
    at: new Date(at),
    user: 'alice',
    event,
    keyId,
  });
  const REPLACED = announced('created', 'A', '2026-02-02T09:10:00Z');
  const CREATED = step('created', 'B', '2026-02-02T09:10:04Z');

  test('have no problem within the window and on their announced dates', () => {
    expect(stepProblems([CREATED], [REPLACED], WINDOW)).toEqual([]);
    expect(windowLine(WINDOW, [CREATED, CREATED])).toBe(
      'window: Monday to Friday, 09:00 to 17:00 UTC; 2 steps, all within it and on their announced dates',
    );
  });

  test('at a closed time are problems', () => {
    expect(stepProblems([step('created', 'B', '2026-02-02T17:00:00Z')], [REPLACED], WINDOW)).toEqual([
      'closed window: 2026-02-02T17:00:00.000Z: alice created',
    ]);
  });

  test('on another date than announced are problems, also if a second notification has another date', () => {
    const deleted = step('deleted', 'A', '2026-03-02T15:00:00Z', 60);
    const right = announced('deleted', 'A', '2026-03-02T15:00:00Z', 32);
    expect(stepProblems([deleted], [right], WINDOW)).toEqual([]);
    expect(stepProblems([deleted], [right, announced('deleted', 'A', '2026-03-01T15:00:00Z', 46)], WINDOW)).toEqual([
      'announced for 2026-03-01: 2026-03-02T15:00:00.000Z: alice deleted',
    ]);
  });

  test('without an announced date are problems: it has to be announced on an earlier day, and for that key', () => {
    const lines = ['no date announced: 2026-02-16T12:00:00.000Z: alice deactivated'];
    const deactivated = step('deactivated', 'A', '2026-02-16T12:00:00Z', 46);
    const of = (keyId: string, day: number) => announced('deactivated', keyId, '2026-02-16T12:00:00Z', day);
    expect(stepProblems([deactivated], [of('A', 45)], WINDOW)).toEqual([]);
    expect(stepProblems([deactivated], [of('A', 46)], WINDOW)).toEqual(lines);
    expect(stepProblems([deactivated], [of('B', 45)], WINDOW)).toEqual(lines);
  });

  test('a new key replaces the last key that was announced', () => {
    const next = announced('created', 'B', '2026-03-05T09:10:00Z', 32);
    expect(stepProblems([CREATED, step('created', 'C', '2026-03-05T09:10:04Z', 63)], [REPLACED, next], WINDOW)).toEqual(
      [],
    );
  });
});

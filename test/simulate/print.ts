/** A history as code: a test for test/simulate/named.test.ts. */
import { inspect } from 'node:util';
import { TimedDisturbance, History, DEFAULT_SETTING, Setting } from './history';

export function asTest({ days, disturbances, ...setting }: History, violation: string): string {
  const ordered = [...disturbances].sort((a, b) => a.day - b.day);
  const show = (value: unknown) => inspect(value, { breakLength: Infinity, depth: null });
  const nonDefault = Object.entries(setting).filter(
    ([name, value]) => show(value) !== show(DEFAULT_SETTING[name as keyof Setting]),
  );
  return [
    `// ${violation}`,
    "test('name the rule here', () =>",
    '  playWithoutViolation({',
    '    ...DEFAULT_SETTING,',
    ...nonDefault.map(([name, value]) => `    ${name}: ${show(value)},`),
    `    days: ${days},`,
    '    disturbances: [',
    ...ordered.map((disturbance) => `      ${show(defined(disturbance))},`),
    '    ],',
    '  }));',
  ].join('\n');
}

/** Without undefined properties. */
function defined(disturbance: TimedDisturbance): object {
  return JSON.parse(JSON.stringify(disturbance));
}

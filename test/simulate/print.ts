/** A history as code: a test that can be pasted into test/simulate/named.test.ts. */
import { inspect } from 'node:util';
import { TimedDisturbance, History, DEFAULT_SETTING, Setting } from './history';

export function asTest({ days, happenings, ...setting }: History, violation: string): string {
  const ordered = [...happenings].sort((a, b) => a.day - b.day);
  const show = (value: unknown) => inspect(value, { breakLength: Infinity, depth: null });
  const special = Object.entries(setting).filter(
    ([name, value]) => show(value) !== show(DEFAULT_SETTING[name as keyof Setting]),
  );
  return [
    `// ${violation}`,
    "test('name the rule here', () => goesWell({",
    '  ...PLAIN,',
    ...special.map(([name, value]) => `  ${name}: ${show(value)},`),
    `  days: ${days},`,
    '  happenings: [',
    ...ordered.map((happening) => `    ${show(defined(happening))},`),
    '  ],',
    '}));',
  ].join('\n');
}

/** Plain objects without what is not said. */
function defined(happening: TimedDisturbance): object {
  return JSON.parse(JSON.stringify(happening));
}

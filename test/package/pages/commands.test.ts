/** The commands of `npm run demo` and `npm run soak` that pages and programs name have options that these accept. */
import { PAGES, read } from './repository';
import { demoOptions } from '../../../demo/options';
import { soakOptions } from '../../soak/options';

const OPTIONS_OF = { demo: demoOptions, soak: soakOptions };
const PROGRAMS = ['demo/main.ts', 'test/soak/main.ts'];

const commands = [...PAGES, ...PROGRAMS].flatMap((file) =>
  [...read(file).matchAll(/\bnpm run (demo|soak)(?: -- ([^`\n]*))?/g)].map(
    ([command, task, options]) =>
      [`${file}: ${command}`, task as keyof typeof OPTIONS_OF, options?.trim().split(/\s+/) ?? []] as const,
  ),
);

test('there are such commands with a trigger, of both', () => {
  const withTrigger = commands.filter(([, , options]) => options.includes('--trigger'));
  expect([...new Set(withTrigger.map(([, task]) => task))].sort()).toEqual(['demo', 'soak']);
});

test.each(commands)('%s', (_command, task, options) => {
  expect(() => OPTIONS_OF[task](options)).not.toThrow();
});

test.each(['rules', 'schedules', ''])('both accept the same triggers, and not "%s"', (trigger) => {
  const expected = `--trigger is '${trigger}', expected eventBridgeRules or eventBridgeScheduler`;
  for (const of of Object.values(OPTIONS_OF)) expect(() => of(['--trigger', trigger])).toThrow(expected);
});

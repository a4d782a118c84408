/** The options of `npm run demo`. */
import { parseArgs } from 'node:util';
import { DAYS } from './expectation';
import { WINDOWS } from './window';
import { Trigger, TRIGGERS } from '../test/local-aws/triggers';

const DEFAULTS = { days: String(DAYS), trigger: TRIGGERS[0], window: undefined };

export interface DemoOptions {
  readonly days: number;
  /** What starts the checks. */
  readonly trigger: Trigger;
  /** A name in WINDOWS; undefined if keys can change at any time. */
  readonly window?: string;
}

/** @throws if an option is unknown, or has an unknown value or none */
export function demoOptions(args: readonly string[]): DemoOptions {
  const options = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }]));
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false });
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined || positionals.length > 0) {
    const wrong = unknown === undefined ? positionals[0] : `${unknown.length > 1 ? '--' : '-'}${unknown}`;
    throw new Error(
      `'${wrong}' is not an option, expected ${listOf(Object.keys(DEFAULTS).map((name) => `--${name}`))}`,
    );
  }
  const { days, trigger, window } = { ...DEFAULTS, ...values };
  if (typeof days !== 'string' || !Number.isInteger(Number(days)) || Number(days) < 1) {
    throw new Error(`--days ${describe(days)}, expected a whole number of days, at least 1`);
  }
  return {
    days: Number(days),
    trigger: oneOf('trigger', trigger, TRIGGERS),
    window: window === undefined ? undefined : oneOf('window', window, Object.keys(WINDOWS)),
  };
}

function oneOf<T extends string>(name: string, value: unknown, possible: readonly T[]): T {
  const found = possible.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Error(`--${name} ${describe(value)}, expected ${listOf(possible)}`);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `is '${value}'` : 'has no value';
}

function listOf(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join();
}

/** The options of `npm run soak`. */
import { parseArgs } from 'node:util';
import { MIXED_SCHEDULES, SHORT_SCHEDULES, schedulesAllowedBy } from './soak-users';
import { TRIGGERS } from '../local-aws/triggers';

/** @throws if an option is unknown, or has an unknown value or none */
export function soakOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      years: { type: 'string', default: '10' },
      users: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '0.05' },
      'check-every-days': { type: 'string', default: '1' },
      trigger: { type: 'string', default: TRIGGERS[0] },
      short: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'years' | 'users' | 'seed' | 'rate' | 'check-every-days', minimum: number) => {
    const value = Number(values[name]);
    if (!(value >= minimum)) throw new Error(`--${name} is '${values[name]}', expected a number, at least ${minimum}`);
    return value;
  };
  const trigger = TRIGGERS.find((name) => name === values.trigger);
  if (!trigger) throw new Error(`--trigger is '${values.trigger}', expected ${TRIGGERS.join(' or ')}`);
  const checkEveryDays = number('check-every-days', 1);
  const schedules = schedulesAllowedBy(checkEveryDays, values.short ? SHORT_SCHEDULES : MIXED_SCHEDULES);
  if (schedules.length === 0) {
    throw new Error(
      `--check-every-days ${checkEveryDays} is too long for every schedule${values.short ? ' with --short' : ''}`,
    );
  }
  return {
    days: Math.round(number('years', 0.01) * 365),
    users: number('users', 1),
    seed: number('seed', 0),
    rate: number('rate', 0),
    checkEveryDays,
    trigger,
    schedules,
  };
}

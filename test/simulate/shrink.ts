/** Reduces a failing history to a small one that fails in the same way. */
import { TimedDisturbance, History, DEFAULT_SETTING, Setting } from './history';

/**
 * Removes as much as possible, large parts first, and the time after the failure.
 *
 * @param fails - whether a history fails as the first one did
 */
export async function shrink(history: History, fails: (candidate: History) => Promise<boolean>): Promise<History> {
  let smallest = history;
  const accept = async (candidate: History) => {
    const better = await fails(candidate);
    if (better) smallest = candidate;
    return better;
  };
  // First the time after the failure, which is usually the largest part.
  for (let tenth = 1; tenth < 10; tenth++) {
    const days = Math.ceil((history.days * tenth) / 10);
    if (await accept({ ...history, days, disturbances: history.disturbances.filter(({ day }) => day < days) })) break;
  }
  for (let part = Math.ceil(smallest.disturbances.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let from = 0; from < smallest.disturbances.length;) {
      const disturbances = [...smallest.disturbances.slice(0, from), ...smallest.disturbances.slice(from + part)];
      if (!(await accept({ ...smallest, disturbances }))) from += part;
    }
  }
  for (const name of Object.keys(DEFAULT_SETTING) as (keyof Setting)[]) {
    if (smallest[name] !== DEFAULT_SETTING[name]) await accept({ ...smallest, [name]: DEFAULT_SETTING[name] });
  }
  const last = Math.max(0, ...smallest.disturbances.map(({ day }) => day));
  for (const days of [Math.ceil(last) + 1, Math.ceil(last) + 30, Math.ceil(last) + 150]) {
    if (days < smallest.days && (await accept({ ...smallest, days }))) break;
  }
  for (let index = 0; index < smallest.disturbances.length; index++) {
    for (const simpler of simplifications(smallest.disturbances[index])) {
      const disturbances = smallest.disturbances.map((disturbance, other) => (other === index ? simpler : disturbance));
      if (await accept({ ...smallest, disturbances })) break;
    }
  }
  return smallest;
}

function* simplifications(disturbance: TimedDisturbance): Generator<TimedDisturbance> {
  if (disturbance.do === 'at once') {
    if (disturbance.intervention) yield { ...disturbance, intervention: undefined };
    for (let index = 0; disturbance.actions.length > 1 && index < disturbance.actions.length; index++) {
      yield { ...disturbance, actions: disturbance.actions.filter((_, other) => other !== index) };
    }
  }
  if (!Number.isInteger(disturbance.day)) yield { ...disturbance, day: Math.round(disturbance.day) };
}

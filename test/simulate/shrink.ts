/** From a history that fails to a small one that fails in the same way. */
import { TimedDisturbance, History, DEFAULT_SETTING, Setting } from './history';

/**
 * Leaves out as much as possible, large parts first, and the years after the failure.
 *
 * @param fails - whether a history fails as the first one did
 */
export async function shrink(history: History, fails: (candidate: History) => Promise<boolean>): Promise<History> {
  let smallest = history;
  const tryIt = async (candidate: History) => {
    const better = await fails(candidate);
    if (better) smallest = candidate;
    return better;
  };
  // What came after the failure first: it is most of it.
  for (let tenth = 1; tenth < 10; tenth++) {
    const days = Math.ceil((history.days * tenth) / 10);
    if (await tryIt({ ...history, days, happenings: history.happenings.filter(({ day }) => day < days) })) break;
  }
  for (let part = Math.ceil(smallest.happenings.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let from = 0; from < smallest.happenings.length;) {
      const happenings = [...smallest.happenings.slice(0, from), ...smallest.happenings.slice(from + part)];
      if (!(await tryIt({ ...smallest, happenings }))) from += part;
    }
  }
  for (const name of Object.keys(DEFAULT_SETTING) as (keyof Setting)[]) {
    if (smallest[name] !== DEFAULT_SETTING[name]) await tryIt({ ...smallest, [name]: DEFAULT_SETTING[name] });
  }
  const last = Math.max(0, ...smallest.happenings.map(({ day }) => day));
  for (const days of [Math.ceil(last) + 1, Math.ceil(last) + 30, Math.ceil(last) + 150]) {
    if (days < smallest.days && (await tryIt({ ...smallest, days }))) break;
  }
  for (let index = 0; index < smallest.happenings.length; index++) {
    for (const simpler of simplifications(smallest.happenings[index])) {
      const happenings = smallest.happenings.map((happening, other) => (other === index ? simpler : happening));
      if (await tryIt({ ...smallest, happenings })) break;
    }
  }
  return smallest;
}

function* simplifications(happening: TimedDisturbance): Generator<TimedDisturbance> {
  if (happening.do === 'at once') {
    if (happening.person) yield { ...happening, person: undefined };
    for (let index = 0; happening.asked.length > 1 && index < happening.asked.length; index++) {
      yield { ...happening, asked: happening.asked.filter((_, other) => other !== index) };
    }
  }
  if (!Number.isInteger(happening.day)) yield { ...happening, day: Math.round(happening.day) };
}

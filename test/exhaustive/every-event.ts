/** Each event from each start state, with this many faults in it or after it. */
import { DEPLOY, EVENTS } from './events';
import { Choose, endsOf, everyCase } from './every-case';
import { histories } from './faults';
import { Tally } from './proof';
import { starts } from './starts';

/** @param choose - which of the cases run */
export async function everyEvent(tally: Tally, kind: string, faults: number, choose?: Choose): Promise<void> {
  await everyCase(tally, { kind, starts: await starts(), cases: [...EVENTS, DEPLOY], choose }, async (event, proof) => {
    const allowed = await endsOf(event, faults, proof);
    for (const ended of await histories(proof, event, faults)) await proof.judge(ended, allowed);
  });
}

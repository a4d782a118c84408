/** Each event from each start state, with this many faults in it or after it. */
import { EVENTS } from './events';
import { endsWithoutNewKey } from './failing';
import { histories } from './faults';
import { SearchFromStart, Findings, Tally } from './proof';
import { starts } from './starts';

/** @param choose - which of the cases run */
export async function everyEvent(
  tally: Tally,
  kind: string,
  faults: number,
  choose: <T>(cases: readonly T[]) => readonly T[] = (cases) => cases,
): Promise<void> {
  const all = await starts();
  const chosen = choose(all.flatMap((start) => EVENTS.map((event) => ({ start, event }))));
  const findings = new Findings();
  for (const start of all) {
    const proof = new SearchFromStart(start);
    for (const { event } of chosen.filter((one) => one.start === start)) {
      await findings.unlessBroken(async () => {
        // A manual event that failed is not repeated later by the rotation.
        const allowed = new Set([
          await proof.inSequence([event]),
          await proof.inSequence([]),
          ...(await endsWithoutNewKey(event, faults, proof)),
        ]);
        for (const ended of await histories(proof, event, faults)) await proof.judge(ended, allowed);
      });
    }
    tally.add(kind, proof);
  }
  findings.report();
}

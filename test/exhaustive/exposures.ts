/**
 * A report of AWS about an exposed key, from each state of the user, with faults in it, in Lambda's retries and in the
 * next checks. It ends as the "revoke" event of a person, or changes nothing, and people are notified.
 */
import { Ended, history } from './engine/explore';
import { ReportedKey } from './events';
import { endsWithoutNewKey } from './failing';
import { histories } from './faults';
import { SearchFromStart } from './proof';
import { InvariantViolation } from '../fake-aws/invariants';

/** All histories of a report with this many faults. With one, the report is also delivered twice. */
export async function proveReport(event: ReportedKey, proof: SearchFromStart, faults: number): Promise<void> {
  const ends = await endsOf(event, faults, proof);
  for (const ended of await histories(proof, event, faults)) {
    // With two faults, the result can be that of a check.
    const isHandled = faults === 1 && ended.results[0] === 'ended';
    await proof.judge(ended, isHandled ? ends.handled : ends.failed);
    if (isHandled) await proveAgain(event, proof, ended, ends.handled);
  }
}

/** The ends that a report may have: those of the event of a person, and if Lambda gave it up, also that of none. */
async function endsOf({ like }: ReportedKey, faults: number, proof: SearchFromStart) {
  const without = await proof.inSequence([]);
  if (!like) return { handled: new Set([without]), failed: new Set([without]) };
  const handled = new Set([await proof.inSequence([like]), ...(await endsWithoutNewKey(like, faults, proof))]);
  return { handled, failed: new Set([...handled, without]) };
}

/** People were notified of the report, and it is delivered again: this has the same end, and notifies nobody. */
async function proveAgain(
  event: ReportedKey,
  proof: SearchFromStart,
  first: Ended,
  handled: ReadonlySet<string>,
): Promise<void> {
  const { start } = proof;
  const keyId = event.names(start.aws);
  const fail = (why: string, { trace }: Ended) => {
    throw new InvariantViolation(`${start.name}: ${event.name}: ${why}\n${history(trace)}`);
  };
  if (first.aws.keys.has(keyId) && !first.aws.trail.reported.includes(keyId)) fail('nobody was notified', first);
  for (const again of await proof.explore(first, [event], 'again: ')) {
    if (again.results[0] !== 'ended') fail('it fails without a fault when it is delivered again', again);
    // Without a version that the rotation wrote or took over, there is no place for the record.
    const isRepeated = again.aws.trail.reported.length > first.aws.trail.reported.length;
    if (isRepeated && first.aws.labels().some((label) => label.startsWith('akr'))) {
      fail('people are notified twice', again);
    }
    await proof.judge(again, handled);
  }
}

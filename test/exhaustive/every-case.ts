import { RotationEvent } from './events';
import { endsWithoutNewKey } from './failing';
import { Findings, SearchFromStart, Tally } from './proof';
import { Start } from './starts';

/** Which of the cases run. */
export type Choose = <T>(cases: readonly T[]) => readonly T[];

export interface Cases<T> {
  /** For the table of counts. */
  readonly kind: string;
  readonly starts: readonly Start[];
  /** From each start state. */
  readonly cases: readonly T[];
  /** Default: all of them. */
  readonly choose?: Choose;
}

/** Proves each case from each start state. Continues after a broken invariant, and reports all of them at the end. */
export async function everyCase<T>(
  tally: Tally,
  { kind, starts, cases, choose = (all) => all }: Cases<T>,
  prove: (one: T, proof: SearchFromStart) => Promise<void>,
): Promise<void> {
  const chosen = choose(starts.flatMap((start) => cases.map((one) => ({ start, one }))));
  const findings = new Findings();
  for (const start of starts) {
    const proof = new SearchFromStart(start);
    for (const { one } of chosen.filter((candidate) => candidate.start === start)) {
      await findings.unlessBroken(() => prove(one, proof));
    }
    tally.add(kind, proof);
  }
  findings.report();
}

/** The ends of an event with this many faults. A manual event that failed is not repeated later by the rotation. */
export async function endsOf(event: RotationEvent, faults: number, proof: SearchFromStart): Promise<Set<string>> {
  return new Set([
    await proof.inSequence([event]),
    await proof.inSequence([]),
    ...(await endsWithoutNewKey(event, faults, proof)),
  ]);
}

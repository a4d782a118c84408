/** What was observed beside what this library assumes. */
import type { Result } from './observe';

const SIGNS: Record<Result['verdict'], string> = {
  'as-assumed': 'as assumed',
  differs: 'DIFFERS',
  failed: 'FAILED',
  'not-tried': 'not tried',
};

export function reportOf(results: readonly Result[]): string {
  const parts = results.map(({ id, statement, source, expected, verdict, observed, left }) =>
    [
      `${SIGNS[verdict].padEnd(10)}  ${id} (${source})`,
      `  ${statement}`,
      `  assumed   ${expected}`,
      `  ${verdict === 'not-tried' ? 'because ' : 'observed'}  ${observed}`,
      ...left.map((what) => `  LEFT      ${what}`),
    ].join('\n'),
  );
  const count = (verdict: Result['verdict']) => results.filter((result) => result.verdict === verdict).length;
  const left = results.flatMap((result) => result.left).length;
  return [
    ...parts,
    `${count('as-assumed')} as assumed, ${count('differs')} differ, ${count('failed')} failed, ${count('not-tried')} not tried; `
      + `${left} left in the account.`,
  ].join('\n\n');
}

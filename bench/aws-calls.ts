import { table } from './statistics';
import { DAY } from '../src/contract/ages';
import { Action } from '../src/contract/events';
import { Outcome } from '../src/contract/outcome';
import { DEFAULT_SETTINGS } from '../src/contract/settings';
import { rotate } from '../src/rotator/actions/rotate';
import { ModelAws } from '../test/fake-aws/fake-aws';
import { CONTEXT } from '../test/rotator/support';

const MINUTE = 60_000;

interface Measured {
  readonly name: string;
  readonly day: number;
  readonly action: Action;
  readonly outcome: Outcome['outcome'];
}

/** The first rotation of a user: every kind of check in a year. */
const CYCLE: Measured[] = [
  { name: 'issue, the first key', day: 0, action: 'create', outcome: 'created' },
  { name: 'check with nothing to do, `create`', day: 1, action: 'create', outcome: 'not-due' },
  { name: 'issue, a rotation', day: 90, action: 'create', outcome: 'created' },
  { name: 'check with nothing to do, `deactivate`', day: 91, action: 'deactivate', outcome: 'not-due' },
  { name: 'deactivation', day: 104, action: 'deactivate', outcome: 'deactivated' },
  { name: 'check with nothing to do, `delete`', day: 105, action: 'delete', outcome: 'not-due' },
  { name: 'deletion', day: 118, action: 'delete', outcome: 'deleted' },
];

/** AWS calls per action, counted on the in-memory AWS of the tests, which accepts a new key at once. */
export async function awsCalls(): Promise<string> {
  const aws = new ModelAws();
  const start = aws.now.getTime();
  const rows: (string | number)[][] = [];
  for (const { name, day, action, outcome } of CYCLE) {
    // Some minutes later each day, so that a step is due in spite of the duration of a run.
    aws.now = new Date(start + day * DAY + rows.length * MINUTE);
    const before = aws.calls.length;
    const request = {
      ...DEFAULT_SETTINGS,
      action,
      username: 'alice',
      secret: 'alice',
      ifDue: true,
      dryRun: false,
      ...CONTEXT,
    };
    const answer = await rotate(request, aws.tools());
    if (answer.outcome !== outcome) {
      throw new Error(`${name}: expected "${outcome}", got "${answer.outcome}": ${answer.message}`);
    }
    // The in-memory AWS has one call for both.
    const calls = aws.calls.slice(before).flatMap((call) => (call === 'Publish' ? ['PutEvents', call] : [call]));
    rows.push([name, calls.length, calls.join(', ')]);
  }
  return table(['', 'calls', 'which'], rows);
}

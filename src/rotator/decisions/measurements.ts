/** What a check saw of a user, by metric. Pure. */
import { overdueDays } from './deadlines';
import { DAY } from '../../contract/ages';
import { Measurements, METRICS } from '../../contract/metrics';
import { RotationRequest, UserState } from '../domain/user-state';

/** @param orphansRemoved - keys of failed runs that this event deleted */
export function measurementsOf(request: RotationRequest, state: UserState, orphansRemoved: number): Measurements {
  const { keys, ledger, now } = state;
  const ages = keys
    .filter(({ active }) => active)
    .map(({ createdAt }) => Math.floor((now.getTime() - createdAt.getTime()) / DAY));
  return {
    [METRICS.keys]: keys.length,
    // Before the first key, adoption has yet to say which are ours to retire.
    [METRICS.foreignKeys]: ledger.issued.length === 0 ? 0 : keys.filter(({ ours }) => !ours).length,
    [METRICS.oldestActiveKey]: Math.max(0, ...ages),
    [METRICS.overdue]: overdueDays(request, state),
    [METRICS.orphansRemoved]: orphansRemoved,
  };
}

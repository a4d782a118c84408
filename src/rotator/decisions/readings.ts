/** What a check saw of a user, as figures. Pure. */
import { overdueDays } from './deadlines';
import { DAY } from '../../contract/ages';
import { Readings } from '../../contract/outcome';
import { isOurs } from '../domain/ledger';
import { RotationRequest, UserState } from '../domain/user-state';

export function readingsOf(request: RotationRequest, state: UserState, orphansRemoved: number): Readings {
  const { keys, ledger, now } = state;
  const ages = keys.filter(({ active }) => active).map(({ createdAt }) => Math.floor((now.getTime() - createdAt.getTime()) / DAY));
  return {
    keys: keys.length,
    // Before the first key, adoption has yet to say which are ours to retire.
    foreignKeys: ledger.issued.length === 0 ? 0 : keys.filter(({ keyId }) => !isOurs(ledger, keyId)).length,
    oldestActiveKey: Math.max(0, ...ages),
    overdue: overdueDays(request, state),
    orphansRemoved,
  };
}

/** Reads the last uses of the keys that are old enough to be unused, after the status of each user is read. */
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { getLastUsed } from '../actions/ports';
import { OldKey } from '../domain/unused-keys';

/**
 * The calls come at the pace of the users, one for each key, as IAM throttles both. The time of a run can be too short
 * for all, so each run begins with another key: over some days, each is read.
 *
 * @returns the keys in the same order. Without a use, the run had no time left; "unknown": IAM did not return it
 */
export async function withLastUses(oldKeys: readonly OldKey[], invocation: Invocation): Promise<OldKey[]> {
  const unread = fromRandomStart(oldKeys.filter(({ use }) => use === undefined));
  const uses = new Map(
    await forEachPaced(
      unread,
      async ({ username, key }) => {
        const ports = invocation.portsFor(requestOf({ action: 'status', username }, invocation));
        const lastUse = await getLastUsed([key], false, ports);
        return [key, lastUse.get(key.keyId)] as const;
      },
      invocation.clock,
    ),
  );
  return oldKeys.map((old) => ({ ...old, use: old.use ?? uses.get(old.key) }));
}

function fromRandomStart<T>(all: readonly T[]): T[] {
  const start = Math.floor(Math.random() * all.length);
  return [...all.slice(start), ...all.slice(0, start)];
}

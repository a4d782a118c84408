/** IAM's lists lag behind its writes. Within a run at least, what it did itself is certain. */
import { AccessKeys } from './iam';

export function seeingOwnWrites(accessKeys: AccessKeys): AccessKeys {
  const status = new Map<string, 'active' | 'inactive' | 'deleted'>();
  return {
    list: async () => {
      const { keys, now } = await accessKeys.list();
      const known = keys.filter(({ keyId }) => status.get(keyId) !== 'deleted');
      return { keys: known.map((key) => status.has(key.keyId) ? { ...key, active: status.get(key.keyId) === 'active' } : key), now };
    },
    create: () => accessKeys.create(),
    activate: async (keyId) => {
      await accessKeys.activate(keyId);
      status.set(keyId, 'active');
    },
    deactivate: async (keyId) => {
      await accessKeys.deactivate(keyId);
      status.set(keyId, 'inactive');
    },
    delete: async (keyId) => {
      const existed = await accessKeys.delete(keyId);
      status.set(keyId, 'deleted');
      return existed;
    },
    lastUse: (keyId) => accessKeys.lastUse(keyId),
  };
}

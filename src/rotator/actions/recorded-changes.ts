import { Ports } from './ports';
import { ChangeRecord, KeyChange } from '../../contract/log-records';

/** Writes a record of each change of a key, right after the answer of IAM. */
export function withRecords<P extends Ports>(
  ports: P,
  recordOf: (change: KeyChange, keyId: string) => ChangeRecord,
): P {
  const { accessKeys, writeRecord } = ports;
  const record = (change: KeyChange, keyId: string) => writeRecord(recordOf(change, keyId));
  return {
    ...ports,
    accessKeys: {
      list: () => accessKeys.list(),
      lastUse: (keyId) => accessKeys.lastUse(keyId),
      create: async () => {
        const credential = await accessKeys.create();
        record('created', credential.keyId);
        return credential;
      },
      activate: async (keyId) => {
        await accessKeys.activate(keyId);
        record('activated', keyId);
      },
      deactivate: async (keyId) => {
        await accessKeys.deactivate(keyId);
        record('deactivated', keyId);
      },
      delete: async (keyId) => {
        const isFound = await accessKeys.delete(keyId);
        if (isFound) record('deleted', keyId);
        return isFound;
      },
    },
  };
}

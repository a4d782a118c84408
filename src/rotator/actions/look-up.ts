/** When keys were used last, as far as IAM says. */
import { AccessKeys } from '../aws/iam';
import { AccessKey, Use } from '../domain/step';

/** @param mustKnow - fail where IAM does not answer; else the use is unknown, which counts as in use */
export async function lookUp(
  keys: readonly AccessKey[], mustKnow: boolean, { accessKeys }: { readonly accessKeys: AccessKeys },
): Promise<ReadonlyMap<string, Use>> {
  const useBy = async ({ keyId }: AccessKey): Promise<[string, Use]> => {
    try {
      return [keyId, (await accessKeys.lastUse(keyId)) ?? 'never'];
    } catch (error) {
      if (mustKnow) throw error;
      return [keyId, 'unknown'];
    }
  };
  return new Map(await Promise.all(keys.map(useBy)));
}

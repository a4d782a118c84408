/** Ways in which a run fails that end like histories with faults, and that the search allows for this reason. */
import { CHECKS, RotationEvent } from './events';
import { SearchFromStart } from './proof';
import { Ports } from '../../src/rotator/actions/ports';
import { rejection } from '../fake-aws/calls';

/** The access to AWS of a run that fails. */
export type Failing = (tools: Ports) => Ports;

const refuse = (call: 'CreateAccessKey' | 'PutSecretValue') => Promise.reject(rejection(call, 'AccessDenied'));

const withoutNewKey: Failing = (tools) => ({
  ...tools,
  accessKeys: { ...tools.accessKeys, create: () => refuse('CreateAccessKey') },
});

const withoutClaim: Failing = (tools) => {
  let isFirst = true;
  const put: Ports['ledger']['put'] = (...args) => {
    const isClaim = isFirst;
    isFirst = false;
    return isClaim ? refuse('PutSecretValue') : tools.ledger.put(...args);
  };
  return { ...tools, ledger: { ...tools.ledger, put } };
};

/** Its first record takes effect. */
const afterFirstRecord: Failing = (tools) => {
  const addLabel: Ports['ledger']['addLabel'] = async (...args) => {
    await tools.ledger.addLabel(...args);
    throw new Error('the answer is lost');
  };
  return { ...tools, ledger: { ...tools.ledger, addLabel } };
};

/** The ends with this many faults when no key can be issued: a key that was current before can replace a leaked one. */
export async function endsWithoutNewKey(
  event: RotationEvent,
  faults: number,
  proof: SearchFromStart,
): Promise<string[]> {
  const ends: string[] = [];
  for (const fails of [withoutNewKey, withoutClaim]) {
    ends.push(await proof.inFailure([{ event, fails }]));
    if (faults < 2) continue;
    // The event records a leak and fails, and the next check issues no key.
    const recorded = { event, fails: afterFirstRecord };
    ends.push(await proof.inFailure([recorded, { event: CHECKS[0], fails }]));
  }
  return ends;
}

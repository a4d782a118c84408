/** Ways in which a run fails that end like histories with faults, and that the search allows for this reason. */
import { Ports } from '../../src/rotator/actions/ports';
import { rejection } from '../fake-aws/calls';

/** The access to AWS of a run that fails. */
export type Failing = (tools: Ports) => Ports;

const refuse = (call: 'CreateAccessKey' | 'PutSecretValue') => Promise.reject(rejection(call, 'AccessDenied'));

export const withoutNewKey: Failing = (tools) => ({
  ...tools,
  accessKeys: { ...tools.accessKeys, create: () => refuse('CreateAccessKey') },
});

export const withoutClaim: Failing = (tools) => {
  let isFirst = true;
  const put: Ports['ledger']['put'] = (...args) => {
    const isClaim = isFirst;
    isFirst = false;
    return isClaim ? refuse('PutSecretValue') : tools.ledger.put(...args);
  };
  return { ...tools, ledger: { ...tools.ledger, put } };
};

/** Its first record takes effect. */
export const afterFirstRecord: Failing = (tools) => {
  const addLabel: Ports['ledger']['addLabel'] = async (...args) => {
    await tools.ledger.addLabel(...args);
    throw new Error('the answer is lost');
  };
  return { ...tools, ledger: { ...tools.ledger, addLabel } };
};

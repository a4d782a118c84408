/**
 * Every AWS call that the rotator makes, as plain data, and the rotator's adapters on top of whoever answers them. So
 * the same rotator runs on the model at once, or call by call under a search that decides what each call is answered.
 */
import { RUN_MINUTES } from '../../src/contract/settings';
import { Ports } from '../../src/rotator/actions/ports';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { Credential } from '../../src/rotator/aws/credential';
import { OwnerTag } from '../../src/rotator/aws/iam';
import { waitUntilUsable } from '../../src/rotator/aws/sts';
import { Ledger, readLedger, Versions } from '../../src/rotator/domain/ledger';
import { AccessKey, LastUse } from '../../src/rotator/domain/user-state';
import { Message } from '../../src/rotator/messages/message';

export const USERNAME = 'alice';

export type Call =
  | { readonly name: 'ListAccessKeys' }
  | { readonly name: 'CreateAccessKey' }
  | { readonly name: 'UpdateAccessKey'; readonly keyId: string; readonly active: boolean }
  | { readonly name: 'DeleteAccessKey'; readonly keyId: string }
  | { readonly name: 'GetAccessKeyLastUsed'; readonly keyId: string }
  | { readonly name: 'DescribeSecret' }
  | {
      readonly name: 'PutSecretValue';
      readonly token: string;
      readonly text: string;
      readonly labels: readonly string[];
    }
  | { readonly name: 'GetSecretValue'; readonly version: string }
  | { readonly name: 'UpdateSecretVersionStage'; readonly label: string; readonly to?: string; readonly from?: string }
  | { readonly name: 'Publish'; readonly message: Message }
  | { readonly name: 'GetCallerIdentity'; readonly keyId: string; readonly secretKey: string }
  /** No call, but time passes. */
  | { readonly name: 'Sleep'; readonly ms: number };

export interface Answers {
  ListAccessKeys: { readonly keys: AccessKey[]; readonly now: Date };
  CreateAccessKey: { readonly keyId: string; readonly secretKey: string; readonly createdAt: Date };
  UpdateAccessKey: void;
  DeleteAccessKey: boolean;
  GetAccessKeyLastUsed: LastUse | undefined;
  DescribeSecret: { readonly versions: Versions; readonly scheduledForDeletion: boolean };
  PutSecretValue: string;
  GetSecretValue: string;
  UpdateSecretVersionStage: void;
  Publish: void;
  /** The ARN of whom the key belongs to. */
  GetCallerIdentity: string;
  Sleep: void;
}

export type CallName = Call['name'];
export type CallAws = <N extends CallName>(call: Extract<Call, { name: N }>) => Promise<Answers[N]>;

/** Calls that change nothing: their answers may be old. */
export const READS: readonly CallName[] = [
  'ListAccessKeys',
  'GetAccessKeyLastUsed',
  'DescribeSecret',
  'GetSecretValue',
  'GetCallerIdentity',
];

/** The model gives the same object where nothing has changed, and most checks find nothing changed. */
const ledgers = new WeakMap<Versions, Ledger>();

function ledgerOf(versions: Versions): Ledger {
  const known = ledgers.get(versions) ?? readLedger(versions);
  ledgers.set(versions, known);
  return known;
}

export function refused(call: CallName, code: string): AwsCallFailed {
  return new AwsCallFailed(call, USERNAME, code, true, 'no');
}

/** As in the rotator's adapters: there is nothing to be had, or to be done. */
function unless(code: string): (error: Error) => undefined {
  return (error) => {
    if (error instanceof AwsCallFailed && error.code === code) return undefined;
    throw error;
  };
}

/** For what never looks at it: only the first key of an adopted user and its deletion do. */
export const NO_TAG: OwnerTag = {
  read: async () => undefined,
  write: async () => undefined,
  remove: async () => undefined,
};

export interface Run {
  readonly runId: string;
  /** A new key is asked for again and again, as in Lambda; otherwise once, and a fault there is one that lasts. */
  readonly polls: boolean;
  /** The model's time, in ms. */
  readonly clock: () => number;
}

export function toolsFrom(ask: CallAws, { runId, polls, clock }: Run): Ports {
  const endsAt = clock() + RUN_MINUTES * 60_000;
  const runClock = {
    sleep: (ms: number) => ask({ name: 'Sleep', ms }),
    remainingTime: () => Math.max(0, endsAt - clock()),
  };
  const callerIdentity = (credential: Credential) =>
    ask({ name: 'GetCallerIdentity', keyId: credential.keyId, secretKey: credential.reveal() });
  return {
    accessKeys: {
      list: () => ask({ name: 'ListAccessKeys' }),
      create: async () => {
        const { keyId, secretKey, createdAt } = await ask({ name: 'CreateAccessKey' });
        return new Credential(keyId, secretKey, createdAt);
      },
      activate: (keyId) => ask({ name: 'UpdateAccessKey', keyId, active: true }),
      deactivate: (keyId) => ask({ name: 'UpdateAccessKey', keyId, active: false }),
      delete: (keyId) => ask({ name: 'DeleteAccessKey', keyId }),
      lastUse: (keyId) => ask({ name: 'GetAccessKeyLastUsed', keyId }).catch(unless('NoSuchEntityException')),
    },
    ledger: {
      read: async () => {
        const { versions, scheduledForDeletion } = await ask({ name: 'DescribeSecret' });
        if (scheduledForDeletion) throw new Error(`${USERNAME}: the secret is scheduled for deletion`);
        return ledgerOf(versions);
      },
      put: (token, value, labels) => ask({ name: 'PutSecretValue', token, text: JSON.stringify(value), labels }),
      credential: async (version, keyId, createdAt) => {
        const value = JSON.parse(await ask({ name: 'GetSecretValue', version }));
        if (value.AccessKey !== keyId) {
          throw new Error(`${USERNAME}: version ${version} of the secret does not hold ${keyId}`);
        }
        return new Credential(keyId, value.SecretKey, createdAt);
      },
      publish: (version, expectedCurrent) =>
        ask({ name: 'UpdateSecretVersionStage', label: 'AWSCURRENT', to: version, from: expectedCurrent }),
      addLabel: (label, version, from) =>
        ask({ name: 'UpdateSecretVersionStage', label, to: version, from: from?.version }),
      removeLabel: ({ label, version }) =>
        ask({ name: 'UpdateSecretVersionStage', label, from: version }).catch(unless('InvalidParameterException')),
    },
    ownerTag: NO_TAG,
    announcements: {
      send: async (message) => {
        try {
          await ask({ name: 'Publish', message });
          return true;
        } catch (error) {
          if (error instanceof AwsCallFailed) return false;
          throw error;
        }
      },
    },
    verify: async (credential) => {
      if (polls) await waitUntilUsable(USERNAME, credential, callerIdentity, runClock);
      else await callerIdentity(credential);
    },
    clock: runClock,
    runId,
  };
}

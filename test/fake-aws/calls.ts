/**
 * Every AWS call of the rotator as plain data, and the rotator's ports on top of a function that performs the calls.
 * The rotator runs on the model directly, or call by call under a search that chooses the response to each call.
 */
import { ChangeRecord, InterventionRecord } from '../../src/contract/log-records';
import { RUN_MINUTES } from '../../src/contract/settings';
import { Ports } from '../../src/rotator/actions/ports';
import { AwsCallFailed } from '../../src/rotator/aws/call';
import { OwnerTag } from '../../src/rotator/aws/iam';
import { waitUntilUsable } from '../../src/rotator/aws/sts';
import { Credential } from '../../src/rotator/domain/credential';
import { SecretScheduledForDeletion } from '../../src/rotator/domain/failure';
import { Ledger, readLedger, Versions } from '../../src/rotator/domain/ledger';
import { SecretValue } from '../../src/rotator/domain/secret-value';
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
  /** The owner tag only: the rotation reads and writes no other. */
  | { readonly name: 'ListUserTags' }
  | { readonly name: 'TagUser'; readonly owner: string }
  | { readonly name: 'UntagUser' }
  /** Not a call of the rotation: the owner of the secret writes another field, with the same key. */
  | { readonly name: 'EditFields'; readonly host: string }
  /** Not a call: time passes. */
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
  /** The ARN of the user that the key belongs to. */
  GetCallerIdentity: string;
  ListUserTags: string | undefined;
  TagUser: void;
  UntagUser: void;
  EditFields: void;
  Sleep: void;
}

export type CallName = Call['name'];
export type CallAws = <N extends CallName>(call: Extract<Call, { name: N }>) => Promise<Answers[N]>;

/** Calls that change nothing: their responses may be stale. */
export const READS: readonly CallName[] = [
  'ListAccessKeys',
  'GetAccessKeyLastUsed',
  'DescribeSecret',
  'GetSecretValue',
  'GetCallerIdentity',
  'ListUserTags',
];

/** The model returns the same object while nothing has changed, so each ledger is parsed once. */
const ledgers = new WeakMap<Versions, Ledger>();

function ledgerOf(versions: Versions): Ledger {
  const ledger = ledgers.get(versions) ?? readLedger(versions);
  ledgers.set(versions, ledger);
  return ledger;
}

export function rejection(call: CallName | 'DeleteUser', code: string, reason = 'no'): AwsCallFailed {
  return new AwsCallFailed(call, USERNAME, code, true, reason);
}

/** As in the rotator's adapters: this error means that there is nothing to read or to do. */
function unless(code: string): (error: Error) => undefined {
  return (error) => {
    if (error instanceof AwsCallFailed && error.code === code) return undefined;
    throw error;
  };
}

/** For runs that do not use the tag: only the custom resource for the first key does. */
export const NO_TAG: OwnerTag = {
  read: async () => undefined,
  write: async () => undefined,
  remove: async () => undefined,
};

/** The rotator's ports, and the look-up that the handler of AWS's reports makes. */
export interface RunPorts extends Ports {
  /** The user that has a key, as in the rotator's adapter. */
  readonly ownerOf: (keyId: string) => Promise<string | undefined>;
}

export interface Run {
  readonly runId: string;
  /** Whether the verification of a new key is repeated, as in Lambda; otherwise a single fault fails it. */
  readonly polls: boolean;
  /** The model's time, in ms. */
  readonly clock: () => number;
  /** The log of the function. */
  readonly records?: (ChangeRecord | InterventionRecord)[];
}

export function portsFrom(callAws: CallAws, { runId, polls, clock, records }: Run): RunPorts {
  const endsAt = clock() + RUN_MINUTES * 60_000;
  const runClock = {
    sleep: (ms: number) => callAws({ name: 'Sleep', ms }),
    remainingTime: () => Math.max(0, endsAt - clock()),
  };
  const callerIdentity = (credential: Credential) =>
    callAws({ name: 'GetCallerIdentity', keyId: credential.keyId, secretKey: credential.reveal() });
  return {
    accessKeys: {
      list: () => callAws({ name: 'ListAccessKeys' }),
      create: async () => {
        const { keyId, secretKey, createdAt } = await callAws({ name: 'CreateAccessKey' });
        return new Credential(keyId, secretKey, createdAt);
      },
      activate: (keyId) => callAws({ name: 'UpdateAccessKey', keyId, active: true }),
      deactivate: (keyId) => callAws({ name: 'UpdateAccessKey', keyId, active: false }),
      delete: (keyId) => callAws({ name: 'DeleteAccessKey', keyId }),
      lastUse: (keyId) => callAws({ name: 'GetAccessKeyLastUsed', keyId }).catch(unless('NoSuchEntityException')),
    },
    ledger: {
      read: async () => {
        const { versions, scheduledForDeletion } = await callAws({ name: 'DescribeSecret' });
        if (scheduledForDeletion) {
          throw new SecretScheduledForDeletion(`${USERNAME}: the secret is scheduled for deletion`);
        }
        return ledgerOf(versions);
      },
      value: async (version) => new SecretValue(await callAws({ name: 'GetSecretValue', version })),
      put: (token, value, labels) => callAws({ name: 'PutSecretValue', token, text: value.reveal(), labels }),
      publish: (version, expectedCurrent) =>
        callAws({ name: 'UpdateSecretVersionStage', label: 'AWSCURRENT', to: version, from: expectedCurrent }),
      addLabel: (label, version, from) =>
        callAws({ name: 'UpdateSecretVersionStage', label, to: version, from: from?.version }),
      removeLabel: ({ label, version }) =>
        callAws({ name: 'UpdateSecretVersionStage', label, from: version }).catch(unless('InvalidParameterException')),
    },
    ownerTag: {
      read: () => callAws({ name: 'ListUserTags' }),
      write: (owner) => callAws({ name: 'TagUser', owner }),
      remove: () => callAws({ name: 'UntagUser' }),
    },
    notifications: {
      send: async (message) => {
        try {
          await callAws({ name: 'Publish', message });
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
    ownerOf: (keyId) =>
      callAws({ name: 'GetAccessKeyLastUsed', keyId }).then(() => USERNAME, unless('NoSuchEntityException')),
    clock: runClock,
    writeRecord: (record) => records?.push(record),
    runId,
  };
}

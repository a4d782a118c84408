/**
 * Issuing a key. An intent goes on record first, the key is published last, and a run that fails in between takes back
 * what it did or leaves it, marked, for a later check to discard. Nothing half done is ever resumed.
 */
import { AccessKeys } from './access-keys';
import { AwsCallFailed } from './aws-call';
import { Credential } from './credential';
import { giveUp, LedgerStore, secretValue, tokenFor } from './ledger';
import { adoptedLabel, claimLabel, keyLabel, Mark } from './ledger-state';
import { UserState } from './lifecycle';
import { RotationRequest } from './request';

export interface IssueTools {
  readonly accessKeys: AccessKeys;
  readonly ledger: LedgerStore;
  /** Returns when the key was seen to work, throws when it was not. */
  readonly verify: (credential: Credential) => Promise<void>;
  /** Who is at it: makes two claims differ. */
  readonly runId: string;
}

export interface Issued {
  readonly keyId: string;
  readonly createdAt: Date;
  /** To be taken away once people know. */
  readonly claim: Mark;
}

/** @returns nothing where another run was faster */
export async function issue(request: RotationRequest, state: UserState, adopt: readonly string[], tools: IssueTools): Promise<Issued | undefined> {
  const { accessKeys, ledger, verify, runId } = tools;
  const { username, fields } = request;
  const seen = state.ledger;
  const claim = claimLabel(state.now);

  let claimVersion: string;
  try {
    claimVersion = await ledger.put(tokenFor(username, 'claim', seen.versions), { claim: runId }, [claim, ...adopt.map(adoptedLabel)]);
  } catch (error) {
    if (error instanceof AwsCallFailed && error.code === 'ResourceExistsException') return undefined;
    throw error;
  }

  let credential: Credential;
  try {
    credential = await accessKeys.create();
  } catch (error) {
    // Only a clear no means that there is no key. After a lost answer the claim stays, and a later check looks for the key.
    if (error instanceof AwsCallFailed && error.rejected) await giveUp({ label: claim, version: claimVersion }, ledger, seen.failed);
    throw error;
  }

  try {
    // The claim's label moves along: from here on, it says that this key is not announced yet.
    const version = await ledger.put(
      tokenFor(username, 'key', { ...seen.versions, [claimVersion]: [claim] }),
      secretValue(credential, fields),
      [keyLabel(credential.keyId, credential.createdAt), claim],
    );
    await verify(await ledger.credential(version, credential.createdAt));
    // The very first version of a secret is AWSCURRENT whatever its labels, and that was our claim.
    await ledger.publish(version, seen.currentVersion ?? claimVersion);
    return { keyId: credential.keyId, createdAt: credential.createdAt, claim: { label: claim, version } };
  } catch (error) {
    const reason = redact((error as Error).message, credential);
    const published = await takeBack(credential, claim, tools, reason);
    if (published) return published;
    throw new Error(`${reason}; the new key ${credential.keyId} was deleted again, the next check starts over`);
  }
}

/** Deletes a key that was not published. Reads again first: a call may have taken effect with its answer lost. */
async function takeBack(credential: Credential, claim: string, { accessKeys, ledger }: IssueTools, reason: string): Promise<Issued | undefined> {
  try {
    const { keyId, createdAt } = credential;
    const found = await ledger.read();
    const ofKey = found.issued.filter((key) => key.keyId === keyId);
    if (found.current?.keyId === keyId) return { keyId, createdAt, claim: { label: claim, version: found.current.version } };
    await accessKeys.delete(keyId);
    for (const mark of ofKey) await ledger.unmark(mark);
    for (const mark of found.claims.filter(({ label }) => label === claim)) await giveUp(mark, ledger, found.failed);
    return undefined;
  } catch (error) {
    throw new Error(`${reason}; taking the new key ${credential.keyId} back failed as well, a later check does it:`
      + ` ${redact((error as Error).message, credential)}`);
  }
}

/** AWS does not repeat a secret in its errors; should it ever, the error would carry it into the logs. */
function redact(text: string, credential: Credential): string {
  return text.replaceAll(credential.reveal(), '***');
}

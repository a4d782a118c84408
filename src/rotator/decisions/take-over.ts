/**
 * A secret that the rotation did not create. It is taken over once, before anything else happens to the user:
 *
 *   adopted user    the current value holds an active key of the user, which becomes the current key
 *   created user    the two fields are missing or empty: the first key is issued into the secret
 *
 * Any other value is refused, and nothing is changed: see `problemWith()`. Messages have names of fields, no values: a
 * field that a person named by mistake can hold anything. A name can be a secret too, where a person stored a key as a
 * name: one that the settings do not have is shown only if it is short.
 */
import { keysToAdopt } from './adoption';
import { decryptStep } from './decryption';
import { invalidLabelsStep } from './invalid-labels';
import { isLeakPending } from './leak';
import { smtpFields } from '../../contract/smtp';
import { capitalized } from '../domain/capitalized';
import { activateCommand, cancelRotationCommand, removeLabelsCommand } from '../domain/commands';
import { Credential } from '../domain/credential';
import { describeValue, foreignText } from '../domain/foreign-text';
import { isOwnedBy, isReleased, labelOf, Ledger, ownerSubject } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';
import { blocked, refused, Step, StepOptions } from '../domain/step';
import { RotationRequest, UserKey, UserState } from '../domain/user-state';

export function takeOverStep(request: RotationRequest, state: UserState, options: StepOptions = {}): Step | undefined {
  const { existingSecret, rotation, username, secret, duringDeploy } = request;
  const { ledger } = state;
  if (!existingSecret) return undefined;
  // Labels of another principal do not matter to a key that leaked.
  const isUrgent = request.action === 'revoke' || isLeakPending(state);
  if (isTakenOver(request, ledger) && (isUrgent || !ownerProblem(request, ledger))) return undefined;
  if (ledger.currentVersion !== undefined && !state.decryption) return decryptStep(state);
  const found = problemWith(request, state) ?? deployProblem(request, ledger);
  if (found) {
    const why = `the secret ${secret} cannot be used for ${username}: ${found.why}`;
    if (!duringDeploy) return blocked(why, found.remedy);
    return refused(`${why}. Nothing was changed. ${capitalized(found.remedy)}, and deploy again`);
  }
  const { invalid, owners, written } = ledger;
  // With the record of the owner, they would count.
  const invalidStep = invalidLabelsStep(request, ledger, options);
  if (invalidStep) return invalidStep;
  const begun = owners.find((owner) => owner.version !== ledger.currentVersion);
  // An attempt failed, and the owner of the secret has written a version since: it starts over.
  if (begun) {
    return {
      do: 'record',
      remove: [...written.filter((one) => one.version === begun.version && one.label !== begun.label), begun],
    };
  }
  const key = heldKey(request, state);
  const version = ledger.currentVersion ?? ''; // a secret without a value gets one, with these labels
  const owner = labelOf('owner', ownerSubject(rotation), state.now);
  const adopt = key ? keysToAdopt(request, state).filter((keyId) => keyId !== key.keyId) : [];
  // The owner first: after a failure, the next attempt recognizes the records of this one. The key last: with it, they
  // are complete.
  const labels = [
    ...(owners.length > 0 ? [] : [owner]),
    ...adopt.map((keyId) => labelOf('adopted', keyId, state.now)),
    ...(key ? [labelOf('key', key.keyId, key.createdAt)] : []),
  ];
  return {
    do: 'take-over',
    key,
    adopt,
    labels: labels.map((label) => ({ label, version })),
    remove: [...(isReleased(ledger) ? written : []), ...invalid],
  };
}

/** Whether the records of the take-over are complete. */
export function isTakenOver(
  { existingSecret, rotation }: Pick<RotationRequest, 'existingSecret' | 'rotation'>,
  ledger: Pick<Ledger, 'owners' | 'issued'>,
): boolean {
  return isOwnedBy(rotation, ledger) && (existingSecret === 'without-key' || ledger.issued.length > 0);
}

/** With a key, it is listed. Without one, the field is empty: see `problemWith()`. */
function heldKey({ fields }: RotationRequest, { keys, value }: UserState): UserKey | undefined {
  return keys.find(({ keyId }) => keyId === value?.text(fields.accessKey));
}

interface Problem {
  readonly why: string;
  readonly remedy: string;
}

function problemWith(request: RotationRequest, state: UserState): Problem | undefined {
  const { existingSecret } = request;
  const { ledger, decryption, value = SecretValue.EMPTY } = state;
  if (ledger.otherWriter) return writerProblem(request, ledger.otherWriter);
  const other = ownerProblem(request, ledger);
  if (other) return other;
  if (ledger.currentVersion === undefined && existingSecret === 'with-key') {
    return { why: 'it has no current value', remedy: `store an access key of the user in it, as ${namesOf(request)}` };
  }
  if (decryption !== undefined && decryption !== 'possible') {
    return {
      why: `its current value cannot be read: ${decryption.failure}`,
      remedy:
        'if the secret has a customer managed KMS key, import it together with that key, with Secret.fromSecretAttributes({ secretCompleteArn, encryptionKey })',
    };
  }
  if (value.problem !== undefined) {
    return {
      why: `its current value is ${value.problem}`,
      remedy: `store a JSON object with the fields ${namesOf(request)} in it`,
    };
  }
  return (
    duplicateProblem(request, value)
    ?? (existingSecret === 'with-key' ? keyProblem(request, state) : noKeyProblem(request, value))
  );
}

/** A check can be active while CloudFormation removes the user, and would take the secret over again. */
function deployProblem({ duringDeploy, dryRun, rotation }: RotationRequest, ledger: Ledger): Problem | undefined {
  if (duringDeploy || dryRun || isOwnedBy(rotation, ledger)) return undefined;
  return {
    why: 'it has no staging label of this rotation, and only a deploy takes it over',
    remedy: 'deploy the rotation with "dryRun: true", and again without it',
  };
}

/** It and the rotation would overwrite the values of each other. */
function writerProblem(request: RotationRequest, writer: NonNullable<Ledger['otherWriter']>): Problem {
  switch (writer) {
    case 'rotation':
      return {
        why: 'the rotation of Secrets Manager is on for it',
        remedy: `disable it (${cancelRotationCommand(request)})`,
      };
    case 'service':
      return { why: 'a service of AWS manages it', remedy: 'pass another secret' };
    case 'replication':
      return { why: 'it is a replica', remedy: 'rotate the user in the Region of the primary secret' };
  }
}

/** Two rotations would each retire the keys of the other. */
function ownerProblem(request: RotationRequest, ledger: Ledger): Problem | undefined {
  const { owners, written, versions } = ledger;
  if (isReleased(ledger)) return undefined;
  const own = ownerSubject(request.rotation);
  const foreign = owners.length > 0 ? owners.filter(({ subject }) => subject !== own) : written;
  if (foreign.length === 0) return undefined;
  const labels = Object.entries(versions).flatMap(([version, names]) =>
    names.filter((label) => foreign.some((one) => one.label === label)).map((label) => ({ label, version })),
  );
  const name = owners.find(({ subject }) => subject !== own)?.subject;
  return {
    why: `it has the staging labels of another rotation${name ? `, ${foreignText(name)}` : ''}: ${labels.map(({ label }) => foreignText(label)).join(', ')}`,
    remedy:
      'remove the user from that rotation; if that rotation no longer exists or no longer has the secret, remove the labels'
      + ` (${removeLabelsCommand(request, labels)})`,
  };
}

/** Consumers read the one or the other of two fields with the same name, and a new version has one of them. */
function duplicateProblem(request: RotationRequest, value: SecretValue): Problem | undefined {
  const twice = value.names.find((name, index) => value.names.indexOf(name) < index);
  if (twice === undefined) return undefined;
  const name = ownFields(request).includes(twice) ? quoted(twice) : describeValue(twice);
  return { why: `its current value has more than one field with the same name, ${name}`, remedy: 'keep one of them' };
}

function keyProblem(request: RotationRequest, { keys, value }: UserState): Problem | undefined {
  const { fields, username } = request;
  for (const [name, option] of [
    [fields.accessKey, 'accessKeyField'],
    [fields.secretKey, 'secretKeyField'],
  ]) {
    const text = value!.text(name);
    if (text) continue;
    const what = text === undefined ? 'no field' : text === null ? 'no text in the field' : 'an empty field';
    return {
      why: `its current value has ${what} ${quoted(name)}. ${hasFields(value!)}`,
      remedy: `set "${option}" to the name of the field, or store the key there`,
    };
  }
  const key = keys.find(({ keyId }) => keyId === value!.text(fields.accessKey));
  const has = keys.map(({ keyId }) => keyId).join(' and ') || 'none';
  if (!key) {
    return {
      why: `its field ${quoted(fields.accessKey)} does not hold the ID of an access key of ${username}, which has ${has}`,
      remedy: `store a key of ${username} in the secret, or pass the user or the secret that belong together`,
    };
  }
  if (key.active) return smtpProblem(request, value!, value!.credential(key.keyId, key.createdAt, fields));
  return {
    why: `its key ${key.keyId} is inactive`,
    remedy: `activate it (${activateCommand(request, key.keyId)}), or store an active key of ${username} in the secret`,
  };
}

/** The next key would overwrite them. */
function smtpProblem(
  { sesSmtpRegions }: RotationRequest,
  value: SecretValue,
  credential: Credential | undefined,
): Problem | undefined {
  const foreign = smtpFields(sesSmtpRegions).filter(
    (name) => isUsed(name, value) && !(credential && value.isDerived(name, credential)),
  );
  if (foreign.length === 0) return undefined;
  return {
    why: `the next key would overwrite ${foreign.map(quoted).join(' and ')}, which its owner or another key wrote`,
    remedy: 'rename or remove these fields, or omit their Regions from "sesSmtpRegions"',
  };
}

function isUsed(name: string, value: SecretValue): boolean {
  return value.names.includes(name) && value.text(name) !== '';
}

function noKeyProblem(request: RotationRequest, value: SecretValue): Problem | undefined {
  const { username } = request;
  const used = ownFields(request).filter((name) => isUsed(name, value));
  if (used.length === 0) return undefined;
  return {
    why: `its field${used.length > 1 ? 's' : ''} ${used.map(quoted).join(' and ')} ${used.length > 1 ? 'are' : 'is'} not empty, and the first key of ${username} would overwrite ${used.length > 1 ? 'them' : 'it'}`,
    remedy:
      'empty or remove these fields if they are not needed, or set "accessKeyField" and "secretKeyField" to other names. To keep a key, pass its user as "user"',
  };
}

function namesOf({ fields }: RotationRequest): string {
  return `${quoted(fields.accessKey)} and ${quoted(fields.secretKey)}`;
}

/** The names of the settings. */
function ownFields({ fields, sesSmtpRegions }: RotationRequest): string[] {
  return [fields.accessKey, fields.secretKey, ...smtpFields(sesSmtpRegions)];
}

/** A value can have thousands of fields, and a message has to fit into the answer to CloudFormation. */
const SHOWN_NAMES = 10;

function hasFields({ names }: SecretValue): string {
  if (names.length === 0) return 'It has no fields';
  const shown = names.slice(0, SHOWN_NAMES).map(describeValue).join(', ');
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : '';
  return `Its fields: ${shown}${more}`;
}

const MAX_NAME_LENGTH = 40;

/** Only for the names of the settings. */
function quoted(name: string): string {
  return JSON.stringify(foreignText(name, MAX_NAME_LENGTH));
}

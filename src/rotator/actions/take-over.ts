import { tokenFor } from './claim';
import { Round } from './ports';
import { adoptedBy } from '../../contract/settings';
import { Failure, UserRemoved } from '../domain/failure';
import { foreignText } from '../domain/foreign-text';
import { asOf, INITIALIZED_LABEL, ownerSubject, VersionLabel } from '../domain/ledger';
import { SecretValue } from '../domain/secret-value';
import { Step } from '../domain/step';

/**
 * Verifies the key that the secret holds, and records that it is the current one. No key and no value changes.
 *
 * @throws if the key does not work, or the user or the secret belongs to another rotation by now
 */
export async function takeOver(
  { key, labels, remove }: Extract<Step, { do: 'take-over' }>,
  round: Round,
): Promise<void> {
  const { request, state, ledger, verify, ownerTag } = round;
  const { username, secret, rotation, fields } = request;
  if (key) {
    await verify(state.value!.credential(key.keyId, key.createdAt, fields)!).catch((error: Error) => {
      throw new Failure(
        `${error.message}. The secret ${secret} cannot be used for ${username}, and nothing was changed: store the secret`
          + ` access key of ${key.keyId} in its field "${fields.secretKey}", or another key of ${username}, and deploy again`,
        'VerificationFailed',
        error.stack,
      );
    });
  }
  for (const label of remove) await ledger.removeLabel(label);
  const { currentVersion } = state.ledger;
  const version = currentVersion ?? (await putVersion(labels, round));
  if (currentVersion !== undefined) for (const { label } of labels) await ledger.addLabel(label, version);
  // Two rotations can take over a secret at once, and a removal can have ended before: each reads the other here.
  const { owners, removed } = asOf(await ledger.read(), state.now);
  const other = owners.find(({ subject }) => subject !== ownerSubject(rotation));
  const tag = await ownerTag.read();
  if (!other && !removed && tag === (request.existingSecret === 'with-key' ? adoptedBy(rotation) : rotation)) return;
  for (const { label } of labels) await ledger.removeLabel({ label, version });
  if (other) {
    throw new Error(
      `the secret ${secret} belongs to another rotation, ${foreignText(other.subject)}, and nothing was changed. Pass another secret`,
    );
  }
  if (removed) throw new UserRemoved(`${username} is being removed from the rotation`);
  throw new UserRemoved(
    `${username} ${tag === undefined ? 'has no owner tag' : `belongs to another rotation, ${foreignText(tag)}`}, so the secret ${secret} was not`
      + ' taken over. Remove the user from the rotation, deploy, add it again, and deploy',
  );
}

/** A secret without a value gets one without fields: labels are on versions. */
function putVersion(labels: readonly VersionLabel[], { request, state, ledger }: Round): Promise<string> {
  const token = tokenFor(request.username, 'claim', state.ledger.versions);
  return ledger.put(token, SecretValue.EMPTY, [INITIALIZED_LABEL, ...labels.map(({ label }) => label)]);
}

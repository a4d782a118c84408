/**
 * A report of AWS about access keys. For each key of a user of this rotation, people are notified once, and with
 * `REVOKE`, a key that AWS Health reports is revoked as by a person's event.
 *
 * AWS Health sends a report several times: to a backup Region, in pages, and for each of its codes. Nothing is done
 * twice: a revoked key has a record in the ledger, and so has the notification.
 */
import { handleCheck } from './check';
import { Invocation, requestOf } from './invocation';
import { forEachPaced } from './paced';
import { RotationEvent } from '../../contract/events';
import { ExposureResponse } from '../../contract/exposure';
import { Outcome } from '../../contract/outcome';
import { readState } from '../actions/ports';
import { log } from '../aws/log';
import { Exposure, readReport } from '../domain/exposure';
import { Failed, Failure } from '../domain/failure';
import { labelOf, VersionLabel } from '../domain/ledger';
import { exposedKeyMessage, Revocation } from '../messages/exposed-key-messages';

export interface ExposureInvocation extends Invocation {
  readonly response: ExposureResponse;
  /** The user that has a key, as IAM answers; undefined if no user of the rotation has it. */
  readonly ownerOf: (keyId: string) => Promise<string | undefined>;
}

/** @returns what was done, one sentence for each key; a failure as a value, so that the caller can measure it */
export async function handleExposure(
  event: Readonly<Record<string, unknown>>,
  invocation: ExposureInvocation,
): Promise<string | Failed> {
  const report = readReport(event, invocation.context.account);
  if ('ignored' in report) {
    const message = `a report of ${String(event.source)} is ignored: ${report.ignored}`;
    log('INFO', invocation.context, { record: 'report', message });
    return message;
  }
  const { keyIds } = report;
  const owners = await forEachPaced(keyIds, invocation.ownerOf, invocation.clock);
  const results: (string | Failed)[] = [];
  for (const [index, username] of owners.entries()) {
    results.push(await handleKey(keyIds[index], username, report, invocation));
  }
  if (owners.length < keyIds.length) {
    const message = `${keyIds.length - owners.length} of ${keyIds.length} access keys of the report were not looked up: the run had no time left`;
    results.push(new Failed(new Failure(message, 'InsufficientTime')));
  }
  return results.find((result) => result instanceof Failed) ?? results.join('; ');
}

async function handleKey(
  accessKeyId: string,
  username: string | undefined,
  report: Exposure,
  invocation: ExposureInvocation,
): Promise<string | Failed> {
  const { source, code, eventArn, communicationId } = report;
  const reported = { record: 'report', accessKeyId, source, code, eventArn, communicationId } as const;
  if (username === undefined || !invocation.users.has(username)) {
    const message = `${accessKeyId} is not a key of a user of this rotation`;
    log('INFO', invocation.context, { ...reported, message });
    return message;
  }
  const message = `${source} reports an access key of ${username}`;
  log('WARN', invocation.context, { ...reported, username, message });
  try {
    const revokes = invocation.response === 'REVOKE' && source === 'AWS Health';
    const event: RotationEvent = { action: 'revoke', username, accessKeyId };
    const result = revokes
      ? ((await handleCheck(event, { ...invocation, byReport: true })) as Outcome | Failed)
      : undefined;
    const notified = await notify(event, report, result && revocationOf(result), invocation).catch(
      (error: unknown) => new Failed(error),
    );
    // Its error has the command that deactivates the key.
    if (result instanceof Failed) return result;
    // An error, so that Lambda repeats the event in a minute or two: the next check can be hours away.
    if (result?.outcome === 'locked') return new Failed(new Failure(`${username}: ${result.message}`, 'Other'));
    if (notified instanceof Failed) return notified;
    return `${accessKeyId} of ${username}: ${[result?.message, notified].filter(Boolean).join('; ')}`;
  } catch (error) {
    return new Failed(error);
  }
}

function revocationOf(result: Outcome | Failed): Revocation {
  if (result instanceof Failed) return { revoked: false, message: (result.error as Error).message };
  const { outcome, message } = result;
  return { revoked: ['created', 'deactivated', 'not-due'].includes(outcome), message };
}

/** The record comes last: a run that fails before it makes Lambda's retry send the notification again. */
async function notify(
  event: RotationEvent,
  report: Exposure,
  revocation: Revocation | undefined,
  invocation: ExposureInvocation,
): Promise<string> {
  const request = requestOf(event, invocation);
  if (request.dryRun) return 'dry run, no notification was sent';
  const ports = invocation.portsFor(request);
  const { keys, now } = await readState(ports);
  const key = keys.find(({ keyId }) => keyId === event.accessKeyId);
  if (!key) return 'IAM does not list the key any more';
  const kind = report.source === 'AWS Health' ? 'exposed' : 'suspected';
  if (key.facts.exposed ?? key.facts[kind]) return 'a notification was sent before';
  if (!(await ports.notifications.send(exposedKeyMessage(request, key, report, revocation)))) {
    throw new Failure(`${request.username}: the notification about the key ${key.keyId} was not sent`, 'NetworkError');
  }
  const record: VersionLabel | undefined = key.recordVersion
    ? { label: labelOf(kind, key.keyId, now), version: key.recordVersion }
    : undefined;
  if (record) await ports.ledger.addLabel(record.label, record.version);
  return 'a notification was sent';
}

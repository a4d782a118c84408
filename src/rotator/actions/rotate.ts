/** One event for one user: read, decide, act, notify. The decisions are in next-step.ts. */
import { perform } from './perform';
import { getLastUsed, Ports, readCurrent, readState } from './ports';
import { withRecords } from './recorded-changes';
import { Outcome, UserStatus } from '../../contract/outcome';
import { withReadYourWrites } from '../aws/iam';
import { withOwnVersions } from '../aws/own-versions';
import { LedgerStore } from '../aws/secrets-manager';
import { changeRecord } from '../decisions/change-record';
import { interventionOf } from '../decisions/intervention';
import { forecast, nextStep, afterRecords, MAX_ROUNDS, recognized } from '../decisions/next-step';
import { nameDeactivation } from '../decisions/no-new-key';
import { measurementsOf, statusOf } from '../decisions/status';
import { causeOf, Failed, Failure } from '../domain/failure';
import { Step, StepOptions } from '../domain/step';
import { OldKey, oldKeysOf } from '../domain/unused-keys';
import { RotationRequest, UserState } from '../domain/user-state';
import { dryRunOutcome } from '../messages/dry-run';

export async function rotate(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const result = await attempt(request, ports);
  if (result instanceof Failed) throw result.error;
  return result;
}

export async function attempt(request: RotationRequest, given: Ports): Promise<Outcome | Failed> {
  let mayHavePublished = false;
  const ledger = withOwnVersions(given.ledger, given.clock);
  const publish: LedgerStore['publish'] = async (version, expectedCurrent) => {
    mayHavePublished = true;
    await ledger.publish(version, expectedCurrent);
  };
  const ports = { ...given, accessKeys: withReadYourWrites(given.accessKeys), ledger: { ...ledger, publish } };
  let [withoutNotifications, invalidReported, orphanedKeysDeleted] = [false, false, 0];
  let seen: UserState | undefined;
  const measurements = () => seen && measurementsOf(request, seen, orphanedKeysDeleted);
  try {
    if (request.action === 'status') return await readStatus(request, ports);
    if (request.dryRun) return await dryRun(request, ports);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      seen = await readState(ports);
      const { step, state } = await decide(request, seen, ports, { withoutNotifications, invalidReported });
      const recorded = withRecords({ ...ports, request, state }, (change, keyId) =>
        changeRecord(change, keyId, step, request, state),
      );
      const done = await perform(step, recorded);
      const intervention = interventionOf(step, request.username, state);
      if (intervention) ports.writeRecord(intervention);
      if ('outcome' in done) {
        if (isOfAnotherLeak(step, request)) continue;
        return { ...done, measurements: measurements() };
      }
      withoutNotifications ||= !done.sent;
      invalidReported ||= step.do === 'remove-invalid';
      orphanedKeysDeleted += done.orphanedKeysDeleted ?? 0;
    }
    throw new Error(
      `${request.username}: the ledger of secret ${request.secret} still changes after ${MAX_ROUNDS} steps. Check which other program changes its staging labels`,
    );
  } catch (error) {
    const isRevocation = request.action === 'revoke' && !request.dryRun;
    const named = isRevocation ? failedRevocation(error as Error, request) : error;
    return new Failed(named, measurements(), mayHavePublished);
  }
}

/** A key that leaked before, in a "revoke" of another key: that one comes next. */
function isOfAnotherLeak(step: Step, { action, accessKeyId }: RotationRequest): boolean {
  if (action !== 'revoke') return false;
  if (step.do === 'publish') return step.replaces.subject !== accessKeyId;
  return (step.do === 'deactivate' || step.do === 'record-inactive') && step.key.keyId !== accessKeyId;
}

/** The state may not have been read, so the answer names the command in any case. */
function failedRevocation(error: Error, request: RotationRequest): Failure {
  return new Failure(nameDeactivation(error.message, request, request.accessKeyId!), causeOf(error), error.stack);
}

/** The step that the event would perform, after the steps that only record something. */
async function dryRun(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const decideNext = (known: UserState) =>
    nextStep(request, afterRecords(request, known), { withoutNotifications: true });
  const { step, state } = await withReads(request, await readState(ports), decideNext, ports);
  return {
    username: request.username,
    action: request.action,
    ...dryRunOutcome(step, request),
    measurements: measurementsOf(request, afterRecords(request, state), 0),
  };
}

async function readStatus(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const read = await readState(ports);
  const lastUse = await getLastUsed(read.keys, false, ports);
  const known = await withReads(request, { ...read, lastUse }, (next) => forecast(request, next), ports);
  const state = recognized(request, known.state);
  const status = statusOf(request, state);
  return {
    username: request.username,
    action: 'status',
    outcome: 'status',
    message: status.summary,
    status,
    measurements: measurementsOf(request, state, 0),
  };
}

/** The last use takes one call for each key: here it is read only where the status depends on it. */
export async function digestStatus(
  request: RotationRequest,
  ports: Ports,
): Promise<{ status: UserStatus; oldKeys: OldKey[] }> {
  const known = await withReads(request, await readState(ports), (next) => forecast(request, next), ports);
  const state = recognized(request, known.state);
  return { status: statusOf(request, state), oldKeys: oldKeysOf(request.username, state) };
}

function decide(request: RotationRequest, state: UserState, ports: Ports, options: StepOptions) {
  return withReads(request, state, (known) => nextStep(request, known, options), ports);
}

/** Reads what a decision needs, each once, until it is a step that changes or reports something. */
async function withReads(
  request: RotationRequest,
  state: UserState,
  decideNext: (state: UserState) => Step,
  ports: Ports,
): Promise<{ step: Step; state: UserState }> {
  const step = decideNext(state);
  if (step.do === 'get-last-used' && !state.lastUse) {
    const lastUse = await getLastUsed(step.keys, step.required, ports);
    return withReads(request, { ...state, lastUse }, decideNext, ports);
  }
  if (step.do === 'decrypt-current' && !state.decryption) {
    const read = await readCurrent({ ...ports, request }, step.version, state.ledger);
    return withReads(request, { ...state, ...read }, decideNext, ports);
  }
  return { step, state };
}

/** One event for one user: read, decide, act, tell. The decisions are in next-step.ts. */
import { take } from './perform';
import { lookUp, Ports, readState } from './ports';
import { Outcome, UserStatus } from '../../contract/outcome';
import { seeingOwnWrites } from '../aws/iam';
import { forecast, nextStep, onceRecorded, ROUNDS } from '../decisions/next-step';
import { measurementsOf, statusOf } from '../decisions/status';
import { Failed } from '../domain/failure';
import { Step, StepOptions } from '../domain/step';
import { RotationRequest, UserState } from '../domain/user-state';
import { planOf } from '../messages/dry-run';

export async function rotate(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const result = await attempt(request, ports);
  if (result instanceof Failed) throw result.error;
  return result;
}

export async function attempt(request: RotationRequest, given: Ports): Promise<Outcome | Failed> {
  const ports = { ...given, accessKeys: seeingOwnWrites(given.accessKeys) };
  let [mute, orphansRemoved] = [false, 0];
  let seen: UserState | undefined;
  const measurements = () => seen && measurementsOf(request, seen, orphansRemoved);
  try {
    if (request.action === 'status') return await answerStatus(request, ports);
    if (request.dryRun) return await plan(request, ports);
    for (let round = 0; round < ROUNDS; round++) {
      seen = await readState(ports);
      const { step, state } = await decide(request, seen, ports, { mute });
      const done = await take(step, { ...ports, request, state });
      if ('outcome' in done) return { ...done, measurements: measurements() };
      mute ||= !done.sent;
      orphansRemoved += done.orphansRemoved ?? 0;
    }
    throw new Error(
      `${request.username}: the ledger of secret ${request.secret} does not settle, look at its staging labels`,
    );
  } catch (error) {
    return new Failed(error, measurements());
  }
}

/** What would be done, once everything is on record that would be put there first. */
async function plan(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const { step, state } = await decide(request, onceRecorded(request, await readState(ports)), ports, { mute: true });
  return {
    username: request.username,
    action: request.action,
    ...planOf(step, request),
    measurements: measurementsOf(request, state, 0),
  };
}

async function answerStatus(request: RotationRequest, ports: Ports): Promise<Outcome> {
  const state = await readState(ports);
  const status = statusOf(request, { ...state, lastUse: await lookUp(state.keys, false, ports) });
  return {
    username: request.username,
    action: 'status',
    outcome: 'status',
    message: status.summary,
    status,
    measurements: measurementsOf(request, state, 0),
  };
}

/** Looking up when keys were used last costs a call for each: for the digest, only where it makes a difference. */
export async function digestStatus(request: RotationRequest, ports: Ports): Promise<UserStatus> {
  const state = await readState(ports);
  const next = forecast(request, state);
  if (next.do !== 'look-up-use') return statusOf(request, state);
  return statusOf(request, { ...state, lastUse: await lookUp(next.keys, next.mustKnow, ports) });
}

async function decide(
  request: RotationRequest,
  state: UserState,
  ports: Ports,
  options: StepOptions,
): Promise<{ step: Step; state: UserState }> {
  const step = nextStep(request, state, options);
  if (step.do !== 'look-up-use') return { step, state };
  const informed = { ...state, lastUse: await lookUp(step.keys, step.mustKnow, ports) };
  return { step: nextStep(request, informed, options), state: informed };
}

/** The events of the proof, and a function that runs one of them from a start state. */
import { DEFAULT_SETTINGS } from '../../src/contract/settings';
import { Ports } from '../../src/rotator/actions/ports';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { ModelAws } from '../fake-aws/fake-aws';
import { CONTEXT } from '../rotator/support';

/** What the user was deployed with. */
export type Settings = Partial<Pick<RotationRequest, 'retireExistingKeys' | 'retireUnmanagedKeys' | 'maxDelayDays'>>;

export interface RotationEvent {
  readonly name: string;
  readonly action: RotationRequest['action'];
  readonly ifDue: boolean;
  readonly dryRun?: boolean;
  /** The key that a "revoke" event names. */
  readonly names?: (start: ModelAws) => string;
}

export type Rotate = typeof rotate;

const due = (action: RotationEvent['action']): RotationEvent => ({ name: `${action} when due`, action, ifDue: true });
const now = (action: RotationEvent['action']): RotationEvent => ({ name: `${action} now`, action, ifDue: false });

const NO_KEY = 'AKIA9999';
const current = (aws: ModelAws) => aws.currentKey() ?? NO_KEY;
const other = (aws: ModelAws) => [...aws.keys.keys()].find((keyId) => keyId !== aws.currentKey()) ?? NO_KEY;

/** The events of the rules, in the order of a day. */
export const CHECKS = [due('create'), due('deactivate'), due('delete')];

export const REVOKE_CURRENT: RotationEvent = { ...now('revoke'), name: 'revoke the current key', names: current };
export const REVOKE_OTHER: RotationEvent = { ...now('revoke'), name: 'revoke the other key', names: other };
export const ROLLBACK = now('rollback');

export const EVENTS = [...CHECKS, now('create'), REVOKE_CURRENT, REVOKE_OTHER, ROLLBACK];

/** Pairs of a scheduled and a manual event that have the same effect: a proof for one covers the other. */
export const EQUIVALENT_EVENTS = [
  [due('deactivate'), now('deactivate')],
  [due('delete'), now('delete')],
];

/** Events that must not change anything. */
export const READ_ONLY_EVENTS = [
  now('status'),
  ...[...EVENTS, ...EQUIVALENT_EVENTS.flat()].map((event) => ({
    ...event,
    name: `${event.name}, dry run`,
    dryRun: true,
  })),
];

/** @param engine - the rotator, or one that lacks a safeguard */
export function run(
  { action, ifDue, dryRun = false, names }: RotationEvent,
  start: ModelAws,
  settings: Settings,
  tools: Ports,
  engine: Rotate = rotate,
) {
  return engine(
    {
      ...DEFAULT_SETTINGS,
      action,
      ifDue,
      dryRun,
      username: 'alice',
      secret: 'alice',
      ...CONTEXT,
      ...settings,
      ...(names && { accessKeyId: names(start) }),
    },
    tools,
  );
}

/** The events of the proof, and a function that runs one of them from a start state. */
import { handleReport, Report } from './reports';
import { DEFAULT_SETTINGS } from '../../src/contract/settings';
import { rotate } from '../../src/rotator/actions/rotate';
import { RotationRequest } from '../../src/rotator/domain/user-state';
import { RunPorts } from '../fake-aws/calls';
import { ModelAws } from '../fake-aws/fake-aws';
import { exposed, finding } from '../rotator/reports';
import { CONTEXT } from '../rotator/support';

/** What the user was deployed with. */
export type Settings = Partial<
  Pick<
    RotationRequest,
    'retireExistingKeys' | 'retireUnmanagedKeys' | 'maxDelayDays' | 'existingSecret' | 'sesSmtpRegions' | 'checkTimes'
  >
>;

export interface RotationEvent {
  readonly name: string;
  readonly action: RotationRequest['action'];
  readonly ifDue: boolean;
  readonly dryRun?: boolean;
  readonly duringDeploy?: boolean;
  /** The key that a "revoke" event or a report names. */
  readonly names?: (start: ModelAws) => string;
  /** It is not an event of a person or a rule, but a report of AWS about that key. */
  readonly report?: Report;
  /** For a report: the event of a person that has the same effect; undefined if it only notifies. */
  readonly like?: RotationEvent;
}

export type ReportedKey = RotationEvent & Required<Pick<RotationEvent, 'names' | 'report'>>;

export type Rotate = typeof rotate;

const due = (action: RotationEvent['action']): RotationEvent => ({ name: `${action} when due`, action, ifDue: true });
const now = (action: RotationEvent['action']): RotationEvent => ({ name: `${action} now`, action, ifDue: false });

const NO_KEY = `AKIA${'9'.repeat(16)}`;
const current = (aws: ModelAws) => aws.currentKey() ?? NO_KEY;
const other = (aws: ModelAws) => [...aws.keys.keys()].find((keyId) => keyId !== aws.currentKey()) ?? NO_KEY;

/** The events of the rules, in the order of a day. */
export const CHECKS = [due('create'), due('deactivate'), due('delete')];

/** CloudFormation creates the user, or updates its first key. */
export const DEPLOY: RotationEvent = { ...due('create'), name: 'create during the deploy', duringDeploy: true };

export const REVOKE_CURRENT: RotationEvent = { ...now('revoke'), name: 'revoke the current key', names: current };
export const REVOKE_OTHER: RotationEvent = { ...now('revoke'), name: 'revoke the other key', names: other };
export const ROLLBACK = now('rollback');

export const EVENTS = [...CHECKS, now('create'), REVOKE_CURRENT, REVOKE_OTHER, ROLLBACK];

const reported = (
  name: string,
  names: ReportedKey['names'],
  about: Report['about'],
  response: Report['response'],
  like?: RotationEvent,
): ReportedKey => ({ ...now('revoke'), name, names, report: { about, response }, like });

/** Reports of AWS, which revoke the key or only notify people. */
export const REPORTS: readonly ReportedKey[] = [
  reported('the current key is exposed', current, exposed, 'REVOKE', REVOKE_CURRENT),
  reported('the other key is exposed', other, exposed, 'REVOKE', REVOKE_OTHER),
  reported('an unknown key is exposed', () => NO_KEY, exposed, 'REVOKE'),
  reported('the current key is exposed, notify', current, exposed, 'NOTIFY'),
  reported('the other key is exposed, notify', other, exposed, 'NOTIFY'),
  reported('a finding about the current key', current, finding, 'REVOKE'),
];

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
  { action, ifDue, dryRun = false, duringDeploy, names, report }: RotationEvent,
  start: ModelAws,
  settings: Settings,
  tools: RunPorts,
  engine: Rotate = rotate,
): Promise<unknown> {
  if (report) return handleReport(report, names!(start), settings, tools);
  return engine(
    {
      ...DEFAULT_SETTINGS,
      action,
      ifDue,
      dryRun,
      duringDeploy,
      username: 'alice',
      secret: 'alice',
      ...CONTEXT,
      ...settings,
      ...(names && { accessKeyId: names(start) }),
    },
    tools,
  );
}

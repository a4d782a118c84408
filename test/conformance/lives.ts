/**
 * Whole lives under 90/104/118: the events of each day, the outcomes of all invocations, and the keys at the end.
 */
import { Call, LifeEvent, Life } from './life';
import { Action } from '../../src/contract/events';

export interface LifeStory {
  readonly name: string;
  readonly days: readonly (readonly [day: number, ...events: LifeEvent[]])[];
  readonly outcomes: readonly string[];
  /** The keys at the end, as IAM lists them. */
  readonly keys: string;
}

const check =
  (action: Action): LifeEvent =>
  (life) =>
    life.invoke(action, {});
const byHand =
  (action: Action): LifeEvent =>
  (life) =>
    life.invoke(action, { byHand: true });
const adopt: LifeEvent = (life) => life.invoke('create', { adopting: true });
const failingAfter =
  (action: Action, ...endsAfter: Call): LifeEvent =>
  (life) =>
    life.invoke(action, { endsAfter });
const withoutSns =
  (action: Action): LifeEvent =>
  (life) =>
    life.invoke(action, { snsIsDown: true });

const createsKey: LifeEvent = (life) => life.person('creates a key', () => life.makeKey());
const uses =
  (key: string): LifeEvent =>
  (life) =>
    life.person(`uses ${key}`, () => life.use(key));
const overwrites: LifeEvent = (life) =>
  life.person('overwrites the secret', () => life.overwrite('{"AccessKey": "mine"}'));
const onKey =
  (what: 'activate' | 'deactivate' | 'delete') =>
  (key: string): LifeEvent =>
  (life: Life) =>
    life.person(`${what}s ${key}`, () => life.on.accessKeys[what](life.on.id(key)));
const [activates, deactivates, deletes] = [onKey('activate'), onKey('deactivate'), onKey('delete')];
const makesCurrent =
  (version: string, from: string): LifeEvent =>
  (life) =>
    life.person(`moves AWSCURRENT from ${from} to ${version}`, () =>
      life.on.ledger.publish(life.on.id(version), life.on.id(from)),
    );

const [create, deactivate, remove] = [check('create'), check('deactivate'), check('delete')];

export const LIVES: LifeStory[] = [
  {
    name: 'a first key, a rotation, and both periods',
    days: [
      [0, create],
      [1, create, deactivate, remove],
      [89, create],
      [90, create],
      [103, deactivate],
      [104, deactivate],
      [117, remove],
      [118, remove],
      [119, create],
    ],
    outcomes: [
      'created',
      'not-due',
      'not-due',
      'not-due',
      'not-due',
      'created',
      'not-due',
      'deactivated',
      'not-due',
      'deleted',
      'not-due',
    ],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'two rotations: the record of the first key remains',
    days: [
      [0, create],
      [90, create],
      [104, deactivate],
      [118, remove],
      [180, create],
      [194, deactivate],
      [208, remove],
    ],
    outcomes: ['created', 'created', 'deactivated', 'deleted', 'created', 'deactivated', 'deleted'],
    keys: 'K3 of 4320h active',
  },
  {
    name: 'an outage of half a year: every step is late, and no period is shortened',
    days: [
      [0, create],
      [270, remove, deactivate, create],
      [271, deactivate],
      [284, deactivate],
      [285, remove],
      [298, remove],
    ],
    outcomes: ['created', 'not-due', 'not-due', 'created', 'not-due', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 6480h active',
  },
  {
    name: 'manual events, and which of them are refused',
    days: [
      [0, create, byHand('create')],
      [5, byHand('create'), byHand('deactivate'), byHand('delete')],
      [19, byHand('deactivate')],
      [20, byHand('create')],
    ],
    outcomes: ['created', 'refused', 'created', 'not-due', 'not-due', 'deactivated', 'waiting'],
    keys: 'K1 of 0h inactive, K2 of 120h active',
  },
  {
    name: 'an adopted user with a key: the key is retired with both periods',
    days: [
      [0, createsKey],
      [100, adopt, uses('K1')],
      [113, deactivate],
      [114, deactivate],
      [127, remove],
      [128, remove],
    ],
    outcomes: ['created', 'not-due', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 2400h active',
  },
  {
    name: 'an existing key that is not retired',
    days: [
      [0, createsKey],
      [1, create],
      [91, create],
      [105, deactivate, remove],
    ],
    outcomes: ['created', 'blocked', 'not-due', 'not-due'],
    keys: 'K1 of 0h active, K2 of 24h active',
  },
  {
    name: 'an unmanaged key in the second slot blocks the rotation until it is deleted',
    days: [
      [0, create],
      [40, createsKey],
      [90, create],
      [91, deletes('K2'), create],
    ],
    outcomes: ['created', 'blocked', 'created'],
    keys: 'K1 of 0h active, K3 of 2184h active',
  },
  {
    name: 'a current key that was deactivated by hand is reported, and activating it is the fix',
    days: [
      [0, create],
      [30, deactivates('K1'), create, deactivate],
      [31, activates('K1'), create],
      [90, create],
    ],
    outcomes: ['created', 'blocked', 'waiting', 'not-due', 'created'],
    keys: 'K1 of 0h active, K2 of 2160h active',
  },
  {
    name: 'the recovery period of an old key that was deactivated by hand begins at the next check',
    days: [
      [0, create],
      [90, create],
      [92, deactivates('K1')],
      [93, deactivate],
      [106, remove],
      [107, remove],
    ],
    outcomes: ['created', 'created', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'an old key that was activated by hand is deactivated again, and its recovery period begins again',
    days: [
      [0, create],
      [90, create],
      [104, deactivate],
      [110, activates('K1'), remove],
      [111, deactivate],
      [124, remove],
      [125, remove],
    ],
    outcomes: ['created', 'created', 'deactivated', 'not-due', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'an old key that was deleted by hand',
    days: [
      [0, create],
      [90, create],
      [104, deactivate],
      [105, deletes('K1'), remove],
      [180, create],
    ],
    outcomes: ['created', 'created', 'deactivated', 'not-due', 'created'],
    keys: 'K2 of 2160h active, K3 of 4320h active',
  },
  {
    name: 'a value that was written by hand is reported, and moving AWSCURRENT back is the fix',
    days: [
      [0, create],
      [50, overwrites, create, deactivate],
      [90, create],
      [91, makesCurrent('V2', 'V3'), create],
    ],
    outcomes: ['created', 'blocked', 'waiting', 'blocked', 'created'],
    keys: 'K1 of 0h active, K2 of 2184h active',
  },
  {
    name: 'AWSCURRENT that was moved to the old key is reported, and the switch period begins again when it is moved forward',
    days: [
      [0, create],
      [90, create],
      [95, makesCurrent('V2', 'V4'), create],
      [104, deactivate],
      [105, makesCurrent('V4', 'V2'), deactivate],
      [118, deactivate],
      [119, deactivate],
      [133, remove],
    ],
    outcomes: ['created', 'created', 'blocked', 'not-due', 'not-due', 'not-due', 'deactivated', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'a run that fails after its claim leaves nothing, and the next run issues a key',
    days: [
      [0, create],
      [90, failingAfter('create', 'put', 1), create],
      [91, create],
    ],
    outcomes: ['created', 'fails', 'locked', 'created'],
    keys: 'K1 of 0h active, K2 of 2184h active',
  },
  {
    name: 'a run that fails with a key that is not stored: the key is deleted, and the next one is issued',
    days: [
      [0, create],
      [90, failingAfter('create', 'create', 1), create],
      [91, create],
    ],
    outcomes: ['created', 'fails', 'locked', 'created'],
    keys: 'K1 of 0h active, K3 of 2184h active',
  },
  {
    name: 'a run that fails with a key that is not published: the key is deleted, and the next one is issued',
    days: [
      [0, create],
      [90, failingAfter('create', 'verify', 1), deactivate],
      [91, create],
    ],
    outcomes: ['created', 'fails', 'locked', 'created'],
    keys: 'K1 of 0h active, K3 of 2184h active',
  },
  {
    name: 'a run that fails with a published key: the next run sends the notification',
    days: [
      [0, create],
      [90, failingAfter('create', 'publish', 1)],
      [91, create],
      [104, deactivate],
      [118, remove],
    ],
    outcomes: ['created', 'fails', 'not-due', 'deactivated', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'a first run that fails in each of its steps',
    days: [
      [0, failingAfter('create', 'put', 1)],
      [1, failingAfter('create', 'create', 1)],
      [2, failingAfter('create', 'put', 2)],
      [3, failingAfter('create', 'publish', 1)],
      [4, create],
      [94, create],
    ],
    outcomes: ['fails', 'fails', 'fails', 'fails', 'not-due', 'created'],
    keys: 'K3 of 72h active, K4 of 2256h active',
  },
  {
    name: 'a deactivation that fails before its record: the recovery period begins late',
    days: [
      [0, create],
      [90, create],
      [104, failingAfter('deactivate', 'deactivate', 1)],
      [106, remove],
      [118, remove],
      [120, remove],
    ],
    outcomes: ['created', 'created', 'fails', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'a deletion that fails before its notification: the next check sends it',
    days: [
      [0, create],
      [90, create],
      [104, deactivate],
      [118, failingAfter('delete', 'delete', 1)],
      [119, create],
    ],
    outcomes: ['created', 'created', 'deactivated', 'fails', 'not-due'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'while SNS is down the rotation continues, and the notifications are sent afterwards',
    days: [
      [0, withoutSns('create')],
      [90, withoutSns('create')],
      [104, withoutSns('deactivate')],
      [105, create],
      [118, remove],
    ],
    outcomes: ['created', 'created', 'deactivated', 'not-due', 'deleted'],
    keys: 'K2 of 2160h active',
  },
  {
    name: 'a current key that was deleted by hand is replaced once two lists lack it',
    days: [
      [0, create],
      [20, deletes('K1')],
      [21, create, create],
      [22, create],
    ],
    outcomes: ['created', 'waiting', 'waiting', 'created'],
    keys: 'K2 of 528h active',
  },
];

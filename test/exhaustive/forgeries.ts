/** Labels that a principal writes whose only permission is UpdateSecretVersionStage. */
import { Start } from './starts';
import { FACTS, RecordKind, VersionLabel } from '../../src/rotator/domain/ledger';
import { ModelAws } from '../fake-aws/fake-aws';
import { BEFORE_KEYS, FOREVER } from '../fake-aws/forged-dates';
import { iso } from '../rotator/decide';

/** The date of a claim: the key that it is about was created then, or by another run. */
const WITH_KEY = 'with the key';
const AFTER_KEY = 'after the key';
const MINUTES_AFTER = 20;

/** Records with a date that no run writes, or claims of no run. */
export interface Forgery {
  readonly kinds: readonly RecordKind[];
  readonly date: string;
  /** The key that they are about, in the order of their creation. Default: the current one. */
  readonly key?: 0 | 1;
  /** The version that they are on: the first one of the rotation, or that of a key. Default: the current one. */
  readonly on?: 'first' | 0 | 1;
}

/** One record of each kind, in groups: a secret can have 20 labels, and those of the rotation need room. */
export const FORGERIES: readonly Forgery[] = [
  { kinds: ['key', 'claim', 'restore', 'failed', 'removed', 'owner'], date: FOREVER },
  ...[FACTS.slice(0, 6), FACTS.slice(6)].flatMap((kinds) => [
    { kinds, date: FOREVER },
    { kinds, date: BEFORE_KEYS },
  ]),
];

/** The same with each key of the user, also one that the rotation does not manage, on each version. */
export const PLACED_FORGERIES: readonly Forgery[] = ([0, 1] as const).flatMap((key) =>
  (['first', 0, 1] as const).flatMap((on) => [
    { kinds: ['key'] as const, date: BEFORE_KEYS, key, on },
    { kinds: FACTS.slice(0, 6), date: BEFORE_KEYS, key, on },
    { kinds: FACTS.slice(6), date: BEFORE_KEYS, key, on },
    ...[WITH_KEY, AFTER_KEY].flatMap((date) =>
      (['claim', 'restore'] as const).map((kind) => ({ kinds: [kind], date, key, on })),
    ),
  ]),
);

/** Such claims lock the user for some hours. */
export function locks({ kinds }: Forgery): boolean {
  return kinds.every((kind) => kind === 'claim' || kind === 'restore');
}

/** The key that a placed forgery is about. */
export function subjectOf({ aws }: Start, key: 0 | 1): string | undefined {
  return [...aws.keys.keys()][key];
}

/** The same state, in which the principal can write these records at any call. */
export function withForger(start: Start, forgery: Forgery): Start {
  const aws = start.aws.clone();
  const { kinds, date, key, on } = forgery;
  const placed = key === undefined ? undefined : { keyId: subjectOf(start, key) };
  aws.forgery = (at) => labelsOf(forgery, placed ? placed.keyId : at.currentKey(), at);
  const where = placed ? ` about ${placed.keyId} on version ${on}` : '';
  return { ...start, aws, name: `${start.name}, ${kinds.join(' ')} ${date}${where}` };
}

function labelsOf({ kinds, date, on }: Forgery, subject: string | undefined, at: ModelAws): (string | VersionLabel)[] {
  const listed = at.keys.get(subject ?? '');
  // The date of a key that IAM does not list is not known.
  if (date !== FOREVER && !listed) return [];
  const version = on === undefined ? at.secret.holder('AWSCURRENT') : versionAt(on, at);
  if (version === undefined) return [];
  return kinds.map((kind) => {
    const isOfRun = ['claim', 'restore', 'failed', 'removed', 'owner'].includes(kind);
    const time = isOfRun && listed && date !== FOREVER ? timeOf(listed.createdAt, date) : date;
    return { label: `akr1.${kind}.${isOfRun ? 'forged' : (subject ?? 'AKIA0001')}.${time}`, version };
  });
}

function versionAt(on: NonNullable<Forgery['on']>, { keys, secret, versions }: ModelAws): string | undefined {
  if (on === 'first') return secret.holder('akr1.initialized');
  const keyId = [...keys.keys()][on];
  return keyId && [...versions].find(([, version]) => version.keyId === keyId)?.[0];
}

function timeOf(createdAt: Date, date: string): string {
  const ms = date === AFTER_KEY ? MINUTES_AFTER * 60_000 : 0;
  return iso(new Date(createdAt.getTime() + ms));
}

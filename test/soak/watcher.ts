/** Observes the users from outside: changes that took effect, IAM, Secrets Manager, and whether the secret works. */
import { JournalReader } from './journal-reader';
import { type Change, KeyHistory } from './key-history';
import { overdueSteps, pendingSteps } from './pending-steps';
import type { SoakUser } from './soak-users';
import type { LocalAws } from '../end-to-end/support';

export interface Violation {
  readonly user: string;
  readonly at: Date;
  readonly what: string;
  /** The history of the keys of the user before the violation. */
  readonly history: readonly string[];
}

interface Watched {
  readonly user: SoakUser;
  readonly history: KeyHistory;
  /** The version whose value was read last. */
  lastVersion?: string;
  /** The end of the last outage, deploy or run with a fault. */
  undisturbedSince: Date;
  /** The last deploy that may have changed the schedule. */
  deployedAt: Date;
  readonly reported: Set<string>;
}

export class Watcher {
  public readonly violations: Violation[] = [];
  public observations = 0;
  private readonly watched: ReadonlyMap<string, Watched>;
  private readonly reader: JournalReader;
  private readonly secretKeys = new Map<string, string>();
  private readonly deletedKeys = new Set<string>();

  constructor(
    private readonly aws: LocalAws,
    users: readonly SoakUser[],
    private readonly arnOf: (user: SoakUser) => string,
    private readonly checkEveryDays: number = 1,
  ) {
    this.reader = new JournalReader(users);
    this.watched = new Map(
      users.map((user) => [
        user.name,
        {
          user,
          history: new KeyHistory(user.schedules[0]),
          undisturbedSince: new Date(0),
          deployedAt: new Date(0),
          reported: new Set(),
        },
      ]),
    );
  }

  /** A key of an adopted user that existed before the rotation. */
  public adopt(user: string, keyId: string, at: Date): void {
    this.watched.get(user)!.history.adopt(keyId, at);
  }

  /** A deploy has finished; from now on, this schedule applies. */
  public deployed(user: string, ages: SoakUser['schedules'][number], at: Date): void {
    const watched = this.watched.get(user)!;
    watched.history.ages = ages;
    watched.deployedAt = at;
  }

  /** There was an outage, a deploy or a run with a fault for this user. */
  public disturbed(user: string, at: Date): void {
    this.watched.get(user)!.undisturbedSince = at;
  }

  /** Call it while no function runs. */
  public async observe(): Promise<void> {
    const now = await this.aws.emulator.now();
    await this.replay();
    for (const watched of this.watched.values()) {
      await this.check(watched, now);
    }
  }

  /** Reports each secret access key in a text, of keys that exist or existed at the last search. */
  public findSecrets(text: string, where: string, at: Date): void {
    for (const [keyId, secretKey] of this.secretKeys) {
      if (text.includes(secretKey)) {
        this.report(undefined, at, `the secret access key of ${keyId} is in ${where}`);
      }
    }
    this.deletedKeys.forEach((keyId) => this.secretKeys.delete(keyId));
    this.deletedKeys.clear();
  }

  public report(user: string | undefined, at: Date, what: string): void {
    const watched = this.watched.get(user ?? '');
    if (!watched?.reported.has(what)) {
      watched?.reported.add(what);
      this.violations.push({
        user: user ?? '-',
        at,
        what,
        history: watched ? watched.history.events.slice(-30).map(line) : [],
      });
    }
  }

  /** The number of changes of each kind. */
  public keyEvents(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { history } of this.watched.values()) {
      const published = new Set(history.events.filter(({ what }) => what === 'published').map(({ keyId }) => keyId));
      const first = history.events.filter(
        ({ what }, index, all) => what !== 'published' || all[index - 1]?.what !== 'published',
      );
      for (const { what, keyId } of first) {
        const name = what === 'deleted' && !published.has(keyId) ? 'orphan-deleted' : what;
        counts[name] = (counts[name] ?? 0) + 1;
      }
    }
    return counts;
  }

  private async replay(): Promise<void> {
    const entries = await this.aws.emulator.journal();
    for (const { created } of entries) {
      if (created) {
        this.secretKeys.set(created.AccessKeyId, created.SecretAccessKey);
      }
    }
    for (const { user, change } of this.reader.read(entries)) {
      for (const violation of this.watched.get(user)?.history.apply(change) ?? []) {
        this.report(user, change.at, violation);
      }
      if (change.what === 'deleted') {
        this.deletedKeys.add(change.keyId!);
      }
    }
  }

  private async check(watched: Watched, now: Date): Promise<void> {
    const { user, history, undisturbedSince, deployedAt } = watched;
    const violation = (what: string) => this.report(user.name, now, what);
    const [keys, versions] = await Promise.all([this.aws.keys(user.name), this.aws.versions(user.secret)]);
    this.observations++;
    const expected = Object.fromEntries(
      [...history.keys.values()].map(({ keyId, active }) => [keyId, active ? 'Active' : 'Inactive']),
    );
    if (show(keys) !== show(expected)) {
      violation(`IAM lists ${show(keys)}, expected ${show(expected)}`);
    }
    const labels = Object.values(versions).flat();
    for (const { keyId, adopted, published } of history.keys.values()) {
      const isRecorded = labels.some((label) => label.startsWith(`akr1.${adopted ? 'adopted' : 'key'}.${keyId}.`));
      if ((published || adopted) && !isRecorded) {
        violation(`${keyId} is not in the ledger`);
      }
    }
    const current = Object.keys(versions).find((version) => versions[version].includes('AWSCURRENT'));
    if (current !== watched.lastVersion && history.current) {
      await this.checkValue(watched, violation);
      watched.lastVersion = current;
    }
    for (const { what, dueAt } of overdueSteps(
      pendingSteps(history, labels, deployedAt),
      undisturbedSince,
      now,
      this.checkEveryDays,
    )) {
      violation(
        `${what} was due at ${dueAt.toISOString()} and is missing, without a fault since ${undisturbedSince.toISOString()}`,
      );
    }
  }

  /** The secret must hold the current key, and the key must work. */
  private async checkValue({ user, history }: Watched, violation: (what: string) => void): Promise<void> {
    const value = await this.aws.secretValue(user.secret);
    const [AccessKey, SecretKey] = user.fields.map((field) => value[field]);
    if (AccessKey !== history.current?.keyId || Object.keys(value).length !== 2) {
      violation(
        `the secret holds ${AccessKey} in ${Object.keys(value).join(', ')}, expected ${history.current?.keyId}`,
      );
    }
    const arn = await this.aws.callerIdentity({ AccessKey, SecretKey }).catch(String);
    if (arn !== this.arnOf(user)) {
      violation(`the key in the secret does not work as ${user.name}: ${arn}`);
    }
  }
}

function show(keys: Record<string, string>): string {
  return (
    Object.entries(keys)
      .sort()
      .map(([keyId, status]) => `${keyId} ${status}`)
      .join(', ') || 'no key'
  );
}

function line({ at, what, keyId }: Change): string {
  return `${at.toISOString()} ${what} ${keyId ?? '-'}`;
}

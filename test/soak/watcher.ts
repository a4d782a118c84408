/**
 * Watches the users from the outside: what took effect, what IAM and Secrets Manager show, and whether the secret
 * works.
 */
import { JournalReader } from './journal-reader';
import { type Change, KeyHistory } from './key-history';
import { pendingSteps, late } from './pending-steps';
import type { SoakUser } from './soak-users';
import type { LocalAws } from '../end-to-end/support';

export interface Violation {
  readonly user: string;
  readonly at: Date;
  readonly what: string;
  /** What had happened to the user's keys before. */
  readonly history: readonly string[];
}

interface Watched {
  readonly user: SoakUser;
  readonly history: KeyHistory;
  /** The version whose value was looked at last. */
  seen?: string;
  /** Since when nothing has gone wrong that was not the rotation's fault. */
  calmSince: Date;
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
  private readonly gone = new Set<string>();

  constructor(
    private readonly aws: LocalAws,
    users: readonly SoakUser[],
    private readonly whoseArn: (user: SoakUser) => string,
    private readonly checkEveryDays: number = 1,
  ) {
    this.reader = new JournalReader(users);
    this.watched = new Map(
      users.map((user) => [
        user.name,
        {
          user,
          history: new KeyHistory(user.schedules[0]),
          calmSince: new Date(0),
          deployedAt: new Date(0),
          reported: new Set(),
        },
      ]),
    );
  }

  /** A key that an adopted user has from before. */
  public adopt(user: string, keyId: string, at: Date): void {
    this.watched.get(user)!.history.adopt(keyId, at);
  }

  /** A deploy is over, and from now on this schedule counts. */
  public deployed(user: string, ages: SoakUser['schedules'][number], at: Date): void {
    const watched = this.watched.get(user)!;
    watched.history.ages = ages;
    watched.deployedAt = at;
  }

  /** Not everything worked for this user until now. */
  public disturbed(user: string, at: Date): void {
    this.watched.get(user)!.calmSince = at;
  }

  /** To be called while no function runs. */
  public async observe(): Promise<void> {
    const now = await this.aws.emulator.now();
    await this.replay();
    for (const watched of this.watched.values()) {
      await this.look(watched, now);
    }
  }

  /** Whether a text holds any secret access key that exists, or did when this was last asked. */
  public findSecrets(text: string, where: string, at: Date): void {
    for (const [keyId, secretKey] of this.secretKeys) {
      if (text.includes(secretKey)) {
        this.report(undefined, at, `the secret access key of ${keyId} is in ${where}`);
      }
    }
    this.gone.forEach((keyId) => this.secretKeys.delete(keyId));
    this.gone.clear();
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

  /** How often each thing happened to a key. */
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
      for (const wrong of this.watched.get(user)?.history.apply(change) ?? []) {
        this.report(user, change.at, wrong);
      }
      if (change.what === 'deleted') {
        this.gone.add(change.keyId!);
      }
    }
  }

  private async look(watched: Watched, now: Date): Promise<void> {
    const { user, history, calmSince, deployedAt } = watched;
    const wrong = (what: string) => this.report(user.name, now, what);
    const [keys, versions] = await Promise.all([this.aws.keys(user.name), this.aws.versions(user.secret)]);
    this.observations++;
    const expected = Object.fromEntries(
      [...history.keys.values()].map(({ keyId, active }) => [keyId, active ? 'Active' : 'Inactive']),
    );
    if (show(keys) !== show(expected)) {
      wrong(`IAM lists ${show(keys)}, but what happened amounts to ${show(expected)}`);
    }
    const labels = Object.values(versions).flat();
    for (const { keyId, adopted, published } of history.keys.values()) {
      const known = labels.some((label) => label.startsWith(`akr1.${adopted ? 'adopted' : 'key'}.${keyId}.`));
      if ((published || adopted) && !known) {
        wrong(`${keyId} is not in the ledger`);
      }
    }
    const current = Object.keys(versions).find((version) => versions[version].includes('AWSCURRENT'));
    if (current !== watched.seen && history.current) {
      await this.lookInside(watched, wrong);
      watched.seen = current;
    }
    for (const { what, dueAt } of late(
      pendingSteps(history, labels, deployedAt),
      calmSince,
      now,
      this.checkEveryDays,
    )) {
      wrong(
        `${what} was due at ${dueAt.toISOString()} and is missing, though nothing went wrong since ${calmSince.toISOString()}`,
      );
    }
  }

  /** Whoever reads the secret gets the key that is current, and it works. */
  private async lookInside({ user, history }: Watched, wrong: (what: string) => void): Promise<void> {
    const value = await this.aws.secretValue(user.secret);
    const [AccessKey, SecretKey] = user.fields.map((field) => value[field]);
    if (AccessKey !== history.current?.keyId || Object.keys(value).length !== 2) {
      wrong(`the secret holds ${AccessKey} in ${Object.keys(value).join(', ')}, not ${history.current?.keyId}`);
    }
    const arn = await this.aws.callerIdentity({ AccessKey, SecretKey }).catch(String);
    if (arn !== this.whoseArn(user)) {
      wrong(`the key in the secret does not work as ${user.name}: ${arn}`);
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

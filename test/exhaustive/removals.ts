/**
 * CloudFormation's requests for a first key, at once with each other and with checks, and what follows: Lambda's
 * repetitions of a run without an answer, CloudFormation's next Delete after one that failed, the deletion of secret
 * and user, and a Create that arrives after all of it.
 */
import { Counts, Ended, explore, history, NO_FAULTS, Setting } from './engine/explore';
import { Program } from './engine/repeat';
import { Worlds } from './engine/world';
import { RotationEvent, run } from './events';
import { later, merged } from './proof';
import { Start, starts } from './starts';
import { adoptedBy } from '../../src/contract/settings';
import { rotate } from '../../src/rotator/actions/rotate';
import { FACTS, parseLabel } from '../../src/rotator/domain/ledger';
import { Call } from '../fake-aws/calls';
import { Fault } from '../fake-aws/fake-aws';
import { InvariantViolation } from '../fake-aws/invariants';
import { requestFirstKey } from '../rotator/request-first-key';
import { CONTEXT } from '../rotator/support';

export type Sent = 'Create' | 'Delete' | RotationEvent;

/** The rotator, or one that lacks a safeguard. */
export interface Rotator {
  readonly firstKey: typeof requestFirstKey;
  readonly rotate: typeof rotate;
}

const MINUTE = 60_000;
/** How long Lambda waits before it repeats an event that failed. */
const REPEAT_DELAYS = [MINUTE, 2 * MINUTE];
const OWNER = 'eu-west-1/Keys/1';

/** A history with the requests that have no answer yet. */
interface Open {
  readonly ended: Ended;
  readonly unanswered: readonly Sent[];
  /** A Delete was answered with success. */
  readonly isRemoved: boolean;
}

export class RemovalSearch {
  public readonly counts: Counts = { histories: 0, states: 0, calls: 0 };
  /** For the table of counts. */
  public readonly aftermath = { size: 0 };
  private readonly roots: Setting['roots'] = new Map();
  private readonly worlds = new Worlds();

  constructor(
    private readonly start: Start,
    private readonly created: boolean,
    private readonly rotator: Rotator = { firstKey: requestFirstKey, rotate },
    /** Whether CloudFormation has an answer to the Create of a secret that is taken over. No other is repeated. */
    private readonly isAnswered = false,
  ) {}

  private get isExisting(): boolean {
    return this.start.settings.existingSecret !== undefined;
  }

  /** All histories of these events at once, and of what follows. */
  public async prove(sent: readonly Sent[], faults: readonly Fault[] = [], stale = 0): Promise<void> {
    const aws = this.start.aws.clone();
    // The tag of a created user is from the template, that of an adopted one from the Create of an earlier deploy.
    if (this.created) aws.ownIam().tag = OWNER;
    else if (aws.versions.size > 0) aws.ownIam().tag = adoptedBy(OWNER);
    const left = { ...NO_FAULTS, faults: faults.length > 0 ? 1 : 0, stale, slow: faults.length > 0 ? 0 : 1 };
    const begin: Open = { ended: { aws, left, results: [], ways: 1 }, unanswered: sent, isRemoved: false };
    const removed: Ended[] = [];
    for (const open of await this.answered([begin], faults)) {
      removed.push(...(open.isRemoved ? [open.ended] : await this.nextDelete(open, faults)));
    }
    for (const ended of merged(removed.map((one) => ({ ...one, results: [] })))) {
      this.counts.histories += ended.ways;
      this.aftermath.size++;
      this.judge(ended, faults, sent);
      if (this.isAnswered) continue;
      await this.lateCreate(ended, faults);
      if (this.isExisting && !this.created) continue; // user and secret stay
      await this.lateCreate(this.deletedByCloudFormation(ended), faults);
    }
  }

  /** Runs events until all have an answer, or Lambda repeats them no more. */
  private async answered(begin: readonly Open[], faults: readonly Fault[], label = ''): Promise<Open[]> {
    const done: Open[] = [];
    let open = begin;
    for (const [attempt, delay] of [0, ...REPEAT_DELAYS].entries()) {
      const next: Open[] = [];
      for (const { ended, unanswered, isRemoved } of open) {
        const at = later(ended, delay);
        for (const one of await this.explore(
          at,
          unanswered,
          isRemoved,
          `${label}${attempt ? `repeat ${attempt}: ` : ''}`,
          faults,
        )) {
          const again = unanswered.filter((sent, index) => isRepeated(sent, one.results[index]));
          const success = unanswered.some((sent, index) => sent === 'Delete' && one.results[index] === 'ended');
          next.push({ ended: one, unanswered: again, isRemoved: isRemoved || success });
        }
      }
      done.push(...next.filter(({ unanswered }) => unanswered.length === 0));
      open = combined(next.filter(({ unanswered }) => unanswered.length > 0));
    }
    return [...done, ...open];
  }

  private async nextDelete(open: Open, faults: readonly Fault[]): Promise<Ended[]> {
    const again = await this.answered(
      [{ ended: later(open.ended, MINUTE), unanswered: ['Delete'], isRemoved: false }],
      faults,
      'next ',
    );
    for (const { ended, isRemoved } of again) {
      if (!isRemoved && ended.left.faults === open.ended.left.faults) throw this.violation('a removal fails', ended);
    }
    const failed = again.filter(({ isRemoved }) => !isRemoved);
    const more = await Promise.all(failed.map((one) => this.nextDelete(one, faults)));
    return [...again.filter(({ isRemoved }) => isRemoved).map(({ ended }) => ended), ...more.flat()];
  }

  private async lateCreate(from: Ended, faults: readonly Fault[]): Promise<void> {
    const begin = { ended: later(from, 120 * MINUTE), unanswered: ['Create'] as const, isRemoved: true };
    for (const { ended } of await this.answered([begin], faults, 'late ')) {
      this.counts.histories += ended.ways;
      this.judge(ended, faults, ['Create']);
    }
  }

  private deletedByCloudFormation(ended: Ended): Ended {
    const aws = ended.aws.clone();
    if (!this.isExisting) aws.ownSecret().isGone = true;
    try {
      if (this.created) aws.ownIam().deleteUser();
    } catch (error) {
      throw this.violation(`DeleteUser fails: ${(error as Error).message}`, ended);
    }
    return { ...ended, aws, trace: { before: ended.trace, step: () => 'CloudFormation deletes what it created' } };
  }

  /** @throws InvariantViolation if anything of the rotation is left */
  private judge(ended: Ended, faults: readonly Fault[], sent: readonly Sent[]): void {
    const { keys, iam, trail } = ended.aws;
    if (this.isExisting) return this.judgeExisting(ended, faults, sent);
    const isOwn = (keyId: string) => this.created || trail.keys.get(keyId)!.createdBy === 'rotation';
    for (const keyId of keys.keys()) {
      if (isOwn(keyId)) throw this.violation(`${keyId} is left after the removal`, ended);
    }
    if (this.created) return;
    if (iam.tag !== undefined) throw this.violation('the owner tag is left after the removal', ended);
    for (const [keyId, { active, uses }] of this.start.aws.keys) {
      if (isOwn(keyId) || uses.length === 0 || keys.get(keyId)?.active === active) continue;
      throw this.violation(`${keyId} is not of the rotation and was changed`, ended);
    }
  }

  /** The keys of an adopted user stay: see `requests` below. */
  private judgeExisting(ended: Ended, faults: readonly Fault[], sent: readonly Sent[]): void {
    // A run takes a secret over without a claim, so a removal does not wait for it. If that run fails between its
    // labels and the look at the removal, they stay: docs/migration.md says so.
    const isFailedTakeOver =
      faults.length > 0 && ended.left.faults === 0 && !this.start.aws.labels().some((label) => label.startsWith('akr'));
    // Only the record for a Create that may still arrive. A run for which a removal does not wait can write records
    // during it: without a key or an owner, they do not stop the next take-over.
    const records = sent.every((one) => one === 'Delete') ? [] : (['claim', 'restore', 'failed', ...FACTS] as const);
    const allowed: readonly string[] = ['removed', ...records];
    const left = ended.aws
      .labels()
      .filter((label) => label.startsWith('akr') && !allowed.includes(`${parseLabel(label)?.kind}`));
    if (left.length > 0 && !isFailedTakeOver) {
      throw this.violation(`${left.join(', ')} are left after the removal`, ended);
    }
    const { keys, iam } = ended.aws;
    if (this.created && keys.size > 0) throw this.violation('a key is left after the removal', ended);
    if (!this.created && iam.tag) throw this.violation('the owner tag is left after the removal', ended);
  }

  private violation(what: string, { trace }: Pick<Ended, 'trace'>): InvariantViolation {
    const user = this.created ? 'created' : 'adopted';
    return new InvariantViolation(`${this.start.name} (${user}): ${what}\n${history(trace)}`);
  }

  private async explore(
    from: Ended,
    sent: readonly Sent[],
    isRemoved: boolean,
    label: string,
    faults: readonly Fault[],
  ): Promise<Ended[]> {
    const programs = sent.map((one, index) => this.program(one, `${label}${sent.length > 1 ? 'ABC'[index] : ''}`));
    const check: Setting['check'] = (call, { error }, results) => {
      const isOver = isRemoved || sent.some((one, index) => one === 'Delete' && results[index] === 'ended');
      if (!isOver || error || !this.isNewKey(call)) return;
      throw new InvariantViolation(`${call.name} after the removal has ended`);
    };
    const requests = {
      ...this.start.requests,
      ...((!this.isExisting || this.created) && {
        removed: ({ createdBy }: { createdBy: string }) => this.created || createdBy === 'rotation',
      }),
    };
    const setting = { requests, faults, check, roots: this.roots, worlds: this.worlds, counts: this.counts };
    try {
      return merged(await explore(from, programs, setting));
    } catch (error) {
      throw error instanceof InvariantViolation
        ? new InvariantViolation(`${this.start.name} (${this.created ? 'created' : 'adopted'}): ${error.message}`)
        : error;
    }
  }

  /** A check that began before the removal can still announce a key that a failed run had published. */
  private isNewKey(call: Call): boolean {
    if (call.name === 'CreateAccessKey') return true;
    if (call.name !== 'Publish') return false;
    const { event, accessKeyId } = call.message.attributes;
    return event === 'created' && !this.start.aws.keys.has(accessKeyId!);
  }

  private program(sent: Sent, label: string): Program {
    const { aws, settings } = this.start;
    if (typeof sent !== 'string') {
      return {
        name: `${label}${sent.name}`,
        polls: aws.polls,
        run: (tools) => run(sent, aws, settings, tools, this.rotator.rotate),
      };
    }
    const event = requestFor(sent, this.created, this.isExisting, this.isAnswered);
    const users = new Map([['alice', { ...settings, adopted: !this.created }]]);
    return {
      name: `${label}${sent}`,
      polls: aws.polls,
      run: (tools) => {
        let attempts = 0;
        const id = tools.runId.replace(/\W/g, '');
        // Each attempt is a run of its own.
        const runId = () => (attempts++ === 0 ? tools.runId : `${id.slice(0, 7)}${attempts}`);
        return this.rotator.firstKey(event, {
          users,
          portsFor: () => ({ ...tools, runId: runId() }),
          clock: tools.clock,
          context: CONTEXT,
          dryRun: false,
        });
      },
    };
  }
}

/** The user of a first key that was issued seconds ago, while IAM's answers may be a minute old. */
export async function freshKey(): Promise<Start> {
  const [start] = await starts((name) => name === 'a fresh first key, which IAM may not list yet');
  const aws = start.aws.clone();
  const [{ createdAt }] = aws.keys.values();
  aws.now = new Date(createdAt.getTime() + MINUTE / 3);
  aws.ownIam().lags = { lists: MINUTE, sts: 0, uses: 0 };
  return { ...start, aws };
}

/** What CloudFormation sends. */
export function requestFor(
  RequestType: 'Create' | 'Delete',
  created: boolean,
  existing = false,
  isAnswered = false,
): object {
  return {
    RequestType,
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: isAnswered ? `alice|alice|${created ? 'created' : 'adopted'}` : 'made up by CloudFormation',
    ResourceProperties: {
      Username: 'alice',
      Secret: 'alice',
      Created: `${created}`,
      ...(existing && { ExistingSecret: 'true' }),
      Owner: OWNER,
      DryRun: 'false',
    },
  };
}

/** CloudFormation's requests that failed have an answer; Lambda repeats a check that failed. */
function isRepeated(sent: Sent, result: Ended['results'][number]): boolean {
  return result === 'crashed' || (typeof sent !== 'string' && result === 'failed');
}

/** Histories in the same state with the same open requests are one. */
function combined(all: readonly Open[]): Open[] {
  const groups = new Map<string, Open[]>();
  for (const open of all) {
    const key = `${open.isRemoved}${open.unanswered.map((sent) => (typeof sent === 'string' ? sent : sent.name)).join()}`;
    groups.set(key, [...(groups.get(key) ?? []), open]);
  }
  return [...groups.values()].flatMap((group) =>
    merged(group.map(({ ended }) => ({ ...ended, results: [] }))).map((ended) => ({ ...group[0], ended })),
  );
}

/** The alarms of a rotation on the local AWS, as CloudWatch would see them: by what the Lambda and AWS really say. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LocalAws } from './support';
import { AccessKeyRotation, AccessKeyRotationProps } from '../../src';
import { AlarmDefinition, evaluate, State, Store } from '../monitoring/alarm-evaluation';
import { DAY, HOUR, MINUTE } from '../monitoring/checks';
import { Datapoint, datapointsOf } from '../monitoring/embedded-metrics';
import { plain } from '../template/intrinsics';
import { Synthesized } from '../template/support';

/** Between two looks at the log and at the dead-letter queue. */
const LOOK_EVERY = 6 * HOUR;

/** SQS tells the length of a queue at least so often. */
const SQS_EVERY = 5 * MINUTE;

/** More than any alarm looks back. */
const FORGOTTEN = 12 * DAY;

export class AlarmWatch {
  public static async deploy(aws: LocalAws, props: () => AccessKeyRotationProps): Promise<AlarmWatch> {
    let built: Synthesized;
    await aws.deploy(props, (stack, rotation: AccessKeyRotation) => {
      built = new Synthesized(stack, rotation);
    });
    return new AlarmWatch(aws, built!, (await aws.emulator.now()).getTime());
  }

  private readonly handler: string;
  private readonly queue: string;
  /** By name, such as "checksMissing"; in it, things have the names that they got when they were deployed. */
  private readonly alarms: readonly (readonly [string, AlarmDefinition])[];
  private readonly states = new Map<string, State>();
  private readonly hours: { readonly at: number; readonly on: string[] }[] = [];
  private datapoints: Datapoint[] = [];
  private nextLength: number;
  private nextHour: number;

  private constructor(
    private readonly aws: LocalAws,
    built: Synthesized,
    createdAt: number,
  ) {
    this.nextLength = this.nextHour = createdAt;
    this.handler = aws.outputs.Function;
    this.queue = aws.outputs.DeadLetters.split('/').at(-1)!;
    const only = (type: string) => Object.entries(built.resources).find(([, { Type }]) => Type === type)![0];
    const deployed = {
      'AWS::Region': aws.emulator.clientConfig.region,
      [only('AWS::Lambda::Function')]: this.handler,
      [`${only('AWS::SQS::Queue')}.QueueName`]: this.queue,
    };
    const { alarms } = built.rotation;
    this.alarms = Object.entries(alarms!)
      .filter(([, alarm]) => alarms!.all.includes(alarm))
      .map(([name, alarm]) => {
        const [{ Properties }] = Object.values(built.below(alarm));
        return [name, plain(Properties, deployed)] as const;
      });
  }

  /** The alarms that are on. */
  public get on(): string[] {
    return this.hours.at(-1)!.on;
  }

  /** Lets days pass. @returns the alarms that were on at some hour of them */
  public async pass(days: number): Promise<string[]> {
    const from = await this.now();
    for (let left = days * DAY; left > 0; left -= LOOK_EVERY) {
      await this.aws.emulator.advanceTo(new Date((await this.now()) + Math.min(left, LOOK_EVERY)));
      await this.look();
    }
    return this.onSince(from);
  }

  /** An outage of the rules. @returns the alarms that were on at some hour of it */
  public async passWithoutRules(days: number): Promise<string[]> {
    const from = await this.now();
    await this.aws.emulator.skipTo(new Date(from + days * DAY));
    await this.look();
    return this.onSince(from);
  }

  private onSince(from: number): string[] {
    return [...new Set(this.hours.filter(({ at }) => at >= from).flatMap(({ on }) => on))].sort();
  }

  private async now(): Promise<number> {
    return (await this.aws.emulator.now()).getTime();
  }

  private async look(): Promise<void> {
    const now = await this.now();
    const { emulator } = this.aws;
    this.datapoints = this.datapoints.filter(({ timestamp }) => timestamp > now - FORGOTTEN);
    for (const { message, time } of await emulator.logs({ forget: true })) {
      const timestamp = Date.parse(time);
      // The Lambda's process has the real clock, and AWS's is moved: so the time at which the log got a line stands in
      // for the one that the line tells. On AWS, these clocks agree.
      this.datapoints.push(...datapointsOf(message).map((datapoint) => ({ ...datapoint, timestamp })));
      if (message.startsWith('START ')) this.datapoints.push(this.errors(timestamp, 0));
    }
    // AWS/Lambda's own. What MiniStack has of it knows nothing of failures and repeats of an event that a rule sent.
    for (const { error, time } of (await emulator.faults()).runs) {
      if (error !== null) this.datapoints.push(this.errors(Date.parse(time), 1));
    }
    this.datapoints.push(...(await this.queueLength(now)));
    this.evaluateUntil(now);
  }

  private errors(timestamp: number, value: number): Datapoint {
    return { namespace: 'AWS/Lambda', name: 'Errors', timestamp, value, dimensions: { FunctionName: this.handler } };
  }

  /** AWS/SQS's own, which MiniStack does not have: the real queue's length, ever since the last look. */
  private async queueLength(now: number): Promise<Datapoint[]> {
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.aws.outputs.DeadLetters,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    const value = Number(Attributes!.ApproximateNumberOfMessages);
    const datapoints: Datapoint[] = [];
    for (; this.nextLength <= now; this.nextLength += SQS_EVERY) {
      datapoints.push({
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        timestamp: this.nextLength,
        value,
        dimensions: { QueueName: this.queue },
      });
    }
    return datapoints;
  }

  private evaluateUntil(now: number): void {
    const stored = new Store(this.datapoints);
    for (; this.nextHour <= now; this.nextHour += HOUR) {
      for (const [name, alarm] of this.alarms) {
        this.states.set(name, evaluate(alarm, stored, this.nextHour, this.states.get(name) ?? 'INSUFFICIENT_DATA'));
      }
      this.hours.push({
        at: this.nextHour,
        on: [...this.states]
          .filter(([, state]) => state === 'ALARM')
          .map(([name]) => name)
          .sort(),
      });
    }
  }
}

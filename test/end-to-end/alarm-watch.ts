/** Evaluates the alarms of a rotation on the local AWS like CloudWatch, with the metrics of the function and of AWS. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LocalAws } from './support';
import { AccessKeyRotation, AccessKeyRotationProps } from '../../src';
import { AlarmDefinition, evaluate, State, Store } from '../monitoring/alarm-evaluation';
import { DAY, HOUR, MINUTE } from '../monitoring/checks';
import { Datapoint, datapointsOf } from '../monitoring/embedded-metrics';
import { plain } from '../template/intrinsics';
import { Synthesized } from '../template/support';

/** Time between two reads of the log and of the dead-letter queue. */
const READ_INTERVAL = 6 * HOUR;

/** The longest time between two datapoints of SQS. */
const SQS_INTERVAL = 5 * MINUTE;

/** Datapoints are kept for longer than any alarm evaluates. */
const RETENTION = 12 * DAY;

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
  /** By name, such as "checksMissing". The definitions have the names of the deployed resources. */
  private readonly alarms: readonly (readonly [string, AlarmDefinition])[];
  private readonly states = new Map<string, State>();
  private readonly hours: { readonly at: number; readonly inAlarm: string[] }[] = [];
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

  /** The alarms that are in ALARM. */
  public get inAlarm(): string[] {
    return this.hours.at(-1)!.inAlarm;
  }

  /** Simulates days. @returns the alarms that were in ALARM at any hour of them */
  public async pass(days: number): Promise<string[]> {
    const from = await this.now();
    for (let left = days * DAY; left > 0; left -= READ_INTERVAL) {
      await this.aws.emulator.advanceTo(new Date((await this.now()) + Math.min(left, READ_INTERVAL)));
      await this.read();
    }
    return this.inAlarmSince(from);
  }

  /** Simulates days without rules. @returns the alarms that were in ALARM at any hour of them */
  public async passWithoutRules(days: number): Promise<string[]> {
    const from = await this.now();
    await this.aws.emulator.skipTo(new Date(from + days * DAY));
    await this.read();
    return this.inAlarmSince(from);
  }

  private inAlarmSince(from: number): string[] {
    return [...new Set(this.hours.filter(({ at }) => at >= from).flatMap(({ inAlarm }) => inAlarm))].sort();
  }

  private async now(): Promise<number> {
    return (await this.aws.emulator.now()).getTime();
  }

  private async read(): Promise<void> {
    const now = await this.now();
    const { emulator } = this.aws;
    this.datapoints = this.datapoints.filter(({ timestamp }) => timestamp > now - RETENTION);
    for (const { message, time } of await emulator.logs({ forget: true })) {
      const timestamp = Date.parse(time);
      // The process of the function has the real clock, and the local AWS has a simulated one. So the time of the log
      // event replaces the time in the line. On AWS, these clocks agree.
      this.datapoints.push(...datapointsOf(message).map((datapoint) => ({ ...datapoint, timestamp })));
      if (message.startsWith('START ')) this.datapoints.push(this.errors(timestamp, 0));
    }
    // The metric of AWS/Lambda. That of MiniStack lacks failures and retries of the events of rules.
    for (const { error, time } of (await emulator.faults()).runs) {
      if (error !== null) this.datapoints.push(this.errors(Date.parse(time), 1));
    }
    this.datapoints.push(...(await this.queueLength(now)));
    this.evaluateUntil(now);
  }

  private errors(timestamp: number, value: number): Datapoint {
    return { namespace: 'AWS/Lambda', name: 'Errors', timestamp, value, dimensions: { FunctionName: this.handler } };
  }

  /** The metric of AWS/SQS, which MiniStack does not have: the length of the queue since the last read. */
  private async queueLength(now: number): Promise<Datapoint[]> {
    const { Attributes } = await this.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.aws.outputs.DeadLetters,
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    const value = Number(Attributes!.ApproximateNumberOfMessages);
    const datapoints: Datapoint[] = [];
    for (; this.nextLength <= now; this.nextLength += SQS_INTERVAL) {
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
        inAlarm: [...this.states]
          .filter(([, state]) => state === 'ALARM')
          .map(([name]) => name)
          .sort(),
      });
    }
  }
}

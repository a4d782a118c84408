/** The datapoints of the rotation function and of AWS for the checks that the rules of a template start. */
import { Datapoint } from './embedded-metrics';
import { Action } from '../../src/contract/events';
import { Cause, METRICS, NAMESPACE } from '../../src/contract/metrics';
import { FIRST_KEY_TYPE } from '../../src/contract/settings';
import { plain } from '../template/intrinsics';
import { Synthesized } from '../template/support';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Check {
  readonly at: number;
  readonly username: string;
  readonly action: Action;
}

/** The checks that rules or schedules start in some days, from midnight. */
export function checksOf(built: Synthesized, from: number, days: number): Check[] {
  return [...built.ofType('AWS::Events::Rule'), ...built.ofType('AWS::Scheduler::Schedule')]
    .flatMap(({ Properties: { ScheduleExpression, Targets, Target = Targets[0] } }) => {
      const { action, username } = JSON.parse(Target.Input);
      return startsOf(ScheduleExpression, from, days).map((at) => ({ at, username, action }));
    })
    .sort((a, b) => a.at - b.at);
}

/** Emits datapoints with the dimensions of a rotation, its function and its queue. */
export class Emitter {
  private readonly rotation: string;
  private readonly queue: string;
  private readonly handler: string;

  constructor(private readonly built: Synthesized) {
    this.rotation = plain(built.the('AWS::Lambda::Function').Properties.Environment.Variables.ROTATION);
    const only = (type: string) => Object.entries(built.resources).find(([, { Type }]) => Type === type)![0];
    this.handler = only('AWS::Lambda::Function');
    this.queue = `${only('AWS::SQS::Queue')}.QueueName`;
  }

  /** Checks that complete. A rule starts up to a minute late. */
  public checks(checks: readonly Check[], { overdue = 0, overLimit = 0 } = {}): Datapoint[] {
    return checks.flatMap(({ at, action }, index) => {
      const when = at + ((index * 7_919) % MINUTE);
      return [
        this.own(METRICS.checks, when, 1),
        this.own(METRICS.checks, when, 1, { Action: action }),
        this.own(METRICS.users, when, this.built.rotation.users.length),
        this.own(METRICS.overdue, when, overdue),
        this.own(METRICS.overLimit, when, overLimit),
        this.own(METRICS.oldestActiveKey, when, 50),
        this.errors(when, 0),
      ];
    });
  }

  /** First keys that a deploy issues or updates. */
  public firstKeys(at: number): Datapoint[] {
    return this.built.ofType(FIRST_KEY_TYPE).map(() => this.own(METRICS.checks, at, 1));
  }

  /** A metric of the rotation. */
  public own(name: string, timestamp: number, value: number, more: Record<string, string> = {}): Datapoint {
    return { namespace: NAMESPACE, name, timestamp, value, dimensions: { Rotation: this.rotation, ...more } };
  }

  /** An attempt that fails: the metrics of Lambda and of the rotation. */
  public failure(timestamp: number, cause: Cause): Datapoint[] {
    return [
      this.errors(timestamp, 1),
      this.own(METRICS.failures, timestamp, 1),
      this.own(METRICS.failures, timestamp, 1, { Cause: cause }),
    ];
  }

  public errors(timestamp: number, value: number): Datapoint {
    return { namespace: 'AWS/Lambda', name: 'Errors', timestamp, value, dimensions: { FunctionName: this.handler } };
  }

  /** The length of the queue. SQS publishes it for some hours after the last use of the queue. */
  public deadLetters(from: number, value: number): Datapoint[] {
    return Array.from({ length: 6 * 60 }, (_, minutes) => ({
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      timestamp: from + minutes * MINUTE,
      value,
      dimensions: { QueueName: this.queue },
    }));
  }
}

function startsOf(expression: string, from: number, days: number): number[] {
  const [, rate] = /^rate\((\d+) days?\)$/.exec(expression) ?? [];
  if (rate) return Array.from({ length: Math.floor(days / +rate) }, (_, index) => from + (index + 1) * +rate * DAY);
  const [, minute, hours, dates] = /^cron\((\d+) (\S+) (\S+) \* \? \*\)$/.exec(expression) ?? [];
  if (!minute) throw new Error(`the tests do not support ${expression}`);
  const every = (field: string, of: number): number[] => {
    const [first, step] = field.split('/').map(Number);
    return step ? Array.from({ length: Math.ceil((of - first) / step) }, (_, index) => first + index * step) : [first];
  };
  const isDate = (day: number) => dates === '*' || every(dates, 32).includes(new Date(day).getUTCDate());
  return Array.from({ length: days }, (_, index) => from + index * DAY)
    .filter(isDate)
    .flatMap((day) => every(hours, 24).map((hour) => day + hour * HOUR + Number(minute) * MINUTE));
}

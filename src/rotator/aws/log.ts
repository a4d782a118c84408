import { Action, Command } from '../../contract/events';
import { Cause, DIMENSIONS, Measurements, NAMESPACE } from '../../contract/metrics';
import { causeOf } from '../domain/failure';

/** One JSON object a line: CloudWatch Logs Insights finds the fields by itself. */
export function log(
  level: 'INFO' | 'WARN' | 'ERROR',
  fields: { readonly message: string; readonly [field: string]: unknown },
): void {
  // Straight to the stream: the runtime's console would put a prefix before the JSON.
  process.stdout.write(`${JSON.stringify({ level, ...fields })}\n`);
}

/** Of an unexpected error the stack too. Of the others, the message says all that there is to know. */
export function errorFields(error: unknown): { readonly message: string; readonly stack?: string } {
  const { message, stack } = error as Error;
  return { message, ...(causeOf(error) === 'Other' && { stack }) };
}

export interface Measured {
  readonly values: Measurements;
  /** Counted by this as well as by rotation. */
  readonly by?: { readonly Action: Action | Command } | { readonly Cause: Cause };
}

/** Fields of a line of the log that CloudWatch makes metrics of: its embedded metric format. */
export function metrics(rotation: string, ...all: readonly Measured[]): Record<string, unknown> {
  return {
    [DIMENSIONS.rotation]: rotation,
    ...Object.assign({}, ...all.map(({ values, by }) => ({ ...values, ...by }))),
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: all.map(({ values, by }) => ({
        Namespace: NAMESPACE,
        Dimensions: [[DIMENSIONS.rotation], ...(by ? [[DIMENSIONS.rotation, ...Object.keys(by)]] : [])],
        Metrics: Object.keys(values).map((Name) => ({ Name, Unit: 'Count' })),
      })),
    },
  };
}

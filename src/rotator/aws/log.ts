import { Action, Command } from '../../contract/events';
import { LOG_SCHEMA, RecordName } from '../../contract/log-records';
import { Cause, DIMENSIONS, Measurements, NAMESPACE } from '../../contract/metrics';
import { causeOf } from '../domain/failure';
import { RotationContext } from '../domain/user-state';

/**
 * One JSON object on each line: CloudWatch Logs Insights discovers its fields.
 *
 * The name of the rotation is the field that {@link metrics} need for their dimension. A name is unique in an account.
 */
export function log(
  level: 'INFO' | 'WARN' | 'ERROR',
  { account, rotation }: Pick<RotationContext, 'account' | 'rotation'>,
  fields: { readonly record: RecordName; readonly message: string; readonly [field: string]: unknown },
): void {
  // Not `console`: the Lambda runtime puts a prefix before its lines.
  process.stdout.write(
    `${JSON.stringify({
      level,
      schema: LOG_SCHEMA,
      at: new Date(Date.now()).toISOString(),
      account,
      [DIMENSIONS.rotation]: rotation,
      ...fields,
    })}\n`,
  );
}

/** Only an unexpected error has a stack trace in the log. */
export function errorFields(error: unknown): { readonly message: string; readonly stack?: string } {
  const { message, stack } = error as Error;
  return { message, ...(causeOf(error) === 'Other' && { stack }) };
}

export interface Measured {
  readonly values: Measurements;
  /** A dimension in addition to the rotation: the values are counted with it and without it. */
  readonly by?: { readonly Action: Action | Command } | { readonly Cause: Cause };
}

/**
 * Fields of a record from which CloudWatch extracts metrics.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function metrics(...all: readonly Measured[]): Record<string, unknown> {
  return {
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

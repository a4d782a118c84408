/** One value of a metric, as CloudWatch stores it. */
export interface Datapoint {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly value: number;
}

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [field: string]: unknown;
}

/** The datapoints of a log line in the embedded metric format of CloudWatch; none for another line. */
export function datapointsOf(line: string): Datapoint[] {
  const fields = parsed(line);
  if (!fields?._aws) return [];
  const { Timestamp: timestamp, CloudWatchMetrics } = fields._aws;
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) => {
    const sets = Dimensions.map((set) =>
      Object.fromEntries(set.map((dimension) => [dimension, textOf(fields, dimension)])),
    );
    return Metrics.flatMap(({ Name: name }) =>
      valuesOf(fields, name).flatMap((value) =>
        sets.map((dimensions) => ({ namespace, name, dimensions, timestamp, value })),
      ),
    );
  });
}

function valuesOf(fields: EmbeddedMetrics, name: string): number[] {
  const values = [fields[name]].flat();
  const wrong = values.find((value) => typeof value !== 'number');
  if (wrong !== undefined || fields[name] === undefined) {
    throw new Error(`the metric ${name} is ${JSON.stringify(fields[name])}, expected a number`);
  }
  return values as number[];
}

function textOf(fields: EmbeddedMetrics, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`the dimension ${name} is ${JSON.stringify(value)}, expected a text`);
  }
  return value;
}

function parsed(line: string): EmbeddedMetrics | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the lines of the Lambda runtime are not JSON
  }
}

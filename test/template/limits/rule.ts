/** Building blocks of the rules for AWS's limits. */
import { Deployment, Located } from '../deployment';

/** Returns the violations of a limit in a deployment. */
export type Rule = (deployment: Deployment) => string[];

/** A measured size. */
interface Measured {
  readonly of: string;
  readonly size: number;
}

/** No measured size may exceed a limit. */
export function atMost(limit: number, what: string, measure: (deployment: Deployment) => readonly Measured[]): Rule {
  return (deployment) =>
    measure(deployment)
      .filter(({ size }) => size > limit)
      .map(({ of, size }) => `${of}: ${size} ${what}, AWS allows ${limit}`);
}

/** A property of a resource type has a maximum length and, if a pattern is given, matches it. */
export function text(type: string, property: string, limit: number, form = /^[^]*$/): Rule {
  return (deployment) =>
    deployment.ofType(type).flatMap((located) => {
      const value: unknown = property
        .split('.')
        .reduce((inside, name) => inside?.[name], deployment.properties(located));
      if (value === undefined || (typeof value === 'string' && value.length <= limit && form.test(value))) return [];
      return [
        `${nameOf(located)}: ${property} is ${JSON.stringify(value)}, AWS allows ${limit} characters of the form ${form.source}`,
      ];
    });
}

/** The name of a resource in a violation. */
export function nameOf({ stack, id }: Located): string {
  return `${stack.name}/${id}`;
}

/** The size of a value in bytes, as JSON without white space. */
export function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The sum of sizes by key. */
export function sums(parts: readonly Measured[]): Measured[] {
  const sizes = new Map<string, number>();
  for (const { of, size } of parts) sizes.set(of, (sizes.get(of) ?? 0) + size);
  return [...sizes].map(([of, size]) => ({ of, size }));
}

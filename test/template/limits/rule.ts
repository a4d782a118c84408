/** What the rules of AWS's limits are made of. */
import { Deployment, Located } from '../deployment';

/** Looks at all that is deployed, and says what breaks a limit. */
export type Rule = (deployment: Deployment) => string[];

/** Something that is measured. */
interface Measured {
  readonly of: string;
  readonly size: number;
}

/** Nothing of what is measured may exceed a limit. */
export function maxDelay(limit: number, what: string, measure: (deployment: Deployment) => readonly Measured[]): Rule {
  return (deployment) =>
    measure(deployment)
      .filter(({ size }) => size > limit)
      .map(({ of, size }) => `${of}: ${size} ${what}, AWS takes ${limit}`);
}

/** A property of resources of a type is no longer than that and, where a pattern is given, has that form. */
export function text(type: string, property: string, limit: number, form = /^[^]*$/): Rule {
  return (deployment) =>
    deployment.ofType(type).flatMap((located) => {
      const value: unknown = property
        .split('.')
        .reduce((inside, name) => inside?.[name], deployment.properties(located));
      if (value === undefined || (typeof value === 'string' && value.length <= limit && form.test(value))) return [];
      return [
        `${nameOf(located)}: ${property} is ${JSON.stringify(value)}, AWS takes ${limit} characters of the form ${form.source}`,
      ];
    });
}

/** What a resource is called in what a rule says. */
export function nameOf({ stack, id }: Located): string {
  return `${stack.name}/${id}`;
}

/** So many bytes a value has as JSON without white space. */
export function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The sum of sizes by key. */
export function sums(parts: readonly Measured[]): Measured[] {
  const sizes = new Map<string, number>();
  for (const { of, size } of parts) sizes.set(of, (sizes.get(of) ?? 0) + size);
  return [...sizes].map(([of, size]) => ({ of, size }));
}

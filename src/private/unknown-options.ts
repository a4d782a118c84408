import { isObject, partsOf, Shape, ShapedValue } from './shape';

/** What values of this library keep of their options until a rotation, which can warn, gets them. */
interface MadeFromOptions {
  readonly _unknownOptions: readonly string[];
}

/** The unknown options in a value that has its shape: a sentence for each, with its path and the nearest option. */
export function unknownOptions(path: string, value: unknown, shape: Shape): string[] {
  if (!isObject(value)) return [];
  if ('_unknownOptions' in value) return [...(value as MadeFromOptions)._unknownOptions];
  return [
    ...unknownKeys({ path, value, shape }),
    ...partsOf({ path, value, shape }).flatMap((part) => unknownOptions(part.path, part.value, part.shape)),
  ];
}

function unknownKeys({ path, value, shape }: ShapedValue): string[] {
  const { closedInterface, options = {} } = shape;
  if (!closedInterface) return [];
  const known = Object.keys(options);
  return Object.keys(value as object)
    .filter((key) => !known.includes(key))
    .map((key) => `${path} has "${key}", which is not an option of ${closedInterface}. ${suggestion(key, known)}`);
}

/** The nearest option. If none is near, all of them. */
function suggestion(key: string, known: readonly string[]): string {
  const nearest = known.reduce((best, name) => (distance(key, name) < distance(key, best) ? name : best));
  return distance(key, nearest) <= Math.max(key.length, nearest.length) / 2
    ? `The nearest option is "${nearest}".`
    : `The options are ${known.map((name) => `"${name}"`).join(', ')}.`;
}

/** Levenshtein's distance, upper and lower case ignored. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

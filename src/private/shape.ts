import { Token } from 'aws-cdk-lib';

/**
 * Checks of values by their members. The compiler checks types only of typed callers, and `instanceof` fails for values
 * of another copy of the CDK or of this library.
 */
export interface Shape {
  /** Such as "a Duration". */
  readonly expected: string;
  /** What to do, as a sentence. */
  readonly fix: string;
  readonly matches: (value: unknown) => boolean;
  /** Checks of each element of a list or map. */
  readonly element?: Shape;
}

/** The options of one interface. The name is that of the class in Python. */
export interface Options {
  readonly name: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/** Values that are objects with some members. The getters of the members are not called. */
export function withMembers(expected: string, fix: string, ...members: string[]): Shape {
  return { expected, fix, matches: (value) => isObject(value) && members.every((member) => member in value) };
}

/** One of the values of an enum. */
export function oneOf(name: string, suggested: string, values: readonly unknown[]): Shape {
  return {
    expected: `one of ${name}`,
    fix: `Use ${name}.${suggested} or another one.`,
    matches: (value) => values.includes(value),
  };
}

export function listOf(element: Shape): Shape {
  return { expected: 'a list', fix: 'Put it into a list.', matches: Array.isArray, element };
}

/** A value, or a token that the CDK resolves to it. */
export function primitive(type: 'string' | 'number', fix: string): Shape {
  return {
    expected: `a ${type}`,
    fix,
    matches: (value) => typeof value === type || (isObject(value) && Token.isUnresolved(value)),
  };
}

export const BOOLEAN: Shape = {
  expected: 'true or false',
  fix: 'Pass a boolean, without quotation marks.',
  matches: (value) => typeof value === 'boolean',
};

/** The first value of the wrong shape, as a sentence with its path and a fix; undefined if there is none. */
export function shapeProblem(path: string, value: unknown, shape: Shape): string | undefined {
  if (!shape.matches(value)) return `${path} is ${quoted(value)}, but it must be ${shape.expected}. ${shape.fix}`;
  const { element } = shape;
  if (!element) return undefined;
  const entries = Array.isArray(value)
    ? value.map((item, index) => [`${path}[${index}]`, item] as const)
    : Object.entries(value as object).map(([key, item]) => [`${path}.${key}`, item] as const);
  for (const [itemPath, item] of entries) {
    const problem = shapeProblem(itemPath, item, element);
    if (problem) return problem;
  }
  return undefined;
}

/** Like `shapeProblem()` for an object of options. Undefined and null are options that are not set. */
export function optionsProblem(path: string, given: unknown, options: Options): string | undefined {
  if (!isObject(given) || Array.isArray(given)) {
    return `${path} is ${quoted(given)}, but it must be an object of options. Pass ${example(options)}.`;
  }
  const snake = unknownOptions(given, options).find((key) => camelCase(key) in options.shapes);
  if (snake) {
    return `${path}: It has "${snake}": in Python, pass ${options.name}(${snake}=…) and not a dict.`;
  }
  for (const [name, shape] of Object.entries(options.shapes)) {
    const value = (given as Record<string, unknown>)[name];
    const isSet = value !== undefined && value !== null;
    const problem =
      isSet || options.required?.includes(name) ? shapeProblem(`${path}.${name}`, value, shape) : undefined;
    if (problem) return problem;
  }
  return undefined;
}

/** The options that are set. Callers without types pass null for an option that is not set. */
export function setOptions<T extends object>(given: T): T {
  const isSet = ([, value]: [string, unknown]): boolean => value !== undefined && value !== null;
  return Object.fromEntries(Object.entries(given).filter(isSet)) as T;
}

/** The names of options that do not exist. */
export function unknownOptions(given: object, { shapes }: Options): string[] {
  return Object.keys(given).filter((key) => !Object.keys(shapes).includes(key));
}

/** What a warning says of unknown options: their path, and the nearest option that exists. */
export function unknownOptionRemarks(path: string, given: object, options: Options): string[] {
  return unknownOptions(given, options).map((key) => {
    const known = Object.keys(options.shapes);
    const nearest = known.reduce((best, name) => (distance(key, name) < distance(key, best) ? name : best));
    return `${path} has the unknown option "${key}". The nearest option is "${nearest}".`;
  });
}

const remarks = new WeakMap<object, string[]>();

/** Keeps remarks on the options of a value until a rotation, which can warn, gets that value. */
export function keepRemarks<T extends object>(value: T, path: string, given: object, options: Options): T {
  const found = unknownOptionRemarks(path, given, options);
  if (found.length > 0) remarks.set(value, found);
  return value;
}

/** The remarks that were kept of the values of an object. */
export function keptRemarks(props: object): string[] {
  return Object.values(props).flatMap((value) => (isObject(value) ? (remarks.get(value) ?? []) : []));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function example({ shapes }: Options): string {
  return `{ ${Object.keys(shapes)[0]}: … }`;
}

function camelCase(name: string): string {
  return name.includes('_') ? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : '';
}

/** The value in a few words: a token is text in JSON, and a construct has no JSON at all. */
function quoted(value: unknown): string {
  if (typeof value === 'function') return `the class or function ${value.name || 'without a name'}`;
  if (Array.isArray(value)) return 'a list';
  if (!isObject(value)) return typeof value === 'string' ? `"${value}"` : String(value);
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? 'an object' : `an object of the class ${name}`;
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

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
  /** The shape of each element of a list or map. */
  readonly element?: Shape;
  /** The shapes of the options of an object. Undefined and null are options that are not set. */
  readonly options?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** The interface, if no option exists besides `options`. Those of the CDK have more in newer versions. */
  readonly closedInterface?: string;
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

export function mapOf(element: Shape, expected: string): Shape {
  return { expected, fix: "Pass { key: 'value' }.", matches: isPlain, element };
}

/** An interface of the CDK. */
export function optionsOf<T>(options: Record<keyof T & string, Shape>, ...required: (keyof T & string)[]): Shape {
  const fix = `Pass { ${required[0] ?? Object.keys(options)[0]}: … }.`;
  return { expected: 'an object of options', fix, matches: isPlain, options, required };
}

/** An interface of this library, of which all options are known. */
export function closedOptionsOf<T>(
  closedInterface: string,
  options: Record<keyof T & string, Shape>,
  ...required: (keyof T & string)[]
): Shape {
  return { ...optionsOf<T>(options, ...required), closedInterface };
}

/** A value, or a token that the CDK resolves to it. */
function primitive(type: 'string' | 'number'): Shape {
  return {
    expected: `a ${type}`,
    fix: `Pass a ${type}.`,
    matches: (value) => typeof value === type || (isObject(value) && Token.isUnresolved(value)),
  };
}

export const STRING = primitive('string');

export const NUMBER = primitive('number');

export const BOOLEAN: Shape = {
  expected: 'true or false',
  fix: 'Pass a boolean, without quotation marks.',
  matches: (value) => typeof value === 'boolean',
};

/** @throws if the value, or a value in it, has the wrong shape */
export function checkShape(place: string, path: string, value: unknown, shape: Shape): void {
  const problem = shapeProblem(path, value, shape);
  if (problem) throw new Error(`${place}: ${problem}`);
}

/** Like `checkShape()`, and returns the options that are set. An object of options can be left out. */
export function checkOptions<T extends object>(place: string, path: string, given: T | undefined, shape: Shape): T {
  const options = given ?? ({} as T);
  checkShape(place, path, options, shape);
  return setOptions(options);
}

/** The options that are set. Callers without types pass null for an option that is not set. */
export function setOptions<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => isSet(value))) as T;
}

export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export interface ShapedValue {
  readonly path: string;
  readonly value: unknown;
  readonly shape: Shape;
}

/** The elements or options of a value that matches its shape. */
export function partsOf({ path, value, shape }: ShapedValue): ShapedValue[] {
  const { element, options, required } = shape;
  if (element && Array.isArray(value)) {
    return value.map((item, index) => ({ path: `${path}[${index}]`, value: item, shape: element }));
  }
  const nameOf = (key: string): string => (path === PROPS ? key : `${path}.${key}`);
  if (element) {
    return Object.entries(value as object).map(([key, item]) => ({ path: nameOf(key), value: item, shape: element }));
  }
  return Object.entries(options ?? {})
    .map(([key, option]) => ({ key, option, given: (value as Record<string, unknown>)[key] }))
    .filter(({ key, given }) => isSet(given) || required?.includes(key))
    .map(({ key, option, given }) => ({ path: nameOf(key), value: given, shape: option }));
}

/** The path of the properties of the construct. Its options are named without it, as in the app. */
export const PROPS = 'props';

/** The first value of the wrong shape, as a sentence with its path and a fix; undefined if there is none. */
function shapeProblem(path: string, value: unknown, shape: Shape): string | undefined {
  if (!shape.matches(value)) return `${path} is ${quoted(value)}, but it must be ${shape.expected}. ${shape.fix}`;
  for (const part of partsOf({ path, value, shape })) {
    const problem = shapeProblem(part.path, part.value, part.shape);
    if (problem) return problem;
  }
  return undefined;
}

function isPlain(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value);
}

/** The value in a few words: a token is text in JSON, and a construct has no JSON at all. */
function quoted(value: unknown): string {
  if (typeof value === 'function') return `the class or function ${value.name || 'without a name'}`;
  if (Array.isArray(value)) return 'a list';
  if (!isObject(value)) return typeof value === 'string' ? `"${value}"` : String(value);
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? 'an object' : `an object of the class ${name}`;
}

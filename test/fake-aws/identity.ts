/**
 * A number for the content of a value: equal values have the same number. The values of the model are immutable, so
 * each is serialized once and keeps its number. This makes states cheap to compare.
 */
const IDENTITY = Symbol('identity');
const identities = new Map<string, number>();

export function identity<T extends object>(value: T & { [IDENTITY]?: number }, show: (value: T) => string): number {
  const known = value[IDENTITY];
  if (known !== undefined) return known;
  const text = show(value);
  const number = identities.get(text) ?? identities.size;
  identities.set(text, number);
  // Not enumerable: a changed copy must not inherit it.
  Object.defineProperty(value, IDENTITY, { value: number });
  return number;
}

/**
 * A short name for what a value says: equal values have the same. The model's values are copied on write and never
 * change, so each is looked at once, and bears its name from then on. It is what makes states cheap to compare.
 */
const NAME = Symbol('name');
const names = new Map<string, number>();

export function identity<T extends object>(value: T & { [NAME]?: number }, show: (value: T) => string): number {
  const known = value[NAME];
  if (known !== undefined) return known;
  const text = show(value);
  const name = names.get(text) ?? names.size;
  names.set(text, name);
  // Not enumerable: a changed copy must not inherit it.
  Object.defineProperty(value, NAME, { value: name });
  return name;
}

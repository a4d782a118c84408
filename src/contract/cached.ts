/** The value of a key: the one that was made before, or a new one. A function that throws is called again. */
export function cached<T>(values: Map<string, T>, key: string, make: () => T): T {
  if (!values.has(key)) values.set(key, make());
  return values.get(key) as T;
}

/**
 * The fields that a document may have: a pattern for a text, one shape for all entries of a list. Optional names end
 * with `?`.
 */
export type Shape = RegExp | readonly [Shape] | { readonly [name: string]: Shape };

export const text = /./;
export const oneOf = (...values: string[]) => new RegExp(`^(?:${values.join('|')})$`);

/** @returns a line for each field that is missing, wrong, or not in the shape */
export function problemsOf(value: unknown, shape: Shape, path = ''): string[] {
  const at = (name: string | number) => (path ? `${path}.${name}` : `${name}`);
  if (shape instanceof RegExp) {
    return typeof value === 'string' && shape.test(value) ? [] : [`${path} is ${JSON.stringify(value)}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((entry, index) => problemsOf(entry, shape[0], at(index)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const fields = Object.entries(shape).map(([name, of]) => ({
    name: name.replace('?', ''),
    needed: !name.endsWith('?'),
    of,
  }));
  const given = value as Record<string, unknown>;
  return [
    ...fields.flatMap(({ name, needed, of }) => {
      if (given[name] === undefined) return needed ? [`${at(name)} is missing`] : [];
      return problemsOf(given[name], of, at(name));
    }),
    ...Object.keys(given)
      .filter((name) => !fields.some((field) => field.name === name))
      .map((name) => `${at(name)} is no field`),
  ];
}

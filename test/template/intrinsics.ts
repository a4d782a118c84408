/**
 * Replaces CloudFormation's functions in a part of a template: by the logical ID, by `<logical ID>.<attribute>`, or by
 * the value that `deployed` has for it.
 */
export function plain(value: any, deployed: Readonly<Record<string, string>> = {}): any {
  const inside = (inner: any) => plain(inner, deployed);
  const nameOf = (name: string) => deployed[name] ?? name;
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== 'object' || value === null) return value;
  if (value.Ref) return nameOf(value.Ref);
  if (value['Fn::GetAtt']) return nameOf(value['Fn::GetAtt'].join('.'));
  if (value['Fn::Join']) return value['Fn::Join'][1].map(inside).join(value['Fn::Join'][0]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(inner)]));
}

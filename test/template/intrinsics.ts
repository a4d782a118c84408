/**
 * What stands in a template, with the names of things in place of CloudFormation's functions: the logical ID, or
 * `<logical ID>.<attribute>`, or what `deployed` has for it.
 */
export function plain(value: any, deployed: Readonly<Record<string, string>> = {}): any {
  const inside = (inner: any) => plain(inner, deployed);
  const called = (name: string) => deployed[name] ?? name;
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== 'object' || value === null) return value;
  if (value.Ref) return called(value.Ref);
  if (value['Fn::GetAtt']) return called(value['Fn::GetAtt'].join('.'));
  if (value['Fn::Join']) return value['Fn::Join'][1].map(inside).join(value['Fn::Join'][0]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(inner)]));
}

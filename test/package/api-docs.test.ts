/**
 * Every public member says what it is, in all five languages: the assembly that their docs are made from is searched.
 */
import { readFileSync } from 'fs';
import { join } from 'path';

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
}
interface Property extends Documented {
  readonly optional?: boolean;
}
interface Type extends Documented {
  readonly datatype?: boolean;
  readonly properties?: Property[];
  readonly methods?: Documented[];
  readonly members?: Documented[];
}

const { types: assembly } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.jsii'), 'utf8'));
const types: Type[] = Object.values(assembly);
const undocumented = (of: string, members: readonly Documented[] = []) =>
  members.filter(({ docs }) => !docs?.summary?.trim()).map(({ name }) => `${of}${name}`);

test('the assembly holds the public surface', () => {
  expect(types.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['AccessKeyRotation', 'RotationSchedule', 'AccessKeyRotationProps']),
  );
});

test('no public type is undocumented', () => {
  expect(undocumented('', types)).toEqual([]);
});

test('no public property, method or value of an enum is undocumented', () => {
  expect(
    types.flatMap(({ name, properties, methods, members }) =>
      undocumented(`${name}.`, [...(properties ?? []), ...(methods ?? []), ...(members ?? [])]),
    ),
  ).toEqual([]);
});

test('every option says what happens without it', () => {
  const options = types
    .filter(({ datatype }) => datatype)
    .flatMap(({ name, properties }) =>
      (properties ?? []).map((property) => ({ ...property, name: `${name}.${property.name}` })),
    );
  expect(options.filter(({ optional, docs }) => optional && !docs?.default).map(({ name }) => name)).toEqual([]);
});

/**
 * Every public member says what it is, in all five languages: the assembly that their docs are made from is searched.
 */
import { readFileSync } from 'fs';
import { join } from 'path';

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string; readonly example?: string };
}
interface Property extends Documented {
  readonly optional?: boolean;
  readonly static?: boolean;
}
interface Parameter extends Documented {
  readonly type: { readonly fqn?: string };
}
interface Method extends Documented {
  readonly static?: boolean;
  readonly parameters?: Parameter[];
}
interface Type extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly datatype?: boolean;
  readonly abstract?: boolean;
  readonly initializer?: { readonly parameters?: Parameter[] };
  readonly properties?: Property[];
  readonly methods?: Method[];
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

test('every class that users construct, or get from its static methods, has an example', () => {
  const constructed = types.filter(
    ({ kind, abstract, initializer, methods }) =>
      kind === 'class' && ((initializer && !abstract) || methods?.some((method) => method.static)),
  );
  expect(constructed.map(({ name }) => name)).toEqual(expect.arrayContaining(['AccessKeyRotation', 'Recipient']));
  expect(constructed.filter(({ docs }) => !docs?.example).map(({ name }) => name)).toEqual([]);
});

/** In Python, the properties of a struct become parameters, each with its own text. */
const isStruct = ({ type: { fqn = '' } }: Parameter) => assembly[fqn]?.datatype ?? /(?:Props|Options)$/.test(fqn);

// Python shows an undocumented parameter as an empty line, ":param scope: -".
test('no parameter of a constructor is undocumented, and none of a method but a struct', () => {
  expect(
    types.flatMap(({ name, initializer, methods }) => [
      ...undocumented(`new ${name}: `, initializer?.parameters),
      ...(methods ?? []).flatMap((method) =>
        undocumented(
          `${name}.${method.name}: `,
          method.parameters?.filter((parameter) => !isStruct(parameter)),
        ),
      ),
    ]),
  ).toEqual([]);
});

// A stability in package.json would be copied to each of them. "(experimental)" then precedes each summary in Python,
// Java and C#, and Go and Javadoc repeat it in a line of its own.
test('no type and no member repeats the stability of the package', () => {
  expect(JSON.stringify(assembly)).not.toContain('"stability":');
});

/**
 * The manifests of docs/consumers.md are valid by the schemas of External Secrets itself: those of its custom resource
 * definitions, in the Go module of the operator.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { execute, workplace } from './workplace';
import { pageOf } from '../package/pages/markdown';
import { read } from '../package/pages/repository';

/** The first minor version with `external-secrets.io/v1`. */
const OPERATOR = 'github.com/external-secrets/external-secrets@v0.16.2';

interface Schema {
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Kubernetes drops fields that are not in the schema. Here they are errors, except in its own metadata. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const manifests: Schema[] = pageOf(read('docs/consumers.md'))
  .fences.filter(({ info }) => info === 'yaml')
  .map(({ text }) => parse(text))
  .filter(({ apiVersion }) => apiVersion?.startsWith('external-secrets.io/'));

let problemsOf: (manifest: Schema) => ErrorObject[] | undefined;

beforeAll(async () => {
  const directory = join(workplace(), 'manifests');
  mkdirSync(directory);
  const { Dir } = JSON.parse(await execute(directory, {}, 'go', 'mod', 'download', '-json', OPERATOR));
  const validators = ['secretstores', 'externalsecrets'].flatMap((plural) => {
    const file = join(Dir, 'config', 'crds', 'bases', `external-secrets.io_${plural}.yaml`);
    const { spec } = parse(readFileSync(file, 'utf8')) as Definition;
    return spec.versions
      .filter(({ served }) => served)
      .map(({ name, schema }) => {
        const validate = new Ajv({ strict: false, allErrors: true, logger: false }).compile(
          closed(schema.openAPIV3Schema) as Schema,
        );
        return [`${spec.group}/${name} ${spec.names.kind}` as string, validate] as const;
      });
  });
  problemsOf = (manifest) => {
    const validate = new Map(validators).get(`${manifest.apiVersion} ${manifest.kind}`)!;
    return validate(manifest) ? undefined : validate.errors!;
  };
});

test('the page has a store, and two secrets', () => {
  expect(manifests.map(({ kind }) => kind)).toEqual(['SecretStore', 'ExternalSecret', 'ExternalSecret']);
});

test('each manifest is valid', () => {
  for (const manifest of manifests) expect(problemsOf(manifest)).toBeUndefined();
});

test('a field that the operator does not have is found, and a value that it does not know', () => {
  const [, secret] = manifests as { spec: Record<string, object> }[];
  const wrong = (spec: object) => problemsOf({ ...secret, spec: { ...secret.spec, ...spec } });

  expect(wrong({ refreshintervall: '1h' })).toEqual([expect.objectContaining({ keyword: 'additionalProperties' })]);
  expect(wrong({ target: { ...secret.spec.target, creationPolicy: 'Keep' } })).toEqual([
    expect.objectContaining({ keyword: 'enum', instancePath: '/spec/target/creationPolicy' }),
  ]);
});

/** The recipes of docs/consumers.md are what their tools accept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { oneOf, problemsOf, text, type Shape } from './shape';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'consumers.md'), 'utf8');

const REFERENCE = { name: text, key: text };
const REMOTE = { key: text, 'property?': text };
/**
 * The fields of `external-secrets.io/v1` that a recipe may use, from its reference.
 * @see https://external-secrets.io/latest/api/spec/
 */
const KINDS: Record<string, Shape> = {
  SecretStore: {
    apiVersion: oneOf('external-secrets.io/v1'),
    kind: oneOf('SecretStore'),
    metadata: { name: text },
    spec: {
      provider: {
        aws: {
          service: oneOf('SecretsManager', 'ParameterStore'),
          region: text,
          auth: { secretRef: { accessKeyIDSecretRef: REFERENCE, secretAccessKeySecretRef: REFERENCE } },
        },
      },
    },
  },
  ExternalSecret: {
    apiVersion: oneOf('external-secrets.io/v1'),
    kind: oneOf('ExternalSecret'),
    metadata: { name: text },
    spec: {
      refreshInterval: /^\d+[smh]$/,
      secretStoreRef: { name: text, kind: oneOf('SecretStore', 'ClusterSecretStore') },
      target: {
        name: text,
        'creationPolicy?': oneOf('Owner', 'Orphan', 'Merge', 'None'),
        'template?': { data: { cloud: text } },
      },
      data: [{ secretKey: text, remoteRef: REMOTE }],
    },
  },
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what YAML is
const manifests: any[] = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => parse(yaml));
const [store, renewal, file] = manifests;

test('each manifest has only fields that its kind has', () => {
  expect(manifests.map(({ kind }) => kind)).toEqual(['SecretStore', 'ExternalSecret', 'ExternalSecret']);
  for (const manifest of manifests) expect(problemsOf(manifest, KINDS[manifest.kind])).toEqual([]);
});

test('the store reads its credentials from the Secret that it renews, under the same names', () => {
  const { accessKeyIDSecretRef: id, secretAccessKeySecretRef: secret } = store.spec.provider.aws.auth.secretRef;

  expect([id.name, secret.name]).toEqual([renewal.spec.target.name, renewal.spec.target.name]);
  expect(renewal.spec.data.map((entry: { secretKey: string }) => entry.secretKey)).toEqual([id.key, secret.key]);
  for (const { spec } of [renewal, file]) expect(spec.secretStoreRef.name).toBe(store.metadata.name);
  const [, command] = /^kubectl create secret generic (.*)$/m.exec(PAGE)!;
  expect(command).toContain(`${id.name} --from-literal=${id.key}=`);
  expect(command).toContain(`--from-literal=${secret.key}=`);
});

test('the fields of the secret are those of a user without options', () => {
  for (const { spec } of [renewal, file]) {
    const properties = spec.data.map((entry: { remoteRef: { property: string } }) => entry.remoteRef.property);
    expect(properties).toEqual(['AccessKey', 'SecretKey']);
  }
});

test('the template of a credentials file uses the names that its data has', () => {
  const used = [...file.spec.target.template.data.cloud.matchAll(/\{\{ \.(\w+) \}\}/g)].map(([, name]) => name);

  expect(used).toEqual(file.spec.data.map((entry: { secretKey: string }) => entry.secretKey));
});

test('the crontab entry runs the program once a day', () => {
  const [, minute, hour, rest, command] = /^(\d+) (\d+) (\S+ \S+ \S+) (.*)$/m.exec(PAGE)!;

  expect([Number(minute) < 60, Number(hour) < 24, rest]).toEqual([true, true, '* * *']);
  expect(command).toBe('/usr/local/bin/aws-current-key --refresh >/dev/null');
});

describe('a wrong manifest is found', () => {
  test.each([
    ['metadata.name is missing', { kind: 'x', metadata: {} }],
    ['metadata.label is no field', { kind: 'x', metadata: { name: 'a', label: 'b' } }],
    ['kind is "y"', { kind: 'y', metadata: { name: 'a' } }],
    ['list is no list', { kind: 'x', metadata: { name: 'a' }, list: {} }],
    ['list.0.a is 1', { kind: 'x', metadata: { name: 'a' }, list: [{ a: 1 }] }],
  ])('%s', (problem, manifest) => {
    const shape: Shape = { kind: oneOf('x'), metadata: { name: text }, 'list?': [{ a: text }] };

    expect(problemsOf(manifest, shape)).toEqual([problem]);
  });
});

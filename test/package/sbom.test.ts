/** What the bundle holds of other packages is listed beside it, with a licence. A rebuild is the same byte by byte. */
import { execSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';

const REPOSITORY = resolve(__dirname, '../..');
const ASSET = 'assets/rotator/rotator.lambda';
const BUILT = join(REPOSITORY, ASSET);

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: { readonly license: { readonly id: string } }[];
  readonly evidence?: { readonly licenses?: { readonly license: { readonly text: { readonly content: string } } }[] };
}

interface Metafile {
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

const text = (file: string) => readFileSync(join(BUILT, file), 'utf8');
const sbom: { bomFormat: string; metadata: any; components: Component[] } = JSON.parse(text('sbom.cdx.json'));
const licenses = text('LICENSES.txt');
const nameOf = ({ group, name }: Component) => (group ? `${group}/${name}` : name);

/** The package of a file, with the version that is installed. */
function packageOf(input: string): string | undefined {
  const [path, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  if (path === undefined) return undefined;
  return `${name} ${JSON.parse(readFileSync(join(REPOSITORY, path, 'package.json'), 'utf8')).version}`;
}

/** Of the input files whose code is in an output. */
function packagesIn({ outputs }: Metafile): string[] {
  const used = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return [...new Set(used.flatMap(([input]) => packageOf(input) ?? []))].sort();
}

/** Runs the steps of the task that bundles, with their outputs in another folder. */
function rebuild(folder: string): void {
  const { tasks } = JSON.parse(readFileSync(join(REPOSITORY, '.projen/tasks.json'), 'utf8'));
  const env = { ...process.env, PATH: `${join(REPOSITORY, 'node_modules/.bin')}:${process.env.PATH}` };
  for (const { exec, execArgs = [] } of tasks['bundle:rotator/rotator.lambda'].steps) {
    const command = [exec ?? '', ...execArgs].join(' ').replaceAll(ASSET, `${folder}/asset`);
    execSync(command.replace(/(\.\/)?\.bundle\//g, `${folder}/`), { cwd: REPOSITORY, env, stdio: 'pipe' });
  }
}

let folder: string;
let metafiles: Metafile[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rebuild-'));
  rebuild(folder);
  // esbuild writes the second one on the side: all code of other packages has to be in the first.
  const all = join(folder, 'all.json');
  execSync(
    `node_modules/.bin/esbuild --bundle src/rotator/rotator.lambda.ts --platform=node --format=esm --outfile=${folder}/all.mjs --metafile=${all}`
      + ['eventbridge', 'iam', 'secrets-manager', 'sns', 'sts']
        .map((client) => ` --alias:@aws-sdk/client-${client}=${folder}/sdk.mjs`)
        .join(''),
    { cwd: REPOSITORY, stdio: 'pipe' },
  );
  metafiles = [join(folder, 'sdk.json'), all].map((file) => JSON.parse(readFileSync(file, 'utf8')));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a rebuild has the same files, byte by byte', () => {
  const rebuilt = join(folder, 'asset');
  expect(readdirSync(rebuilt).sort()).toEqual(readdirSync(BUILT).sort());
  for (const file of readdirSync(BUILT)) {
    expect([file, readFileSync(join(rebuilt, file)).equals(readFileSync(join(BUILT, file)))]).toEqual([file, true]);
  }
});

test('every package whose code is in the bundle is in the SBOM, in its version, and no other', () => {
  const [sdk, own] = metafiles.map(packagesIn);
  expect(sdk.length).toBeGreaterThan(10);
  expect(own).toEqual([]);
  expect(sbom.bomFormat).toBe('CycloneDX');
  expect(sbom.components.map((component) => `${nameOf(component)} ${component.version}`).sort()).toEqual(sdk);
});

test('every package has a licence that permits to ship it, with its text', () => {
  for (const component of sbom.components) {
    const ids = component.licenses?.map(({ license }) => license.id) ?? [];
    expect([nameOf(component), ids]).toEqual([
      nameOf(component),
      [expect.stringMatching(/^(Apache-2\.0|MIT|0BSD|ISC)$/)],
    ]);
    expect(licenses).toContain(`\n${nameOf(component)} ${component.version}: ${ids[0]}\n`);
    for (const { license } of component.evidence!.licenses!) {
      expect(licenses).toContain(Buffer.from(license.text.content, 'base64').toString().trimEnd());
    }
  }
});

test('neither names a time, a path or a machine', () => {
  expect(sbom.metadata).not.toHaveProperty('timestamp');
  expect(sbom).not.toHaveProperty('serialNumber');
  for (const content of [text('sbom.cdx.json'), licenses]) expect(content).not.toContain(REPOSITORY);
});

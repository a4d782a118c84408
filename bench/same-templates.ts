/**
 * The L1 variant is the template of the library. The tests run this file, so that a benchmark never compares with an
 * old template.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templatesOf, Variant } from './synthesis';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | string[];
}
type Resources = Record<string, Resource>;

/** @throws if the L1 variant differs from the templates of the library, except for names and hashes */
export function assertSameTemplates(outdir: string): void {
  for (const userStacks of [0, 1]) {
    const library = normalized('library', userStacks, outdir);
    const l1 = normalized('l1', userStacks, outdir);
    const missing = library.filter((resource) => !l1.includes(resource));
    const additional = l1.filter((resource) => !library.includes(resource));
    if (library.length === l1.length && missing.length + additional.length === 0) continue;
    throw new Error(
      `bench/variants/with-l1.ts differs from the template of the library: ${library.length} resources in the library, ${l1.length} in the variant.`
        + `\nOnly in the library:\n${missing.join('\n')}\nOnly in the variant:\n${additional.join('\n')}`,
    );
  }
}

/** Each resource of all stacks as text: references by type, hashes and times of day masked. */
function normalized(variant: Variant, userStacks: number, outdir: string): string[] {
  return templatesOf(variant, 2, outdir, userStacks)
    .flatMap((template) => {
      const resources = resourcesOf(template);
      return Object.values(resources).map(({ DependsOn = [], ...resource }) => {
        const types = [DependsOn]
          .flat()
          .map((id) => resources[id].Type)
          .sort();
        return JSON.stringify(sorted({ ...resource, DependsOn: types }), (_, value) => resources[value]?.Type ?? value)
          .replace(/ExportsOutput\w+/g, 'export')
          .replace(/[0-9a-f]{8,}/g, '#')
          .replace(/cron\(\d+ \d+ /g, 'cron(# # ');
      });
    })
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

export function resourcesOf(template: string): Resources {
  return (JSON.parse(template) as { Resources?: Resources }).Resources ?? {};
}

if (require.main === module) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    assertSameTemplates(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

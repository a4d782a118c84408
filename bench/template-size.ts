import { table } from './statistics';
import { templatesOf, Variant, VARIANT_NAMES } from './synthesis';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | string[];
}
type Resources = Record<string, Resource>;

const FEW = 25;
const MANY = 50;

/** The size of one more user in a template: the difference of 25 users, without the shared resources. */
export function templateSize(outdir: string): string {
  const sizes = VARIANT_NAMES.map((variant) => ({
    variant,
    few: templatesOf(variant, FEW, outdir)[0],
    many: templatesOf(variant, MANY, outdir)[0],
  }));
  const perUser = (many: number, few: number) => (many - few) / (MANY - FEW);
  const rows = sizes.map(({ variant, few, many }) => {
    const resources = perUser(count(many), count(few));
    const shared = count(few) - resources * FEW;
    const bytes = perUser(many.length, few.length);
    const compactBytes = perUser(compact(many), compact(few));
    return [
      variant,
      resources,
      shared,
      Math.floor((500 - shared) / resources),
      Math.round(bytes),
      Math.round(compactBytes),
    ];
  });
  return table(
    [
      '',
      'resources per user',
      'shared resources',
      'users in a stack of 500 resources',
      'bytes per user',
      'without indentation',
    ],
    rows,
  );
}

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

function compact(template: string): number {
  return JSON.stringify(JSON.parse(template)).length;
}

function count(template: string): number {
  return Object.keys(resourcesOf(template)).length;
}

function resourcesOf(template: string): Resources {
  return (JSON.parse(template) as { Resources?: Resources }).Resources ?? {};
}

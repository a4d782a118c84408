import { resourcesOf } from './same-templates';
import { table } from './statistics';
import { templatesOf, VARIANT_NAMES } from './synthesis';

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

function compact(template: string): number {
  return JSON.stringify(JSON.parse(template)).length;
}

function count(template: string): number {
  return Object.keys(resourcesOf(template)).length;
}

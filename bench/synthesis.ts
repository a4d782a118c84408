import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { withL1 } from './variants/with-l1';
import { withL2 } from './variants/with-l2';
import { withLibrary } from './variants/with-library';

export const VARIANTS = { library: withLibrary, l1: withL1, l2: withL2 };
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

/** Users in one stack, without user stacks. */
const ONE_STACK = 50;
const USERS_PER_STACK = 40;

/** Number of stacks besides the rotation stack. */
export function userStacksFor(users: number): number {
  return users <= ONE_STACK ? 0 : Math.ceil(users / USERS_PER_STACK);
}

/**
 * Synthesizes an app into a cloud assembly.
 *
 * @returns the paths of the templates
 */
export function synthesize(
  variant: Variant,
  users: number,
  outdir: string,
  userStacks = userStacksFor(users),
): string[] {
  // The L2 variant has more than the 500 resources of a stack even below 50 users, which the CDK would reject.
  const app = new App({ outdir, context: { '@aws-cdk/core:stackResourceLimit': 0 } });
  const stack = new Stack(app, 'Bench');
  VARIANTS[variant](
    stack,
    userNames(users),
    Array.from({ length: userStacks }, (_, index) => new Stack(app, `Users${index}`)),
  );
  return app.synth().stacks.map(({ templateFullPath }) => templateFullPath);
}

/** The templates that CloudFormation receives. */
export function templatesOf(variant: Variant, users: number, outdir: string, userStacks?: number): string[] {
  return synthesize(variant, users, outdir, userStacks).map((path) => readFileSync(path, 'utf8'));
}

/** Names of a realistic length, because they are part of the size. */
function userNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `deployer-${String(index + 1).padStart(4, '0')}`);
}

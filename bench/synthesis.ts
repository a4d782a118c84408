import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { withL1 } from './variants/with-l1';
import { withL2 } from './variants/with-l2';
import { withLibrary } from './variants/with-library';

export const VARIANTS = { library: withLibrary, l1: withL1, l2: withL2 };
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

/** So many users fit into one stack. */
const ONE_STACK = 50;
const USERS_PER_STACK = 40;

/** How many stacks besides that of the rotation. */
export function userStacksFor(users: number): number {
  return users <= ONE_STACK ? 0 : Math.ceil(users / USERS_PER_STACK);
}

/** From nothing to the files of the cloud assembly. Returns the paths of its templates. */
export function synthesize(
  variant: Variant,
  users: number,
  outdir: string,
  userStacks = userStacksFor(users),
): string[] {
  // The plain L2 passes the 500 resources of a stack below 50 users, and the CDK would refuse it.
  const app = new App({ outdir, context: { '@aws-cdk/core:stackResourceLimit': 0 } });
  const stack = new Stack(app, 'Bench');
  VARIANTS[variant](
    stack,
    userNames(users),
    Array.from({ length: userStacks }, (_, index) => new Stack(app, `Users${index}`)),
  );
  return app.synth().stacks.map(({ templateFullPath }) => templateFullPath);
}

/** The templates as CloudFormation gets them. */
export function templatesOf(variant: Variant, users: number, outdir: string, userStacks?: number): string[] {
  return synthesize(variant, users, outdir, userStacks).map((path) => readFileSync(path, 'utf8'));
}

/** As long as real ones: names take a part of the bytes. */
function userNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `deployer-${String(index + 1).padStart(4, '0')}`);
}

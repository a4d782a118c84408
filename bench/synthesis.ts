import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { withL1 } from './with-l1';
import { withL2 } from './with-l2';
import { withLibrary } from './with-library';

export const VARIANTS = { library: withLibrary, l1: withL1, l2: withL2 };
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

/** One stack from nothing to the files of its cloud assembly. Returns the path of the template. */
export function synthesize(variant: Variant, users: number, outdir: string): string {
  // The plain L2 passes the 500 resources of a stack below 50 users, and the CDK would refuse it.
  const app = new App({ outdir, context: { '@aws-cdk/core:stackResourceLimit': 0 } });
  const stack = new Stack(app, 'Bench');
  VARIANTS[variant](stack, userNames(users));
  return app.synth().getStackArtifact(stack.artifactId).templateFullPath;
}

/** The template as CloudFormation gets it. */
export function templateOf(variant: Variant, users: number, outdir: string): string {
  return readFileSync(synthesize(variant, users, outdir), 'utf8');
}

/** As long as real ones: names take a part of the bytes. */
function userNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `deployer-${String(index + 1).padStart(2, '0')}`);
}

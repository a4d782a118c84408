/**
 * A child process of synth-time.ts: prints what one synthesis takes, as JSON.
 *
 * Also the program to profile: node --cpu-prof -r ts-node/register/transpile-only bench/synth-once.ts library 50
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize, Variant } from './synthesis';

export interface Synthesis {
  /** CPU time in milliseconds. */
  readonly cpu: number;
  /** The most memory that the process had, in megabytes. */
  readonly memory: number;
}

const [variant, users] = process.argv.slice(2);
const outdir = mkdtempSync(join(tmpdir(), 'bench-'));
// One user first, untimed: aws-cdk-lib loads its modules when they are used, and that would drown what a user costs.
synthesize(variant as Variant, 1, outdir);
const begin = process.cpuUsage();
synthesize(variant as Variant, Number(users), outdir);
const { user, system } = process.cpuUsage(begin);
console.log(
  JSON.stringify({ cpu: (user + system) / 1000, memory: process.resourceUsage().maxRSS / 1024 } satisfies Synthesis),
);
rmSync(outdir, { recursive: true });

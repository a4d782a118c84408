/**
 * A child process of synth-time.ts: prints CPU time and memory of one synth as JSON.
 *
 * To profile a synth: node --cpu-prof -r ts-node/register/transpile-only bench/synth-once.ts library 50
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize, Variant } from './synthesis';

export interface Synthesis {
  /** CPU time in milliseconds. */
  readonly cpu: number;
  /** The maximum memory of the process in megabytes. */
  readonly memory: number;
}

const [variant, users] = process.argv.slice(2);
const outdir = mkdtempSync(join(tmpdir(), 'bench-'));
// One user first, without measurement: aws-cdk-lib loads modules on first use, which takes longer than some users.
synthesize(variant as Variant, 1, outdir);
const begin = process.cpuUsage();
synthesize(variant as Variant, Number(users), outdir);
const { user, system } = process.cpuUsage(begin);
console.log(
  JSON.stringify({ cpu: (user + system) / 1000, memory: process.resourceUsage().maxRSS / 1024 } satisfies Synthesis),
);
rmSync(outdir, { recursive: true });

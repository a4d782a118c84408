/**
 * A child process of synth-time.ts: prints the milliseconds of CPU time of one synthesis.
 *
 * Also the program to profile: node --cpu-prof -r ts-node/register/transpile-only bench/synth-once.ts library 50
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize, Variant } from './synthesis';

const [variant, users] = process.argv.slice(2);
const outdir = mkdtempSync(join(tmpdir(), 'bench-'));
// One user first, untimed: aws-cdk-lib loads its modules when they are used, and that would drown what a user costs.
synthesize(variant as Variant, 1, outdir);
const begin = process.cpuUsage();
synthesize(variant as Variant, Number(users), outdir);
const { user, system } = process.cpuUsage(begin);
console.log((user + system) / 1000);
rmSync(outdir, { recursive: true });

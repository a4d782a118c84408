/** `npm run bench`: measures, and writes RESULTS.md. Bundle and compile the library before. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from './audit';
import { awsCalls } from './aws-calls';
import { exposedKey } from './exposed-key';
import { handlerLoad } from './handler-load';
import { assertSameTemplates } from './same-templates';
import { synthTime } from './synth-time';
import { templateSize } from './template-size';
import { warmCheck } from './warm-check';

const begin = Date.now();

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    assertSameTemplates(directory);
    progress("the L1 variant is the library's template");
    const size = templateSize(directory);
    const calls = await awsCalls();
    const exposed = await exposedKey(progress);
    const log = await audit(progress);
    const load = await handlerLoad(directory, progress);
    const warm = warmCheck(progress);
    const { time, memory, growth } = synthTime(progress);
    const tables = {
      machine: machine(),
      'template-size': size,
      'aws-calls': calls,
      'exposed-key': exposed,
      'log-bytes': log.bytes,
      'audit-report': log.report,
      'handler-load': load,
      'warm-check': warm,
      'synth-time': time,
      'synth-memory': memory,
      'synth-growth': growth,
    };
    const results = fill(readFileSync(join(__dirname, 'results-template.md'), 'utf8'), tables);
    writeFileSync(join(__dirname, 'RESULTS.md'), results);
    console.log(`\n${results}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function machine(): string {
  const { version } = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/package.json'), 'utf8')) as {
    version: string;
  };
  return `${availableParallelism()} cores (${cpus()[0].model}), Node ${process.version}, aws-cdk-lib ${version}`;
}

/** Replaces `{{name}}` in the text of the results by the table of this name. */
function fill(text: string, tables: Record<string, string>): string {
  return Object.entries(tables).reduce((filled, [name, content]) => filled.replace(`{{${name}}}`, () => content), text);
}

function progress(line: string): void {
  console.log(`${((Date.now() - begin) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

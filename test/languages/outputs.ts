import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, execute } from './workplace';

/**
 * Runs an app without the CDK's command line, so that only what the app itself synthesizes is there.
 *
 * @returns how many resources of each type its templates have together
 */
export async function resourceTypesOf(
  copy: string,
  environment: Environment,
  ...command: [string, ...string[]]
): Promise<Record<string, number>> {
  const output = mkdtempSync(join(copy, 'output-'));
  await execute(copy, { ...environment, CDK_OUTDIR: output }, ...command);
  const types: Record<string, number> = {};
  for (const file of readdirSync(output).filter((name) => name.endsWith('.template.json'))) {
    for (const { Type } of Object.values<any>(JSON.parse(readFileSync(join(output, file), 'utf8')).Resources)) {
      types[Type] = (types[Type] ?? 0) + 1;
    }
  }
  return types;
}

/** What each app with a rotation has at least. */
export const ROTATION = {
  'AWS::Lambda::Function': expect.any(Number),
  'AWS::SecretsManager::Secret': expect.any(Number),
};

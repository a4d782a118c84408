import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workplace } from './workplace';

/** The app of `examples/`, and the first one of the README. Both exist in each language. */
export type ComparedApp = 'example' | 'readme';

const pathOf = (app: ComparedApp) => join(workplace(), `${app}.template.json`);

/** What the app gives in TypeScript, for the other languages to be compared with. */
export function keepTemplate(app: ComparedApp, template: string): void {
  writeFileSync(pathOf(app), template);
}

export function keptTemplate(app: ComparedApp): string {
  return comparable(readFileSync(pathOf(app), 'utf8'));
}

/**
 * A template without the one value that differs: in `AWS::CDK::Metadata`, the CDK tells AWS from which language it was
 * called.
 */
export function comparable(template: string): string {
  return template.replace(/("Analytics": )"v2:deflate64:[^"]*"/, '$1"…"');
}

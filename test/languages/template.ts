import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workplace } from './workplace';

export function referenceTemplatePath(): string {
  return join(workplace(), 'reference.template.json');
}

/** The template of the TypeScript example. */
export function referenceTemplate(): string {
  return comparable(readFileSync(referenceTemplatePath(), 'utf8'));
}

/** A template without the one value that differs: in `AWS::CDK::Metadata`, the CDK tells AWS from which language it was called. */
export function comparable(template: string): string {
  return template.replace(/("Analytics": )"v2:deflate64:[^"]*"/, '$1"…"');
}

import { createHash } from 'crypto';

/** The same number for the same text, in every synth on every machine. */
export function stableHash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

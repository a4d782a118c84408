import { createHash } from 'crypto';

/** The same 8 hexadecimal digits for the same text, in every synth on every machine. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export function stableHash(text: string): number {
  return parseInt(shortHash(text), 16);
}

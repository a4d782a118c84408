import { createHash } from 'crypto';

/** 8 hexadecimal digits that depend on the text only: they are in physical names, and must not change. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export function stableHash(text: string): number {
  return parseInt(shortHash(text), 16);
}

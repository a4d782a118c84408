import { rmSync } from 'node:fs';
import { workplace } from './workplace';

/** After the tests: the copies take a gigabyte. KEEP_WORKPLACE=1 leaves them for a look. */
export default function (): void {
  if (process.env.KEEP_WORKPLACE) console.log(`The copies of the examples are in ${workplace()}`);
  else rmSync(workplace(), { recursive: true, force: true });
}

/** `npx projen pictures`: draws those pictures of the README that need no local AWS. `npm run demo` draws the other one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardDrawn } from './dashboard';
import { messageDrawn } from './message';

async function main(): Promise<void> {
  writeFileSync(join(__dirname, 'dashboard.svg'), await dashboardDrawn());
  writeFileSync(join(__dirname, 'message.svg'), await messageDrawn());
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

/** `npx projen pictures`: draws the pictures of the README anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureDrawn } from './architecture';
import { dashboardDrawn } from './dashboard';
import { timelineDrawn } from './expectation';
import { keyLifeDrawn } from './key-life';
import { messageDrawn } from './message';

/** By file in this folder. */
export const PICTURES: Readonly<Record<string, () => string | Promise<string>>> = {
  'architecture.svg': architectureDrawn,
  'dashboard.svg': dashboardDrawn,
  'key-life.svg': keyLifeDrawn,
  'message.svg': messageDrawn,
  'timeline.svg': timelineDrawn,
};

async function main(): Promise<void> {
  for (const [file, drawn] of Object.entries(PICTURES)) writeFileSync(join(__dirname, file), await drawn());
}

if (require.main === module) {
  main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}

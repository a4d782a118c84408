/** `npx projen pictures`: draws the pictures of the README and the documentation again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timelineDrawn } from './expectation';
import { architectureDrawn } from './pictures/architecture';
import { dashboardDrawn } from './pictures/dashboard';
import { keyLifeDrawn } from './pictures/key-life';
import { messageDrawn } from './pictures/message';

/** Functions that draw the pictures, by file in this folder. */
export const PICTURES: Readonly<Record<string, () => string | Promise<string>>> = {
  'pictures/architecture.svg': architectureDrawn,
  'pictures/dashboard.svg': dashboardDrawn,
  'pictures/key-life.svg': keyLifeDrawn,
  'pictures/message.svg': messageDrawn,
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

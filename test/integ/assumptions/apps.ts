/** The apps of test/integ, which integ-runner deploys, checks and removes. */
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exactly, type Assumption } from './assumption';
import type { Program } from './process-group';
import { removeLogGroups, removeSecrets, removeStacks, removeUsers } from './removal';
import type { Workspace } from './workspace';
import { ACCOUNT_VARIABLE, APP_STACKS, APP_USERS } from '../names';

const INTEG = join(__dirname, '..');
const CONFIG = join(INTEG, '..', '..', 'tsconfig.dev.json');

/**
 * @param directory - one with links to the apps only: integ-runner writes a snapshot beside each app that succeeds, and
 * those of the repository are for `npm run integ`
 */
export function integRunner(directory: string, region: string, account: string): Program {
  const { AWS_PROFILE: profile } = process.env;
  return {
    command: 'integ-runner',
    args: [
      ...['--directory', directory],
      ...['--language', 'typescript'],
      ...['--app', `ts-node --transpile-only --project ${CONFIG} {filePath}`],
      '--force', // there is no snapshot to compare with
      '--no-update-workflow',
      ...['--parallel-regions', region],
      // Without it, other credentials in the environment are used first.
      ...(profile ? ['--profiles', profile] : []),
    ],
    env: { ...process.env, AWS_REGION: region, [ACCOUNT_VARIABLE]: account },
  };
}

/** A directory with links to the apps. */
export function linksToApps(): string {
  const directory = mkdtempSync(join(tmpdir(), 'akr-integ-'));
  for (const file of readdirSync(INTEG).filter((name) => /^integ\..*\.ts$/.test(name))) {
    symlinkSync(join(INTEG, file), join(directory, file));
  }
  return directory;
}

/** What integ-runner leaves: all if it fails or is killed; the log groups of its functions in any case. */
function removeAppsLater(workspace: Workspace): void {
  const { account } = workspace;
  const { clientConfig } = account;
  const stacks = async () => removeStacks(account, APP_STACKS);
  // The last one is removed first. The stacks once more at the end: a user that has a key of a run cannot be deleted.
  workspace.removeLater(`stacks ${APP_STACKS}*`, stacks);
  for (const prefix of [`/aws/lambda/${APP_STACKS}`, APP_STACKS]) {
    workspace.removeLater(`log groups ${prefix}*`, async () => removeLogGroups(clientConfig, prefix));
  }
  workspace.removeLater(`secrets ${APP_USERS}*`, async () => removeSecrets(clientConfig, APP_USERS));
  workspace.removeLater(`users ${APP_USERS}*`, async () => removeUsers(clientConfig, APP_USERS));
  workspace.removeLater(`stacks ${APP_STACKS}*`, async () => stacks().catch(() => undefined));
}

export const APPS: Assumption = {
  id: 'apps',
  statement: 'The two apps of `test/integ/` deploy, pass their checks, and are removed by `integ-runner`.',
  source: 'CONTRIBUTING.md#try-the-assumptions-in-a-real-account',
  expected: exactly('integ-runner succeeded'),
  onlyAws: 'the apps need the bootstrap of the CDK, and what the local AWS lacks',
  observe: async (workspace) => {
    const { id, clientConfig } = workspace.account;
    removeAppsLater(workspace);
    const directory = linksToApps();
    try {
      return await workspace.program(integRunner(directory, clientConfig.region, id));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

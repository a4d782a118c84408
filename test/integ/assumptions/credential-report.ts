/** What the coverage report assumes of the credential report of IAM. */
import {
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { exactly, Assumption } from './assumption';
import type { Workspace } from './workspace';

/** AWS makes a new report four hours after the last one. The other half hour is for making it. */
const REPORT_SECONDS = 4.5 * 3600;

/** By how much the report may differ from the answer of IAM. */
const TOLERANCE_MS = 60_000;

interface Reported {
  readonly generatedAt: Date;
  readonly lastRotated: string;
}

/** The only key of a user, once a report has it as active. @param after - the time of an earlier report */
async function reportedKey(workspace: Workspace, user: string, after = new Date(0)): Promise<Reported> {
  let reported: Reported | undefined;
  const waited = await workspace.secondsUntil(REPORT_SECONDS, async () => {
    const { State } = await workspace.iam.send(new GenerateCredentialReportCommand({}));
    if (State !== 'COMPLETE') return false;
    const { Content, GeneratedTime } = await workspace.iam.send(new GetCredentialReportCommand({}));
    const [header, ...rows] = new TextDecoder().decode(Content).split('\n');
    // In the row of such a user, no value has a comma.
    const values = rows.find((row) => row.startsWith(`${user},`))?.split(',') ?? [];
    const valueOf = (column: string) => values[header.trim().split(',').indexOf(column)];
    if (GeneratedTime! <= after || valueOf('access_key_1_active')?.toLowerCase() !== 'true') return false;
    reported = { generatedAt: GeneratedTime!, lastRotated: valueOf('access_key_1_last_rotated') };
    return true;
  });
  if (!reported) throw new Error(`no new credential report has the key of ${user}: ${waited}`);
  return reported;
}

export const CREDENTIAL_REPORT: Assumption = {
  id: 'credential-report',
  statement: '`access_key_1_last_rotated` is the creation of a key, also after it was deactivated and activated.',
  source: 'docs/coverage.md#what-the-result-means',
  long: 'up to nine hours',
  onlyAws: 'four hours are waited for, as AWS makes no other report before',
  expected: exactly({ new: 'its creation', activated: 'not moved' }),
  observe: async (workspace) => {
    const UserName = await workspace.user();
    const { accessKeyId: AccessKeyId, createdAt } = await workspace.key(UserName);
    const first = await reportedKey(workspace, UserName);
    for (const Status of ['Inactive', 'Active'] as const) {
      await workspace.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));
    }
    const second = await reportedKey(workspace, UserName, first.generatedAt);
    const isCreation = Math.abs(Date.parse(first.lastRotated) - createdAt.getTime()) < TOLERANCE_MS;
    return {
      new: isCreation ? 'its creation' : `${first.lastRotated}, created ${createdAt.toISOString()}`,
      activated: second.lastRotated === first.lastRotated ? 'not moved' : `moved to ${second.lastRotated}`,
    };
  },
};

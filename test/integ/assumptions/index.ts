import { APPS } from './apps';
import type { Assumption } from './assumption';
import { CLOUDWATCH } from './cloudwatch';
import { CLOUDWATCH_ALARMS } from './cloudwatch-alarms';
import { CLOUDWATCH_LOGS } from './cloudwatch-logs';
import { CREDENTIAL_REPORT } from './credential-report';
import { IAM } from './iam';
import { ROTATION } from './rotation';
import { SECRET_POLICY } from './secret-policy';
import { SECRETS_MANAGER } from './secrets-manager';

/** The quick ones first. */
export const ASSUMPTIONS: readonly Assumption[] = [
  ...SECRETS_MANAGER,
  ...IAM,
  CREDENTIAL_REPORT,
  ...CLOUDWATCH_LOGS,
  ...CLOUDWATCH,
  ...CLOUDWATCH_ALARMS,
  ...SECRET_POLICY,
  ...ROTATION,
  APPS,
];

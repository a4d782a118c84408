import { APPS } from './apps';
import type { Assumption } from './assumption';
import { IAM } from './iam';
import { ROTATION } from './rotation';
import { SECRETS_MANAGER } from './secrets-manager';

/** The quick ones first. */
export const ASSUMPTIONS: readonly Assumption[] = [...SECRETS_MANAGER, ...IAM, ...ROTATION, APPS];

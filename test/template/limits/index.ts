/** AWS's limits, each a rule over all that is deployed. */
import * as account from './account-limits';
import * as names from './name-limits';
import * as policies from './policy-limits';
import { Rule } from './rule';
import * as templates from './template-limits';
import { Deployment } from '../deployment';
import { LONGEST } from '../naming';

const { nestedOperation, ...ofTemplates } = templates;

/** What a deploy would be refused for. */
export const RULES: Readonly<Record<string, Rule>> = { ...ofTemplates, ...names, ...policies, ...account };

/** What only some deploys would be refused for. */
export const WARNINGS: Readonly<Record<string, Rule>> = { nestedOperation };

/** All that AWS would refuse, however long the names that it gives. */
export function broken(deployment: Deployment): string[] {
  const measured = deployment.named(LONGEST);
  return Object.entries(RULES).flatMap(([rule, problems]) =>
    problems(measured).map((problem) => `${rule}: ${problem}`),
  );
}

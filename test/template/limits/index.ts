/** The limits of AWS. Each one is a rule that is applied to a whole deployment. */
import * as account from './account-limits';
import * as names from './name-limits';
import * as policies from './policy-limits';
import { Rule } from './rule';
import * as templates from './template-limits';
import { Deployment } from '../deployment';
import { LONGEST } from '../naming';

const { nestedOperation, ...ofTemplates } = templates;

/** Limits whose violation makes each deploy fail. */
export const RULES: Readonly<Record<string, Rule>> = { ...ofTemplates, ...names, ...policies, ...account };

/** Limits whose violation makes some deploys fail. */
export const WARNINGS: Readonly<Record<string, Rule>> = { nestedOperation };

/** All violations, if the names that AWS generates have their maximum length. */
export function broken(deployment: Deployment): string[] {
  const measured = deployment.named(LONGEST);
  return Object.entries(RULES).flatMap(([rule, problems]) =>
    problems(measured).map((problem) => `${rule}: ${problem}`),
  );
}

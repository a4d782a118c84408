/** What the handler does with a request of CloudFormation, without the log and the response. */
import { CONTEXT } from './support';
import { firstKey, FirstKeyInvocation } from '../../src/rotator/handlers/first-key';
import { readRequest } from '../../src/rotator/handlers/first-key-request';
import { Users } from '../../src/rotator/handlers/users';

export async function requestFirstKey(
  event: unknown,
  invocation: FirstKeyInvocation & { readonly users: Users },
): Promise<string> {
  return firstKey(readRequest(event, invocation), invocation);
}

/** What CloudFormation sends for a created user. */
export const CREATED_ALICE = {
  Username: 'alice',
  Secret: 'alice',
  Created: 'true',
  Owner: CONTEXT.rotation,
  DryRun: 'false',
};

/** What the handler does with a request of CloudFormation, without the log and the response. */
import { firstKey, FirstKeyInvocation } from '../../src/rotator/handlers/first-key';
import { readRequest } from '../../src/rotator/handlers/first-key-request';
import { Users } from '../../src/rotator/handlers/users';

export async function requestFirstKey(
  event: unknown,
  invocation: FirstKeyInvocation & { readonly users: Users },
): Promise<string> {
  return firstKey(readRequest(event, invocation), invocation);
}

import { parseRequest } from './request';
import { Users } from './users';
import { Ports } from '../actions/ports';
import { Clock } from '../aws/clock';
import { Notifications } from '../aws/notifications';
import { RotationContext, RotationRequest } from '../domain/user-state';

/** What handlers work with: the deployment, and this call of the function. */
export interface Invocation {
  readonly users: Users;
  readonly portsFor: (user: Pick<RotationRequest, 'username' | 'secret' | 'fields'>) => Ports;
  /** For what is of no user, or of one that could not be read. */
  readonly announcements: Notifications;
  readonly clock: Clock;
  readonly context: RotationContext;
  readonly rotation: string;
  readonly dryRun: boolean;
  /** The same when Lambda repeats an event that failed. */
  readonly requestId: string;
}

export function requestOf(event: unknown, { users, context, dryRun }: Invocation): RotationRequest {
  const request = parseRequest(event, users);
  return { ...request, ...context, dryRun: dryRun || request.dryRun };
}

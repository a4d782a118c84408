import { parseRequest } from './request';
import { Users } from './users';
import { Ports } from '../actions/ports';
import { Clock } from '../aws/clock';
import { Notifications } from '../aws/notifications';
import { RotationContext, RotationRequest } from '../domain/user-state';

/** The deployment and this run, for the handlers. */
export interface Invocation {
  readonly users: Users;
  readonly portsFor: (user: Pick<RotationRequest, 'username' | 'secret'>) => Ports;
  /** For the digest, and for a user whose state could not be read. */
  readonly notifications: Notifications;
  readonly clock: Clock;
  readonly context: RotationContext;
  readonly dryRun: boolean;
  /** A report of AWS about an exposed key caused the event. */
  readonly byReport?: boolean;
  /** Lambda's retries of an event have the same ID. */
  readonly requestId: string;
}

export function requestOf(event: unknown, { users, context, dryRun, byReport }: Invocation): RotationRequest {
  const request = parseRequest(event, users);
  return { ...request, ...context, dryRun: dryRun || request.dryRun, ...(byReport && { byReport }) };
}

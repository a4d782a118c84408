/** Reports of AWS about exposed keys, handled as by the Lambda. */
import { randomUUID } from 'node:crypto';
import type { Settings } from './events';
import { ExposureResponse } from '../../src/contract/exposure';
import { Failed } from '../../src/rotator/domain/failure';
import { handleExposure } from '../../src/rotator/handlers/exposure';
import { RunPorts, USERNAME } from '../fake-aws/calls';
import { CONTEXT } from '../rotator/support';

export interface Report {
  /** As EventBridge delivers it. */
  readonly about: (keyId: string) => object;
  /** The setting of the rotation. */
  readonly response: ExposureResponse;
}

/** @throws what makes Lambda repeat the event */
export async function handleReport(
  { about, response }: Report,
  keyId: string,
  settings: Settings,
  tools: RunPorts,
): Promise<string> {
  const result = await handleExposure(about(keyId) as Record<string, unknown>, {
    users: new Map([[USERNAME, settings]]),
    portsFor: () => tools,
    notifications: tools.notifications,
    clock: tools.clock,
    context: CONTEXT,
    dryRun: false,
    // What one process remembers of an event must not change the run that is repeated from its start.
    requestId: randomUUID(),
    response,
    ownerOf: tools.ownerOf,
  });
  if (result instanceof Failed) throw result.error;
  return result;
}

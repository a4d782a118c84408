/** The answer that CloudFormation waits for. Without one, a deploy hangs until its time-out. */
import { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { physicalIdOf } from './first-key';
import { FirstKeyProperties } from '../../contract/settings';

export async function respond(
  event: CloudFormationCustomResourceEvent, failure: string | undefined, sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const body = Buffer.from(JSON.stringify({
    Status: failure === undefined ? 'SUCCESS' : 'FAILED',
    Reason: failure?.slice(0, 1_000), // the whole answer may have 4 KB
    // Never changes: a new ID would make CloudFormation delete the old one, and the keys with it.
    PhysicalResourceId: event.RequestType === 'Create'
      ? physicalIdOf(event.ResourceProperties as unknown as FirstKeyProperties)
      : event.PhysicalResourceId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  }));
  for (let attempt = 1; ; attempt++) {
    try {
      // The URL is signed for an empty content type.
      const { ok, status } = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (!ok) throw new Error(`HTTP ${status}`);
      return;
    } catch (error) {
      // The URL itself is a credential: it must not get into the log.
      if (attempt === 5) throw new Error(`CloudFormation did not take the answer: ${(error as Error).message}`);
      await sleep(attempt * 1_000);
    }
  }
}

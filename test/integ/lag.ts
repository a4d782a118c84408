/** The local AWS, which answers at once, with lags of AWS: between the program and it. */
import { STSClient } from '@aws-sdk/client-sts';
import type { Target } from '../local-aws/deployment';

/** How many calls of each service do not know new credentials yet. */
const UNKNOWN_CALLS = 2;
const CREDENTIAL = /Credential=(\w+)\/\d+\/[\w-]+\/(\w+)\//;

interface Request {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/**
 * Each service refuses new credentials at first, and a new topic loses what the first alarm publishes.
 *
 * @param clientConfig - of the local AWS. Its own credentials are no new ones
 */
export function withLags(clientConfig: Target['clientConfig']): Target['clientConfig'] {
  const { requestHandler } = new STSClient(clientConfig).config;
  const known = clientConfig.credentials?.accessKeyId;
  const calls = new Map<string, number>();
  let alarms = 0;
  const handle: typeof requestHandler.handle = async (request, options) => {
    const { headers, body = '' } = request as Request;
    const [, accessKeyId, service] = CREDENTIAL.exec(headers.authorization)!;
    const of = `${service} ${accessKeyId}`;
    calls.set(of, (calls.get(of) ?? 0) + 1);
    if (accessKeyId !== known && calls.get(of)! <= UNKNOWN_CALLS) {
      throw Object.assign(new Error('the credentials are not known yet'), { name: 'InvalidClientTokenId' });
    }
    const operation = headers['x-amz-target']?.split('.')[1];
    const response = await requestHandler.handle(request, options);
    if (operation === 'SetAlarmState' && Buffer.from(body as string).includes('"ALARM"')) alarms += 1;
    if (operation === 'ReceiveMessage' && alarms === 1) throw new Error('the message is lost');
    return response;
  };
  return { ...clientConfig, requestHandler: { ...requestHandler, handle } } as Target['clientConfig'];
}

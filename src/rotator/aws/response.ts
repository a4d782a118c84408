/**
 * The answer to CloudFormation: a PUT to the presigned URL of its request. Who may invoke the function can send a
 * request with any URL, so it has to be an address of AWS. The URL is a credential: no error and no log line has it.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
import { SecretsManagerClient } from './sdk';
import { BadRequest } from '../domain/failure';

/** Milliseconds. S3 answers within one second. */
const TIME_LIMIT = 10_000;

/** Of the partition of a Region, such as amazonaws.com.cn, from the table of the SDK. */
export function dnsSuffixOf(region: string, { config }: SecretsManagerClient): string {
  const { hostname } = config.endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false }).url;
  return hostname.slice(`secretsmanager.${region}.`.length);
}

/**
 * @param dnsSuffix - of the partition; undefined for a local AWS, whose addresses can be any
 * @returns undefined for an https address of AWS in the partition
 */
export function addressProblem(url: unknown, dnsSuffix: string | undefined): BadRequest | undefined {
  if (dnsSuffix === undefined || (typeof url === 'string' && isAwsAddress(url, dnsSuffix))) return undefined;
  return new BadRequest(
    `"ResponseURL" is ${url === undefined ? 'missing' : `not an https address below ${dnsSuffix}`}, and nothing was done:`
      + ' only CloudFormation sends this request, with a presigned URL of S3',
  );
}

function isAwsAddress(text: string, dnsSuffix: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, port, username, password } = new URL(text);
  return protocol === 'https:' && `${port}${username}${password}` === '' && hostname.endsWith(`.${dnsSuffix}`);
}

/** @throws without the URL if the answer was not accepted in time */
export async function putResponse(url: string, body: Buffer): Promise<void> {
  const { ok, status } = await fetch(url, {
    method: 'PUT',
    body,
    headers: { 'content-type': '' }, // the URL is signed for an empty one
    redirect: 'manual',
    signal: AbortSignal.timeout(TIME_LIMIT),
  }).catch(({ name, cause }: { name: string; cause?: { code?: string } }): never => {
    throw new Error(name === 'TimeoutError' ? `no answer within ${TIME_LIMIT / 1_000} s` : (cause?.code ?? name));
  });
  if (!ok) throw new Error(`HTTP ${status}`);
}

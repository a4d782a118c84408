/** The answer to CloudFormation goes to an address of AWS only, in time, and its URL is in no error. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { addressProblem, dnsSuffixOf, putResponse } from '../../../src/rotator/aws/response';

const PATH = '/arn%3Aaws%3Acloudformation%3A/1?X-Amz-Signature=signature';
const S3 = `https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com${PATH}`;

afterEach(() => jest.restoreAllMocks());

describe('the DNS suffix of the partition', () => {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  test.each([
    ['eu-west-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['cn-northwest-1', 'amazonaws.com.cn'],
    ['us-iso-east-1', 'c2s.ic.gov'],
    ['us-isob-east-1', 'sc2s.sgov.gov'],
    ['eu-isoe-west-1', 'cloud.adc-e.uk'],
    ['us-isof-south-1', 'csp.hci.ic.gov'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['eu-future-9', 'amazonaws.com'],
  ])('of %s is %s', (region, suffix) => expect(dnsSuffixOf(region, client)).toBe(suffix));
});

describe('an address', () => {
  test.each([
    [S3, 'amazonaws.com'],
    [`https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com${PATH}`, 'amazonaws.com'],
    [`https://bucket.s3.cn-north-1.amazonaws.com.cn${PATH}`, 'amazonaws.com.cn'],
    [`https://bucket.s3.us-iso-east-1.c2s.ic.gov${PATH}`, 'c2s.ic.gov'],
    [`https://bucket.s3.eu-west-1.amazonaws.com:443${PATH}`, 'amazonaws.com'],
  ])('%s below %s is one of AWS', (url, suffix) => expect(addressProblem(url, suffix)).toBeUndefined());

  test.each<[string, unknown]>([
    ['another host', `https://mallory.example${PATH}`],
    ['http', S3.replace('https', 'http')],
    ['another protocol', 'file:///etc/passwd'],
    ['a host that ends like AWS', `https://mallory-amazonaws.com${PATH}`],
    ['a host that begins like AWS', `https://s3.amazonaws.com.mallory.example${PATH}`],
    ['the host as a user name', `https://s3.amazonaws.com@mallory.example${PATH}`],
    ['a user name', `https://user@bucket.s3.amazonaws.com${PATH}`],
    ['another port', `https://bucket.s3.amazonaws.com:8443${PATH}`],
    ['another partition', `https://bucket.s3.cn-north-1.amazonaws.com.cn${PATH}`],
    ['the metadata of an instance', 'http://169.254.169.254/latest/meta-data/'],
    ['the runtime of the function', 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next'],
    ['another alphabet', `https://bucket.s3.ɑmazonaws.com${PATH}`],
    ['no URL', 'signature'],
    ['a list', [S3]],
    ['an object', { href: S3 }],
    ['null', null],
    ['nothing', undefined],
  ])('%s is not one of AWS, and the error does not name it', (_what, url) => {
    const problem = addressProblem(url, 'amazonaws.com');
    expect(problem).toMatchObject({ name: 'BadRequest', cause: 'BadRequest' });
    expect(problem!.message).toBe(
      `"ResponseURL" is ${url === undefined ? 'missing' : 'not an https address below amazonaws.com'}, and nothing was done:`
        + ' only CloudFormation sends this request, with a presigned URL of S3',
    );
  });

  test('of a local AWS can be any', () => {
    expect(addressProblem('http://127.0.0.1:4566/x', undefined)).toBeUndefined();
  });
});

describe('an answer', () => {
  const send = () => putResponse(S3, Buffer.from('{}'));
  const fetched = (answer: () => Promise<unknown>) =>
    jest.spyOn(globalThis, 'fetch').mockImplementation(answer as typeof fetch);

  test('is sent with a time limit, and follows no redirect', async () => {
    const limit = jest.spyOn(AbortSignal, 'timeout');
    const fetch = fetched(async () => ({ ok: true, status: 200 }));
    await send();
    expect(limit).toHaveBeenCalledWith(10_000);
    expect(fetch).toHaveBeenCalledWith(S3, {
      method: 'PUT',
      body: Buffer.from('{}'),
      headers: { 'content-type': '' },
      redirect: 'manual',
      signal: limit.mock.results[0].value,
    });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['is redirected', async () => ({ ok: false, status: 307 }), 'HTTP 307'],
    ['is refused', async () => ({ ok: false, status: 403 }), 'HTTP 403'],
    [
      'takes too long',
      () => Promise.reject(new DOMException(`${S3} timed out`, 'TimeoutError')),
      'no answer within 10 s',
    ],
    [
      'finds no host',
      () => Promise.reject(Object.assign(new TypeError(S3), { cause: { code: 'ENOTFOUND' } })),
      'ENOTFOUND',
    ],
    ['cannot be sent', () => Promise.reject(new TypeError(`Failed to parse URL from ${S3}`)), 'TypeError'],
  ])('that %s is an error without the URL', async (_what, answer, message) => {
    fetched(answer);
    await expect(send()).rejects.toThrow(new Error(message));
  });
});

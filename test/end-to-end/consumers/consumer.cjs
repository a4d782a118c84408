/**
 * A process that runs for years: it has one client of the AWS SDK for JavaScript with the default credentials, and calls
 * AWS when a line with the time comes from stdin. It prints a line for each: the caller, or the error.
 */
const RealDate = Date;
let offset = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(RealDate.now() + offset);
  }
  static now() {
    return RealDate.now() + offset;
  }
};
const { createInterface } = require('node:readline');
const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');

const sts = new STSClient({});
createInterface(process.stdin).on('line', async (line) => {
  offset = RealDate.parse(line) - RealDate.now();
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    const { accessKeyId } = await sts.config.credentials();
    console.log(JSON.stringify({ arn: Arn, accessKeyId }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
});

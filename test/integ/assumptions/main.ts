/**
 * `npm run integ:deploy -- --account 123456789012`: tries in an AWS account what this library assumes of AWS, prints
 * what it observed beside the assumptions, and removes what it created, also after a signal. It uses the credentials
 * and the Region of the environment.
 *
 * Exit status: 0 all is as assumed, 1 it is not, or something is left in the account, 2 wrong use, 130 interrupted.
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ASSUMPTIONS } from './';
import { observe, isAsAssumed } from './observe';
import { reportOf } from './report';
import type { Account } from './workspace';

const USAGE = `npm run integ:deploy -- --account ID [OPTION...]
  --account ID    the account of the credentials, as 12 digits: a guard against a wrong one
  --only ID,...   these assumptions only, also on an emulator that shows nothing of them
  --long          also the assumptions that take hours
  --json          prints JSON in place of the table
  --list          prints the assumptions, and tries none`;

const POLL_MS = { aws: 2000, emulator: 50 };

class WrongUse extends Error {}

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        account: { type: 'string' },
        only: { type: 'string' },
        long: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}

function selected(only: string | undefined) {
  if (only === undefined) return ASSUMPTIONS;
  const ids = only.split(',');
  const unknown = ids.filter((id) => !ASSUMPTIONS.some((assumption) => assumption.id === id));
  if (unknown.length > 0) throw new WrongUse(`there is no assumption ${unknown.join(', ')}. --list prints them.`);
  return ASSUMPTIONS.filter(({ id }) => ids.includes(id)).map(({ onlyAws, ...assumption }) => assumption);
}

async function accountOf(given: string | undefined): Promise<Account> {
  if (!/^\d{12}$/.test(given ?? '')) {
    throw new WrongUse(`--account is ${given ?? 'missing'}. Give the account of your credentials, 12 digits.`);
  }
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (!region) throw new WrongUse('no Region is set. Set AWS_REGION.');
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const clientConfig = { region, ...(endpoint && { endpoint }) };
  const { Account, Arn } = await new STSClient(clientConfig).send(new GetCallerIdentityCommand({}));
  if (Account !== given) {
    throw new WrongUse(`the credentials are of account ${Account}, and --account is ${given}. Nothing was tried.`);
  }
  return {
    id: Account!,
    partition: Arn!.split(':')[1],
    clientConfig,
    pollMs: endpoint ? POLL_MS.emulator : POLL_MS.aws,
  };
}

/** For people who wait, beside the result. If their terminal is closed, the removal goes on. */
function say(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // nobody reads it
  }
}

async function main(): Promise<number> {
  const { account: given, only, long, json, list } = optionsOf(process.argv.slice(2));
  const assumptions = selected(only);
  if (list) {
    for (const { id, statement, source } of assumptions) console.log(`${id}: ${statement} (${source})`);
    return 0;
  }
  const account = await accountOf(given);
  say(`Account ${account.id}, Region ${account.clientConfig.region}, ${account.clientConfig.endpoint ?? 'AWS'}.`);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      say('Interrupted. What was created is being removed; a deploy ends first.');
      interruption.abort();
    });
  }
  const results = await observe(assumptions, account, {
    long,
    signal: interruption.signal,
    onStart: ({ id }) => say(`trying ${id}`),
  });
  console.log(json ? JSON.stringify({ version: 1, account: account.id, results }, undefined, 2) : reportOf(results));
  if (!isAsAssumed(results)) return 1;
  return interruption.signal.aborted ? 130 : 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    say(error instanceof WrongUse ? `${error.message}\n${USAGE}` : `${error.name}: ${error.message}`);
    process.exitCode = error instanceof WrongUse ? 2 : 1;
  },
);

import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RotationFunction } from './rotation-function';
import { DigestEvent } from './rotator/contract';

/** A rule takes so many characters of constant input, and a schedule more. */
const INPUT_LIMIT = 8192;

/** Longer than any ARN or address that a token stands for. */
const LONGEST_ENDPOINT = 256;

const MINUTES_PER_DAY = 24 * 60;

/** Who is to be told, known once all users are. */
export interface Told {
  readonly count: number;
  readonly endpoints: readonly string[];
}

/** Asks once a day how all users stand and whether the messages still arrive, at a time of day that comes from the path. */
export function askForDigest(scope: Construct, rotation: RotationFunction, told: Told): void {
  const minute = parseInt(scope.node.addr.slice(-8), 16) % MINUTES_PER_DAY;
  rotation.asker.ask(scope, 'Digest', {
    name: rotation.sharedRuleName('digest'),
    description: 'Asks for the daily digest: how all users stand, and whether messages still arrive',
    expression: `cron(${minute % 60} ${Math.floor(minute / 60)} * * ? *)`,
    input: Lazy.string({ produce: () => inputOf(told, Stack.of(scope)) }),
  });
}

function inputOf({ count, endpoints }: Told, stack: Stack): string {
  const short = { action: 'digest', subscriptions: count } satisfies DigestEvent;
  const tokens = endpoints.filter((endpoint) => Token.isUnresolved(endpoint)).length;
  const long = { ...short, recipients: endpoints } satisfies DigestEvent;
  const fits = JSON.stringify(long).length + tokens * LONGEST_ENDPOINT <= INPUT_LIMIT;
  if (!fits) return JSON.stringify(short);
  return tokens === 0 ? JSON.stringify(long) : stack.toJsonString(long);
}

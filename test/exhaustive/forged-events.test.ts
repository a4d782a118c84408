/**
 * A principal who may only invoke the function sends events with settings of its own, for other users, or in the name
 * of CloudFormation, at every call of each event. Each is refused before any call, so nothing becomes different. What
 * such a principal may send is an event like any other: interleavings.test.ts plays these at once with each other.
 */
import { EVENTS, run } from './events';
import { starts } from './starts';
import { ACTIONS, COMMANDS } from '../../src/contract/events';
import { DEFAULT_SETTINGS, FIRST_KEY_TYPE } from '../../src/contract/settings';
import { BadRequest, Failed } from '../../src/rotator/domain/failure';
import { refusedQualifier } from '../../src/rotator/domain/qualifier';
import { handleCheck } from '../../src/rotator/handlers/check';
import { Invocation } from '../../src/rotator/handlers/invocation';
import { CONTEXT } from '../rotator/support';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:rotator';

const ofAlice = [...ACTIONS, ...COMMANDS].map((action) => ({ action, username: 'alice' }));

/** Every setting of the deployed list, and what a deploy or an earlier release has put into requests. */
const SETTINGS: object = {
  ...DEFAULT_SETTINGS,
  ages: { create: 1, deactivate: 2, delete: 3 },
  secret: 'bob',
  fields: { accessKey: 'a', secretKey: 'b' },
  limitDays: 4,
  created: true,
  owner: 'another rotation',
  duringDeploy: true,
  kmsKey: 'alias/other',
  checkTimes: {},
};

const FORGED: readonly unknown[] = [
  ...ofAlice.flatMap((event) => Object.entries(SETTINGS).map(([name, value]) => ({ ...event, [name]: value }))),
  ...ofAlice.flatMap((event) => [
    { ...event, username: 'bob' },
    { ...event, ifDue: 'no' },
    { ...event, dryRun: 0 },
    { ...event, accessKeyId: '*' },
  ]),
];

const REQUESTS = ['Create', 'Update', 'Delete'].map((RequestType) => ({
  RequestType,
  ResourceType: FIRST_KEY_TYPE,
  ResourceProperties: { UserName: 'alice', Owner: 'another rotation', Created: 'true' },
}));

const reachesAws = () => {
  throw new Error('a forged event reaches AWS');
};
const INVOCATION: Invocation = {
  users: new Map([['alice', {}]]),
  portsFor: reachesAws,
  notifications: { send: reachesAws },
  rotation: 'R',
  dryRun: false,
  requestId: 'forged',
  clock: { sleep: reachesAws, remainingTime: () => 300_000 },
  context: CONTEXT,
};

async function errorOf(event: unknown): Promise<unknown> {
  const result = await handleCheck(event, INVOCATION).catch((error: unknown) => new Failed(error));
  return result instanceof Failed ? result.error : result;
}

test('every event has a field that no event has, or a value that no field has', () => {
  expect(FORGED.length).toBeGreaterThan(80);
});

test('before any call of any event, from any state: each is refused, without a call, and the end is the same', async () => {
  let points = 0;
  const accepted: string[] = [];
  for (const start of await starts()) {
    for (const event of EVENTS) {
      const expected = start.aws.clone();
      await run(event, expected, start.settings, expected.tools()).catch(() => undefined);

      const aws = start.aws.clone();
      aws.pause = async () => {
        points++;
        for (const forged of FORGED) {
          const error = await errorOf(forged);
          if (!(error instanceof BadRequest)) accepted.push(`${JSON.stringify(forged)}: ${String(error)}`);
        }
      };
      await run(event, aws, start.settings, aws.tools()).catch(() => undefined);

      expect(accepted).toEqual([]);
      expect(aws.fingerprint()).toBe(expected.fingerprint());
      expect(aws.sent).toEqual(expected.sent);
    }
  }
  expect(points).toBeGreaterThan(1_000);
});

test.each(REQUESTS)('$RequestType of CloudFormation, through the function or another alias', (request) => {
  for (const arn of [FUNCTION_ARN, `${FUNCTION_ARN}:live`, `${FUNCTION_ARN}:$LATEST`]) {
    expect([arn, refusedQualifier(arn, request)]).toEqual([arn, expect.any(String)]);
  }
});

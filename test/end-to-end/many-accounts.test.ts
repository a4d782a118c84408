/**
 * The recipe of docs/many-accounts.md on the local AWS, which delivers no event to another account: here, the central
 * account is the member. It has no policies of buses either: test/examples/many-accounts.test.ts evaluates the policy.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { App, CfnOutput, CfnResource } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { ACCOUNT, LocalAws } from './support';
import { CentralStack } from '../../examples/typescript/lib/many-accounts/central-stack';
import { MemberStack } from '../../examples/typescript/lib/many-accounts/member-stack';

jest.mock('cdk-access-key-rotation', () => jest.requireActual('../../src'), { virtual: true });
jest.mock('../../examples/typescript/lib/many-accounts/organization', () => ({
  ...jest.requireActual('../../examples/typescript/lib/many-accounts/organization'),
  MEMBER_ACCOUNTS: ['111122223333'],
  CENTRAL_BUS_ARN: 'arn:aws:events:us-east-1:111122223333:event-bus/access-keys',
}));

let aws: LocalAws;
let inbox: string;
let rules: Record<string, any>;
beforeAll(async () => {
  aws = await LocalAws.start();
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'assembly-')) });
  const env = { account: ACCOUNT, region: 'us-east-1' };
  const central = new CentralStack(app, 'Central', { env });
  central.node
    .findAll()
    .filter(CfnResource.isCfnResource)
    .filter(({ cfnResourceType }) => cfnResourceType === events.CfnEventBusPolicy.CFN_RESOURCE_TYPE_NAME)
    .forEach(({ node }) => node.scope!.node.tryRemoveChild(node.id));
  const queue = new sqs.Queue(central, 'Inbox');
  const topic = central.node.findChild('SecurityTeam') as sns.Topic;
  topic.addSubscription(new subscriptions.SqsSubscription(queue));
  new CfnOutput(central, 'InboxUrl', { value: queue.queueUrl });
  new MemberStack(app, 'Member', { env });
  const { directory } = app.synth();
  rules = Template.fromStack(central).findResources('AWS::Events::Rule');
  inbox = (await aws.emulator.deploy(directory, 'Central')).InboxUrl;
  await aws.emulator.deploy(directory, 'Member');
});
afterAll(() => aws.emulator.stop());

const received = async () => (await aws.letters(inbox)).map(({ Message }) => JSON.parse(`${Message}`));

test('the security team receives a line with the account of a blocked user, and of a digest that needs attention', async () => {
  await aws.emulator.advanceDays(2);
  expect(await received()).toEqual([]); // digests in which all is in order

  await aws.secrets.send(new PutSecretValueCommand({ SecretId: 'ci-deployer', SecretString: 'by hand' }));
  await aws.emulator.advanceDays(1);

  const texts = await received();
  expect(new Set(texts)).toEqual(
    new Set([
      `Account ${ACCOUNT}: a rotation is blocked.`,
      `Account ${ACCOUNT}: users need attention, or were not read.`,
    ]),
  );
});

describe('the rules of the central bus', () => {
  /** The names of those that match an event with the form of PutEvents, as the local AWS evaluates patterns. */
  async function matching(account: string, detail: object): Promise<string[]> {
    const client = new EventBridgeClient(aws.emulator.clientConfig);
    const Event = JSON.stringify({
      version: '0',
      id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
      'detail-type': 'counts' in detail ? 'Access Key Digest' : 'Access Key Rotation Event',
      source: 'cdk-access-key-rotation',
      account,
      time: '2026-11-29T12:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail,
    });
    const names: string[] = [];
    for (const [id, { Properties }] of Object.entries(rules)) {
      const EventPattern = JSON.stringify(Properties.EventPattern);
      const { Result } = await client.send(new TestEventPatternCommand({ EventPattern, Event }));
      if (Result) names.push(id.slice(0, -8)); // without the hash of the logical ID
    }
    return names;
  }

  const SAME_DIGIT = '111122223334';
  const OTHER_DIGIT = '444444444444';
  const counts = (numbers: object = {}) => ({ counts: { users: 500, needAttention: 0, unread: 0, ...numbers } });

  test.each(['failed', 'blocked', 'exposed'])('%s is reported for each account, in the list or not', async (event) => {
    const [rule] = [event[0].toUpperCase() + event.slice(1)];
    for (const account of [ACCOUNT, SAME_DIGIT, OTHER_DIGIT]) {
      expect(await matching(account, { event, username: 'ci-deployer' })).toEqual([rule]);
    }
  });

  test('other events of a user are not reported', async () => {
    expect(await matching(ACCOUNT, { event: 'created', username: 'ci-deployer' })).toEqual([]);
  });

  test('a digest is reported if a user needs attention, or if the run had no time for all users', async () => {
    const digest = `Digest${ACCOUNT}`;
    expect(await matching(ACCOUNT, counts())).toEqual([digest]);
    expect(await matching(ACCOUNT, counts({ needAttention: 1 }))).toEqual(['NeedsAttention', digest]);
    expect(await matching(ACCOUNT, counts({ unread: 500 }))).toEqual(['NeedsAttention', digest]);
  });

  test('a digest of an account that is not in the list is reported, and sets no alarm to OK', async () => {
    expect(await matching(SAME_DIGIT, counts())).toEqual(['Unlisted1']);
    expect(await matching(OTHER_DIGIT, counts())).toEqual(['Unlisted4']);
  });
});

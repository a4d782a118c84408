/**
 * The recipe of docs/many-accounts.md on the local AWS, which delivers no event to another account: here, the central
 * account is the member. It has no policies of buses either: test/examples/many-accounts.test.ts evaluates the policy.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { App, CfnOutput, CfnResource } from 'aws-cdk-lib';
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
    new Set([`Account ${ACCOUNT}, IAM user ci-deployer: blocked.`, `Account ${ACCOUNT}: 1 of 1 users need attention.`]),
  );
});

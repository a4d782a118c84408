/** The recipe of docs/security.md that allows a user to read its secret from some networks only. */
import { Template } from 'aws-cdk-lib/assertions';
import { Account } from './iam-evaluation';
import { runSnippet } from '../package/pages/run-snippet';
import { Deployment, stackOf } from '../template/deployment';
import { testStack } from '../template/support';

const READ = 'secretsmanager:GetSecretValue';
const stack = testStack();
runSnippet('docs/security.md', "'aws:SourceIp'", { stack });
const account = new Account(new Deployment([stackOf('Test', JSON.stringify(Template.fromStack(stack).toJSON()))]));
const [user] = account.arns('AWS::IAM::User');
const [secret] = account.arns('AWS::SecretsManager::Secret');
const inside = { 'aws:SourceIp': '192.0.2.7' };

test.each<[request: string, allowed: boolean, context: Record<string, string | string[]>]>([
  ['the current key, from the network', true, inside],
  ['the current key, from elsewhere', false, { 'aws:SourceIp': '198.51.100.7' }],
  ['a request without an address', false, {}],
  ['a session, from the network', false, { ...inside, 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' }],
  ['an old key, from the network', false, { ...inside, 'secretsmanager:VersionStage': ['AWSPREVIOUS'] }],
])('%s: %s', async (_request, allowed, context) => {
  expect(await account.allows(user, READ, secret, context)).toBe(allowed);
});

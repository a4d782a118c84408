/**
 * A created user, whose checks rules trigger. In a real account this shows, of docs/reliability.md, that labels move,
 * that a new key works at STS while the function waits (it publishes no other), and by its clean-up, that nothing is
 * left.
 */
import { Match } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Account, AKIA, IN_ACCOUNT } from './account';
import { AccessKeyRotation } from '../../src';

const USER = 'akr-integ-rules';
const app = new App();
const stack = new Stack(app, 'AkrIntegRules', IN_ACCOUNT);
const rotation = new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: USER }] });
// What the test made is removed with its stacks.
rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
const account = new Account(app, stack, rotation);

// The deploy issued a first key.
account.ask(
  { action: 'status', username: USER },
  { outcome: 'status', status: Match.objectLike({ compliant: true, overdueDays: 0 }) },
);
account.hasKeys(USER, 'Active');
account.currentVersionHasLabels(USER, 'AWSCURRENT', Match.stringLikeRegexp('^akr1[.]key[.]AKIA'));

// A check does nothing before it is time, and an order nothing on the day of an issue.
account.ask({ action: 'create', username: USER, ifDue: true }, { outcome: 'not-due' });
account.ask({ action: 'create', username: USER }, { outcome: 'refused' });

// A leak is answered by a new key, at once.
account.ask(
  { action: 'revoke', username: USER, accessKeyId: account.onlyKey(USER) },
  { outcome: 'created', accessKeyId: AKIA },
);
account.hasKeys(USER, 'Active');
account.hasKeys(USER, 'Inactive');
account.currentVersionHasLabels(USER, 'AWSCURRENT', Match.stringLikeRegexp('^akr1[.]key[.]AKIA'));
account.ask(
  { action: 'status', username: USER },
  { outcome: 'status', status: Match.objectLike({ compliant: true, overdueDays: 0 }) },
);

/**
 * Users in nested stacks, whose checks schedules trigger. In a real account this shows, of docs/reliability.md, that
 * schedules are created with a role that is a moment old, and that the function may create a key for a user whose tag
 * is seconds old.
 */
import { Match } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Account, AKIA, IN_ACCOUNT } from './account';
import { AccessKeyRotation, RotationTrigger, UserStacks } from '../../src';

const USERS = ['akr-integ-stacks-1', 'akr-integ-stacks-2'];
const app = new App();
const stack = new Stack(app, 'AkrIntegUserStacks', IN_ACCOUNT);
const rotation = new AccessKeyRotation(stack, 'Rotation', {
  users: USERS.map((userName) => ({ userName })),
  userStacks: UserStacks.nested(2),
  trigger: RotationTrigger.eventBridgeScheduler(),
});
// What the test made is removed with its stacks.
rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
const account = new Account(app, stack, rotation);

for (const username of USERS) {
  account.ask(
    { action: 'status', username },
    { outcome: 'status', status: Match.objectLike({ compliant: true, overdueDays: 0 }) },
  );
  account.hasKeys(username, 'Active');
  account.ask(
    { action: 'revoke', username, accessKeyId: account.onlyKey(username) },
    { outcome: 'created', accessKeyId: AKIA },
  );
  account.hasKeys(username, 'Inactive');
}

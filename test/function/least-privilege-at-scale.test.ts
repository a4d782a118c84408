/** Least privilege for 1 and for 50 users, in each kind of stack. For 5,000 users, see test/load/. */
import { Account } from './iam-evaluation';
import { addNeighbors, testPrivileges } from './privileges';
import { UserStacks } from '../../src';
import { adopted, created, deploymentOf, rotationIn, stacksFor } from '../template/fleet';
import { ACCOUNT } from '../template/support';

describe.each([1, 50])('%i users in the stack of the rotation', (count) => {
  testPrivileges(
    deploymentOf((app) => {
      rotationIn(app, () => ({ users: created(count) }));
      addNeighbors(app, stacksFor(app, 1));
    }),
    'list',
  );
});

describe.each([1, 50])('%i users in nested stacks', (count) => {
  testPrivileges(
    deploymentOf((app) => {
      rotationIn(app, () => ({ users: created(count), userStacks: UserStacks.nested(2) }));
      addNeighbors(app, stacksFor(app, 1));
    }),
    'tag',
  );
});

describe.each([1, 50])('%i users in user stacks, shared with another rotation', (count) => {
  testPrivileges(
    deploymentOf((app) => {
      const stacks = stacksFor(app, 2);
      rotationIn(app, () => ({ users: created(count), userStacks: UserStacks.fromStacks(stacks) }));
      addNeighbors(app, stacks);
    }),
    'tag',
  );
});

test('with user stacks, the Lambda can tag adopted users and no others', async () => {
  const deployment = deploymentOf((app) =>
    rotationIn(app, (stack) => ({
      users: [...created(5), ...adopted(stack, 5)],
      userStacks: UserStacks.fromStacks(stacksFor(app, 2)),
    })),
  );
  const account = new Account(deployment);
  const role = deployment.properties(deployment.ofType('AWS::Lambda::Function')[0]).Role;
  const mayTag = (user: string) =>
    account.allows(role, 'iam:TagUser', user, { 'aws:TagKeys': ['cdk-access-key-rotation'] });
  const partners = [...Array(5).keys()].map(
    (index) => `arn:aws:iam::${ACCOUNT}:user/partners/${`adopted-${index}-`.padEnd(64, 'x')}`,
  );

  expect(await Promise.all(partners.map(mayTag))).toEqual(Array(5).fill(true));
  expect(await Promise.all(account.arns('AWS::IAM::User').map(mayTag))).toEqual(Array(5).fill(false));
  expect(await mayTag(`arn:aws:iam::${ACCOUNT}:user/partners/other`)).toBe(false);
});

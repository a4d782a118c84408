/**
 * The maximum number of users of an AWS account, in one rotation and with default quotas. It is not synthesized again
 * with the newest CDK, unlike the smaller rotations of test/template/.
 */
import { UserStacks } from '../../src';
import { addNeighbors, testPrivileges } from '../function/privileges';
import { created, deploymentOf, rotationIn, stacksFor } from '../template/fleet';
import { broken, WARNINGS } from '../template/limits';

const [USERS, STACKS, NEIGHBOURS] = [5_000, 128, 4];

const deployment = deploymentOf((app) => {
  const stacks = stacksFor(app, STACKS);
  rotationIn(app, () => ({ users: created(USERS - NEIGHBOURS), userStacks: UserStacks.fromStacks(stacks) }));
  addNeighbors(app, stacks);
});

test('5,000 users are within all quotas', () => {
  expect(deployment.ofType('AWS::IAM::User')).toHaveLength(USERS);
  expect(deployment.stacks).toHaveLength(STACKS + 2);
  expect(broken(deployment)).toEqual([]);
});

test('no stack is nested, so the limit of 2,500 resources per operation does not apply', () => {
  expect(Object.values(WARNINGS).flatMap((warning) => warning(deployment))).toEqual([]);
});

test('templates are well below the limits of CloudFormation', () => {
  expect(Math.max(...deployment.stacks.map(({ bytes }) => bytes))).toBeLessThan(600_000);
  expect(Math.max(...deployment.stacks.map(({ body }) => Object.keys(body.Resources!).length))).toBeLessThan(450);
});

test('the rotation stack has the shared resources, no rule, and four exports', () => {
  const shared = deployment.stacks.find(({ name }) => name === 'Rotation')!;
  expect(Object.keys(shared.body.Resources!).length).toBeLessThan(22);
  expect(Object.keys(shared.body.Outputs!)).toHaveLength(4); // role, function, alias and dead-letter queue
  expect(
    deployment.ofType('AWS::Events::Rule').filter(({ resource }) => !resource.Properties.Name.includes('neighbor')),
  ).toEqual([]);
});

describe('least privilege, of one user from each stack', () => {
  const stackOf = new Map(
    deployment.ofType('AWS::IAM::User').map((located) => [deployment.arn(located), located.stack.name]),
  );
  const oneOfEach = (arns: readonly string[]) => [...new Map(arns.map((arn) => [stackOf.get(arn), arn])).values()];

  test('there is one user from each stack', () => {
    expect(oneOfEach([...stackOf.keys()])).toHaveLength(STACKS + 1); // the user outside the rotation has its own stack
  });

  testPrivileges(deployment, 'tag', oneOfEach);
});

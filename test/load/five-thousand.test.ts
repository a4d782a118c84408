/**
 * As many users as an AWS account can have, in one rotation and without a raised quota. It is synthesized once, and not
 * with the newest CDK again: the smaller rotations of test/template/ are.
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

test('there are 5,000 users, and AWS takes all of it', () => {
  expect(deployment.ofType('AWS::IAM::User')).toHaveLength(USERS);
  expect(deployment.stacks).toHaveLength(STACKS + 2);
  expect(broken(deployment)).toEqual([]);
});

test('no stack is nested, so no operation is limited to 2,500 resources', () => {
  expect(Object.values(WARNINGS).flatMap((warning) => warning(deployment))).toEqual([]);
});

test('templates stay well below what CloudFormation takes', () => {
  expect(Math.max(...deployment.stacks.map(({ bytes }) => bytes))).toBeLessThan(600_000);
  expect(Math.max(...deployment.stacks.map(({ body }) => Object.keys(body.Resources!).length))).toBeLessThan(450);
});

test('what all users share is in one stack, has no rule, and exports three values', () => {
  const shared = deployment.stacks.find(({ name }) => name === 'Rotation')!;
  expect(Object.keys(shared.body.Resources!).length).toBeLessThan(20);
  expect(Object.keys(shared.body.Outputs!)).toHaveLength(3);
  expect(
    deployment.ofType('AWS::Events::Rule').filter(({ resource }) => !resource.Properties.Name.includes('neighbour')),
  ).toEqual([]);
});

describe('least privilege, of one user from each stack', () => {
  const stackOf = new Map(
    deployment.ofType('AWS::IAM::User').map((located) => [deployment.arn(located), located.stack.name]),
  );
  const oneOfEach = (arns: readonly string[]) => [...new Map(arns.map((arn) => [stackOf.get(arn), arn])).values()];

  test('there is one from each', () => {
    expect(oneOfEach([...stackOf.keys()])).toHaveLength(STACKS + 1); // the one that is nobody's has a stack of its own
  });

  testPrivileges(deployment, 'tag', oneOfEach);
});

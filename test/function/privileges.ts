/** The permissions of a rotation on its own users and secrets, and on no others, for any number of users. */
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { actionsOf } from './called-actions';
import { Account, tagged } from './iam-evaluation';
import { AccessKeyRotation, UserStacks } from '../../src';
import { OWNER_TAG } from '../../src/contract/settings';
import { Deployment } from '../template/deployment';
import { ACCOUNT } from '../template/support';

type OtherUser = [description: string, arn: string, tags: Record<string, string>];

const READ = 'secretsmanager:GetSecretValue';

/** Condition keys of the requests with which the Lambda sets and removes its tag. */
const TAG_CONTEXT: Record<string, Record<string, string[]>> = {
  'iam:TagUser': { 'aws:TagKeys': [OWNER_TAG] },
  'iam:UntagUser': { 'aws:TagKeys': [OWNER_TAG] },
};

/** Another rotation with users in the same stacks, and a user and a secret of no rotation. */
export function addNeighbors(app: App, stacks: Stack[]): void {
  const stack = new Stack(app, 'Neighbors');
  new AccessKeyRotation(stack, 'Rotation', {
    users: ['neighbor-1', 'neighbor-2', 'neighbor-3'].map((userName) => ({ userName })),
    userStacks: UserStacks.fromStacks(stacks),
  });
  new iam.User(stack, 'Untagged', { userName: 'neighbor-untagged' });
  new secretsmanager.Secret(stack, 'UntaggedSecret', { secretName: 'neighbor-untagged' });
}

/**
 * Tests the rotation in the stack `Rotation` of a deployment that also has neighbors.
 *
 * @param sample - selects the users to simulate, from all created users of the rotation
 * @param permittedBy - how the policies permit these users to the Lambda
 */
export function testPrivileges(
  deployment: Deployment,
  permittedBy: 'list' | 'tag',
  sample: (arns: readonly string[]) => readonly string[] = (arns) => arns,
): void {
  const account = new Account(deployment);
  const [handler] = deployment
    .ofType('AWS::Lambda::Function')
    .filter(({ stack }) => stack.name === 'Rotation')
    .map((located) => deployment.properties(located));
  const role: string = handler.Role;
  const owner: string = handler.Environment.Variables.ROTATION;
  const isNeighbor = (arn: string) => /[:/]neighbor-/.test(arn);
  const [users, secrets] = ['AWS::IAM::User', 'AWS::SecretsManager::Secret'].map((type) =>
    account.arns(type).filter((arn) => !isNeighbor(arn)),
  );
  const [otherUsers, otherSecrets] = ['AWS::IAM::User', 'AWS::SecretsManager::Secret'].map((type) =>
    account.arns(type).filter(isNeighbor),
  );
  const sampled = sample(users);
  const secretOf = (user: string) => secrets.find((arn) => arn.includes(`:secret:${user.split('/').pop()}-`))!;
  const allowed = (action: string, resource: string, tags: Record<string, string> = {}) =>
    account.allows(role, action, resource, { ...TAG_CONTEXT[action], ...tags });
  const otherUsersLike = (user: string): OtherUser[] => {
    const tags = account.tags(user);
    const name = user.split(':user').pop()!;
    const value = permittedBy === 'tag' ? tags[`aws:ResourceTag/${OWNER_TAG}`] : owner;
    return [
      ['whose tag differs by case', `arn:aws:iam::${ACCOUNT}:user/other`, tagged({ [OWNER_TAG]: value.toUpperCase() })],
      [
        'of the same rotation in another region',
        `arn:aws:iam::${ACCOUNT}:user/other`,
        tagged({ [OWNER_TAG]: value.replace(/^[^/]*/, 'us-east-1') }),
      ],
      ['with another tag of that value', `arn:aws:iam::${ACCOUNT}:user/other`, tagged({ team: value })],
      ['of another account, with the same tag', `arn:aws:iam::999999999999:user${name}`, tags],
      ['of another partition, with the same tag', `arn:aws-cn:iam::${ACCOUNT}:user${name}`, tags],
    ];
  };

  test('each user and each secret has the tag of this rotation, and no neighbor has it', () => {
    const tags = (arns: readonly string[]) => [
      ...new Set(arns.map((arn) => account.tags(arn)[`aws:ResourceTag/${OWNER_TAG}`])),
    ];
    expect(tags(users)).toEqual([owner]);
    // Policies that list the secrets do not use their tags.
    if (permittedBy === 'tag') expect(tags(secrets)).toEqual([owner]);
    expect(tags([...otherUsers, ...otherSecrets])).not.toContain(owner);
    expect(secrets).toHaveLength(users.length);
  });

  test('the Lambda can call its actions on its users and secrets', async () => {
    const refused: string[] = [];
    for (const user of sampled) {
      const calls = [
        ...actionsOf('iam')
          .filter((action) => permittedBy === 'list' || action !== 'iam:TagUser')
          .map((action) => [action, user]),
        ...actionsOf('secretsmanager').map((action) => [action, secretOf(user)]),
      ];
      for (const [action, resource] of calls) {
        if (!(await allowed(action, resource))) refused.push(`${action} on ${resource}`);
      }
    }
    expect(refused).toEqual([]);
  });

  test('the Lambda can call none of them on other users and secrets', async () => {
    const allowedOnOthers: string[] = [];
    for (const [description, user, tags] of [
      ...otherUsers.map((arn): OtherUser => ['of a neighbor', arn, {}]),
      ...otherUsersLike(sampled[0]),
    ]) {
      for (const action of actionsOf('iam')) {
        if (await allowed(action, user, tags)) allowedOnOthers.push(`${action} on a user ${description}: ${user}`);
      }
    }
    for (const secret of otherSecrets) {
      for (const action of actionsOf('secretsmanager')) {
        if (await allowed(action, secret)) allowedOnOthers.push(`${action} on ${secret}`);
      }
    }
    expect(allowedOnOthers).toEqual([]);
  });

  test('the Lambda can set and remove only its own tag, and set it only on listed users', async () => {
    for (const user of sampled) {
      expect(await allowed('iam:TagUser', user)).toBe(permittedBy === 'list');
      expect(await account.allows(role, 'iam:UntagUser', user, { 'aws:TagKeys': ['team'] })).toBe(false);
    }
    for (const user of otherUsers) expect(await allowed('iam:TagUser', user)).toBe(false);
  });

  test('a user can read its own secret, and no other', async () => {
    for (const [index, user] of sampled.entries()) {
      const [next] = sampled.slice(index + 1);
      expect([user, await account.allows(user, READ, secretOf(user))]).toEqual([user, true]);
      for (const other of [...(next ? [secretOf(next)] : []), ...otherSecrets]) {
        expect([other, await account.allows(user, READ, other)]).toEqual([other, false]);
      }
      expect(account.granted(user)).toEqual([READ]);
    }
  });

  test('no neighbor can read a secret of this rotation', async () => {
    for (const user of otherUsers) {
      for (const own of sampled.slice(0, 3)) expect(await account.allows(user, READ, secretOf(own))).toBe(false);
    }
  });
}

/** What a rotation may do on its own users and secrets, and on nobody else's: the same at any size. */
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { on } from './called-actions';
import { Account, tagged } from './iam-evaluation';
import { AccessKeyRotation, UserStacks } from '../../src';
import { OWNER_TAG } from '../../src/contract/settings';
import { Deployment } from '../template/deployment';
import { ACCOUNT } from '../template/support';

type Other = [who: string, arn: string, tags: Record<string, string>];

const READ = 'secretsmanager:GetSecretValue';

/** The tag that the Lambda sets and takes away. */
const TAGGING: Record<string, Record<string, string[]>> = {
  'iam:TagUser': { 'aws:TagKeys': [OWNER_TAG] },
  'iam:UntagUser': { 'aws:TagKeys': [OWNER_TAG] },
};

/** Another rotation with users in the same stacks, and a user and a secret of nobody's. */
export function addNeighbours(app: App, stacks: Stack[]): void {
  const stack = new Stack(app, 'Neighbours');
  new AccessKeyRotation(stack, 'Rotation', {
    users: ['neighbour-1', 'neighbour-2', 'neighbour-3'].map((userName) => ({ userName })),
    userStacks: UserStacks.fromStacks(stacks),
  });
  new iam.User(stack, 'Untagged', { userName: 'neighbour-untagged' });
  new secretsmanager.Secret(stack, 'UntaggedSecret', { secretName: 'neighbour-untagged' });
}

/**
 * Tests the rotation in the stack `Rotation` of a deployment that has neighbours as well.
 *
 * @param sample - whom the simulator is asked about, of all users of the rotation that were created
 * @param permittedBy - what permits the Lambda to work on those users
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
  const isNeighbour = (arn: string) => /[:/]neighbour-/.test(arn);
  const [users, secrets] = ['AWS::IAM::User', 'AWS::SecretsManager::Secret'].map((type) =>
    account.arns(type).filter((arn) => !isNeighbour(arn)),
  );
  const [otherUsers, otherSecrets] = ['AWS::IAM::User', 'AWS::SecretsManager::Secret'].map((type) =>
    account.arns(type).filter(isNeighbour),
  );
  const asked = sample(users);
  const secretOf = (user: string) => secrets.find((arn) => arn.includes(`:secret:${user.split('/').pop()}-`))!;
  const allowed = (action: string, resource: string, tags: Record<string, string> = {}) =>
    account.allows(role, action, resource, { ...TAGGING[action], ...tags });
  const strangers = (user: string): Other[] => {
    const tags = account.tags(user);
    const name = user.split(':user').pop()!;
    const value = permittedBy === 'tag' ? tags[`aws:ResourceTag/${OWNER_TAG}`] : owner;
    return [
      [
        'whose tag differs by case',
        `arn:aws:iam::${ACCOUNT}:user/stranger`,
        tagged({ [OWNER_TAG]: value.toUpperCase() }),
      ],
      [
        'of the same rotation in another region',
        `arn:aws:iam::${ACCOUNT}:user/stranger`,
        tagged({ [OWNER_TAG]: value.replace(/^[^/]*/, 'us-east-1') }),
      ],
      ['with another tag of that value', `arn:aws:iam::${ACCOUNT}:user/stranger`, tagged({ team: value })],
      ['of another account, with the same tag', `arn:aws:iam::999999999999:user${name}`, tags],
      ['of another partition, with the same tag', `arn:aws-cn:iam::${ACCOUNT}:user${name}`, tags],
    ];
  };

  test('every user and every secret has the tag of this rotation, and no neighbour has', () => {
    const tags = (arns: readonly string[]) => [
      ...new Set(arns.map((arn) => account.tags(arn)[`aws:ResourceTag/${OWNER_TAG}`])),
    ];
    expect(tags(users)).toEqual([owner]);
    // where they are listed, nothing goes by their tags
    if (permittedBy === 'tag') expect(tags(secrets)).toEqual([owner]);
    expect(tags([...otherUsers, ...otherSecrets])).not.toContain(owner);
    expect(secrets).toHaveLength(users.length);
  });

  test('the Lambda may do what it calls on its users and secrets', async () => {
    const refused: string[] = [];
    for (const user of asked) {
      const calls = [
        ...on('iam')
          .filter((action) => permittedBy === 'list' || action !== 'iam:TagUser')
          .map((action) => [action, user]),
        ...on('secretsmanager').map((action) => [action, secretOf(user)]),
      ];
      for (const [action, resource] of calls) {
        if (!(await allowed(action, resource))) refused.push(`${action} on ${resource}`);
      }
    }
    expect(refused).toEqual([]);
  });

  test('the Lambda may do none of it on other users and secrets', async () => {
    const done: string[] = [];
    for (const [who, user, tags] of [
      ...otherUsers.map((arn): Other => ['of a neighbour', arn, {}]),
      ...strangers(asked[0]),
    ]) {
      for (const action of on('iam')) {
        if (await allowed(action, user, tags)) done.push(`${action} on a user ${who}: ${user}`);
      }
    }
    for (const secret of otherSecrets) {
      for (const action of on('secretsmanager')) if (await allowed(action, secret)) done.push(`${action} on ${secret}`);
    }
    expect(done).toEqual([]);
  });

  test('the Lambda may touch no tag but its own, and set that only where users are listed', async () => {
    for (const user of asked) {
      expect(await allowed('iam:TagUser', user)).toBe(permittedBy === 'list');
      expect(await account.allows(role, 'iam:UntagUser', user, { 'aws:TagKeys': ['team'] })).toBe(false);
    }
    for (const user of otherUsers) expect(await allowed('iam:TagUser', user)).toBe(false);
  });

  test('a user may read its own secret, and no other', async () => {
    for (const [index, user] of asked.entries()) {
      const [next] = asked.slice(index + 1);
      expect([user, await account.allows(user, READ, secretOf(user))]).toEqual([user, true]);
      for (const other of [...(next ? [secretOf(next)] : []), ...otherSecrets]) {
        expect([other, await account.allows(user, READ, other)]).toEqual([other, false]);
      }
      expect(account.granted(user)).toEqual([READ]);
    }
  });

  test('no neighbour may read a secret of this rotation', async () => {
    for (const user of otherUsers) {
      for (const own of asked.slice(0, 3)) expect(await account.allows(user, READ, secretOf(own))).toBe(false);
    }
  });
}

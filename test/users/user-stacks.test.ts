/** Users spread over several stacks: nobody ever moves, and the Lambda may touch those of its rotation alone. */
import { App, CfnResource, Environment, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import { AccessKeyRotation, AccessKeyRotationProps, UserStacks } from '../../src';
import { Resources, statement, Synthesized, testApp } from '../template/support';

type Props = Omit<AccessKeyRotationProps, 'userStacks'>;

const names = (count: number) => [...Array(count).keys()].map((index) => `user-${index}`);
const users = (list: readonly string[]) => ({ users: list.map((userName) => ({ userName })) });

function nested(count: number, props: Props, keepInRotationStack?: string[]): Synthesized {
  const stack = new Stack(testApp(), 'Test');
  return new Synthesized(
    stack,
    new AccessKeyRotation(stack, 'Rotation', {
      ...props,
      userStacks: UserStacks.nested(count, { keepInRotationStack }),
    }),
  );
}

function apart(count: number, props: Props, env?: Environment): Synthesized & { readonly stacks: Stack[] } {
  const app = testApp();
  const stack = new Stack(app, 'Test', { env });
  const stacks = [...Array(count).keys()].map((index) => new Stack(app, `Users${index}`, { env }));
  const construct = new AccessKeyRotation(stack, 'Rotation', { ...props, userStacks: UserStacks.fromStacks(stacks) });
  return Object.assign(new Synthesized(stack, construct), { stacks });
}

/** The template of each stack that has users, by the path of the stack. */
function templates(built: Synthesized): Record<string, Resources> {
  const stacks = new Set(built.rotation.users.map((user) => Stack.of(user)));
  App.of(built.stack)!.synth();
  return Object.fromEntries(
    [...stacks].map((stack) => [stack.node.path, Template.fromStack(stack).toJSON().Resources]),
  );
}

/** What CloudFormation gets of each user, by name, with the stack it is in. */
function deployed(built: Synthesized): Record<string, unknown> {
  const all = templates(built);
  return Object.fromEntries(
    built.rotation.users.map((user) => {
      const stack = Stack.of(user);
      const resources = user.node
        .findAll()
        .filter(CfnResource.isCfnResource)
        .map((resource): string => stack.resolve(resource.logicalId));
      return [
        user.userName,
        { stack: stack.node.path, resources: resources.map((id) => [id, all[stack.node.path][id]]) },
      ];
    }),
  );
}

test('nested stacks have the users, the stack of the rotation has what they share', () => {
  const built = nested(4, users(names(12)));
  expect(built.ofType('AWS::IAM::User')).toEqual([]);
  expect(built.ofType('AWS::Lambda::Function')).toHaveLength(1);
  const stacks = Object.values(templates(built)).map(
    (resources) => Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::User').length,
  );
  expect(stacks.reduce((sum, count) => sum + count)).toBe(12);
  expect(built.ofType('AWS::CloudFormation::Stack')).toHaveLength(stacks.length);
  expect(built.users.map(([name]) => name)).toEqual(names(12).sort());
});

test('so have stacks of your own, which come after it', () => {
  const built = apart(3, users(names(9)));
  expect(Object.keys(templates(built)).sort()).toEqual(['Users0', 'Users1', 'Users2']);
  for (const stack of built.stacks) expect(stack.dependencies).toContain(built.stack);
  expect(built.stack.dependencies).toEqual([]);
});

test('each user has seven resources there, and there is nothing else', () => {
  for (const resources of Object.values(templates(apart(3, users(names(9)))))) {
    const types = Object.values(resources).map(({ Type }) => Type);
    expect(types).toHaveLength(7 * types.filter((type) => type === 'AWS::IAM::User').length);
  }
});

test('two rotations may share stacks', () => {
  const app = testApp();
  const [one, other, shared] = ['One', 'Other', 'Shared'].map((id) => new Stack(app, id));
  new AccessKeyRotation(one, 'Rotation', {
    users: [{ userName: 'alice' }],
    userStacks: UserStacks.fromStacks([shared]),
  });
  new AccessKeyRotation(other, 'Rotation', {
    users: [{ userName: 'bob' }],
    userStacks: UserStacks.fromStacks([shared]),
  });
  Template.fromStack(shared).resourceCountIs('AWS::IAM::User', 2);
});

test('nobody moves or changes, whoever comes, goes, or changes places: hundreds of edits', () => {
  const POOL = names(6);
  const rotated = (list: string[]) => nested(2, { ...users(list), alarms: false });
  const settled = deployed(rotated(POOL));
  fc.assert(
    fc.property(fc.shuffledSubarray(POOL, { minLength: 1 }), (list) => {
      const now = deployed(rotated(list));
      for (const name of list) expect(now[name]).toEqual(settled[name]);
    }),
    { numRuns: 200 },
  );
});

test('the stack of a user is the same for ever', () => {
  const built = nested(128, users(['ci-deployer', 'legacy-erp', 'partner-x']));
  expect(built.rotation.users.map((user) => Stack.of(user).node.id)).toEqual(['Users113', 'Users3', 'Users8']);
});

test('5,000 users fit into 128 stacks, 300 into 8', () => {
  for (const [count, stacks] of [
    [5_000, 128],
    [300, 8],
    [350, 9],
  ]) {
    const stack = new Stack();
    const of = UserStacks.nested(stacks);
    const sizes = new Map<unknown, number>();
    for (const name of names(count)) {
      const scope = of._scopeOf(name, stack);
      sizes.set(scope, (sizes.get(scope) ?? 0) + 1);
    }
    expect(Math.max(...sizes.values()) * 7).toBeLessThan(500);
  }
});

describe('a rotation that grows', () => {
  test('keeps the resources of the users that it had', () => {
    const before = new Synthesized(...single(names(3)));
    const after = nested(4, users(names(20)), names(3));
    expect(deployed(after)).toMatchObject(deployed(before));
    expect(Object.values(deployed(after)).filter((user) => (user as { stack: string }).stack === 'Test')).toHaveLength(
      3,
    );
  });

  test('knows a user with an id by that', () => {
    const stack = new Stack(testApp(), 'Test');
    const bob = { user: iam.User.fromUserName(stack, 'Bob', 'bob'), id: 'the-bob' };
    const built = new AccessKeyRotation(stack, 'Rotation', {
      users: [bob, { userName: 'alice' }],
      userStacks: UserStacks.nested(2, { keepInRotationStack: ['the-bob'] }),
    });
    expect(built.users.map((user) => Stack.of(user) === stack)).toEqual([true, false]);
  });

  function single(list: string[]): [Stack, AccessKeyRotation] {
    const stack = new Stack(testApp(), 'Test');
    return [stack, new AccessKeyRotation(stack, 'Rotation', users(list))];
  }
});

describe('the permissions of the Lambda', () => {
  const inline = (built: Synthesized) => built.the('AWS::IAM::Role').Properties.Policies[0].PolicyDocument;
  const tag = {
    'aws:ResourceTag/cdk-access-key-rotation': {
      'Fn::Join': ['', [{ Ref: 'AWS::Region' }, expect.stringMatching(/^\/Test\/[0-9a-f]{8}$/)]],
    },
  };

  test('go by the tag of users and secrets, however many there are', () => {
    const built = nested(4, users(names(12)));
    expect(statement(inline(built), 'ManageAccessKeysByTag').Condition.StringEquals).toEqual(tag);
    expect(statement(inline(built), 'StoreKeysInSecretsByTag').Condition.StringEquals).toEqual(tag);
    expect(built.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  test('do not include to set that tag', () => {
    const { Action } = statement(inline(nested(4, users(names(12)))), 'ManageAccessKeysByTag');
    expect(Action).not.toContain('iam:TagUser');
    expect(Action).toContain('iam:UntagUser');
  });

  test('name adopted users, who have no tag at first', () => {
    const stack = new Stack(testApp(), 'Test');
    const built = new Synthesized(
      stack,
      new AccessKeyRotation(stack, 'Rotation', {
        users: [
          { userName: 'alice' },
          { user: iam.User.fromUserArn(stack, 'Bob', 'arn:aws:iam::111122223333:user/partners/bob') },
        ],
        userStacks: UserStacks.nested(2),
      }),
    );
    const { Statement } = built.the('AWS::IAM::ManagedPolicy').Properties.PolicyDocument;
    expect(Statement).toEqual([
      expect.objectContaining({ Sid: 'ManageAccessKeys', Resource: 'arn:aws:iam::111122223333:user/partners/bob' }),
    ]);
    expect(Statement[0].Action).toContain('iam:TagUser');
  });

  test('name each KMS key once', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test');
    const encryptionKey = new kms.Key(stack, 'Key');
    const built = new Synthesized(
      stack,
      new AccessKeyRotation(stack, 'Rotation', { ...users(names(5)), encryptionKey, userStacks: UserStacks.nested(2) }),
    );
    expect(JSON.stringify(inline(built)).match(/kms:GenerateDataKey/g)).toHaveLength(1);
  });

  test('do not go by tags where all users are listed', () => {
    const stack = new Stack(testApp(), 'Test');
    expect(new Synthesized(stack, new AccessKeyRotation(stack, 'Rotation', users(['alice']))).json).not.toContain(
      'ResourceTag',
    );
  });
});

describe('are refused, with the way out:', () => {
  test.each([0, -1, 1.5, 201, NaN])('%p nested stacks', (count) => {
    expect(() => UserStacks.nested(count)).toThrow(
      `UserStacks.nested: "count" is ${count}, but must be a whole number from 1 to 200. Use one stack for every 40 users.`,
    );
  });

  test('no stacks of your own, or one twice', () => {
    const stack = new Stack(testApp(), 'Users');
    expect(() => UserStacks.fromStacks([])).toThrow(
      'UserStacks.fromStacks: the list of stacks is empty. Pass one stack for every 40 users.',
    );
    expect(() => UserStacks.fromStacks([stack, stack])).toThrow(
      'UserStacks.fromStacks: the stack Users is in the list twice. Pass each stack once.',
    );
  });

  test('stacks of another account or region', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test', { env: { region: 'eu-central-1' } });
    const elsewhere = new Stack(app, 'Users', { env: { region: 'eu-west-1' } });
    expect(
      () =>
        new AccessKeyRotation(stack, 'Rotation', {
          ...users(['alice']),
          userStacks: UserStacks.fromStacks([elsewhere]),
        }),
    ).toThrow(
      'AccessKeyRotation Test/Rotation: the user stack Users is for aws://unknown-account/eu-west-1, but the rotation is for'
        + ' aws://unknown-account/eu-central-1. Give both the same "env".',
    );
  });

  test('more users than the stacks take', () => {
    expect(() => App.of(nested(1, users(names(80))).stack)!.synth()).toThrow(
      /The stack Test\/Rotation\/Users1 has 560 resources, among them those of 80 users, and CloudFormation allows 500. Add some of the users to another rotation/,
    );
  });
});

describe('a warning says that nested stacks cannot be deployed at once', () => {
  // Without a synth, which takes seconds with so many users.
  const warnings = (built: Synthesized) =>
    built.rotation.node.metadata.filter(
      ({ type, data }) => type === 'aws:cdk:warning' && /one operation on nested stacks/.test(data),
    );

  test('where there are more than 350 users, and how to go on', () => {
    const built = nested(12, users(names(358)));
    expect(warnings(built)).toHaveLength(1);
    expect(warnings(built)[0].data).toMatch(
      /357 users\. .* Use UserStacks.fromStacks\(\), or deploy fewer users.*cdk-access-key-rotation:nestedStackOperation/,
    );
  });

  test('not where there are fewer, or stacks of your own', () => {
    expect(warnings(nested(12, users(names(357))))).toEqual([]);
    expect(warnings(apart(12, users(names(358))))).toEqual([]);
  });
});

test('a nested stack is only there for users', () => {
  const { stack } = nested(200, users(['alice']));
  expect(stack.node.findAll().filter((construct) => NestedStack.isNestedStack(construct))).toHaveLength(1);
});

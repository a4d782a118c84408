/** Users in several stacks: no user ever moves, and the Lambda may manage only the users of its rotation. */
import { App, CfnResource, Duration, Environment, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { StackSetStack } from 'cdk-stacksets';
import * as fc from 'fast-check';
import { AccessKeyRotation, AccessKeyRotationProps, RotationSchedule, UserStacks } from '../../src';
import { Resources, statement, Synthesized, testApp } from '../template/support';

type Props = Omit<AccessKeyRotationProps, 'userStacks'>;

const names = (count: number) => [...Array(count).keys()].map((index) => `user-${index}`);
const users = (list: readonly string[]) => ({ users: list.map((userName) => ({ userName })) });

function inNestedStacks(count: number, props: Props, keepInRotationStack?: string[]): Synthesized {
  const stack = new Stack(testApp(), 'Test');
  return new Synthesized(
    stack,
    new AccessKeyRotation(stack, 'Rotation', {
      ...props,
      userStacks: UserStacks.nested(count, { keepInRotationStack }),
    }),
  );
}

function inOwnStacks(count: number, props: Props, env?: Environment): Synthesized & { readonly stacks: Stack[] } {
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

/** The resources of each user and their stack, by user name. */
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

test('nested stacks have the users, and the stack of the rotation has the shared resources', () => {
  const built = inNestedStacks(4, users(names(12)));
  expect(built.ofType('AWS::IAM::User')).toEqual([]);
  expect(built.ofType('AWS::Lambda::Function')).toHaveLength(1);
  const stacks = Object.values(templates(built)).map(
    (resources) => Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::User').length,
  );
  expect(stacks.reduce((sum, count) => sum + count)).toBe(12);
  expect(built.ofType('AWS::CloudFormation::Stack')).toHaveLength(stacks.length);
  expect(built.users.map(([name]) => name)).toEqual(names(12).sort());
});

test('the settings of users in user stacks are in the list beside the code, and not in the events', () => {
  const props = { ...users(names(6)), schedule: RotationSchedule.activeUnder(Duration.days(90)) };
  for (const built of [inNestedStacks(2, props), inOwnStacks(2, props)]) {
    expect(built.users).toEqual(
      names(6).map((name) => [name, { ages: { create: 73, deactivate: 87, delete: 101 }, limitDays: 90 }]),
    );
    const rules = Object.values(templates(built))
      .flatMap((resources) => Object.values(resources))
      .filter(({ Type }) => Type === 'AWS::Events::Rule')
      .map(({ Properties }) => JSON.parse(Properties.Targets[0].Input));
    expect(rules).toHaveLength(18);
    for (const input of rules) expect(Object.keys(input)).toEqual(['action', 'username', 'ifDue']);
  }
});

test('your own stacks have the users, and depend on the stack of the rotation', () => {
  const built = inOwnStacks(3, users(names(9)));
  expect(Object.keys(templates(built)).sort()).toEqual(['Users0', 'Users1', 'Users2']);
  for (const stack of built.stacks) expect(stack.dependencies).toContain(built.stack);
  expect(built.stack.dependencies).toEqual([]);
});

test('a user stack has seven resources for each user and no others', () => {
  for (const resources of Object.values(templates(inOwnStacks(3, users(names(9)))))) {
    const types = Object.values(resources).map(({ Type }) => Type);
    expect(types).toHaveLength(7 * types.filter((type) => type === 'AWS::IAM::User').length);
  }
});

test('two rotations can share stacks', () => {
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

test('no user moves or changes when others are added, removed or reordered: 200 edits', () => {
  const POOL = names(6);
  const rotationOfUsers = (list: string[]) => inNestedStacks(2, { ...users(list), alarms: false });
  const before = deployed(rotationOfUsers(POOL));
  fc.assert(
    fc.property(fc.shuffledSubarray(POOL, { minLength: 1 }), (list) => {
      const after = deployed(rotationOfUsers(list));
      for (const name of list) expect(after[name]).toEqual(before[name]);
    }),
    { numRuns: 200 },
  );
});

test('the stack of a user never changes', () => {
  const built = inNestedStacks(128, users(['ci-deployer', 'legacy-erp', 'partner-x']));
  expect(built.rotation.users.map((user) => Stack.of(user).node.id)).toEqual(['Users113', 'Users3', 'Users8']);
});

test('5,000 users fit into 128 stacks, 300 into 8', () => {
  for (const [count, stacks] of [
    [5_000, 128],
    [300, 8],
    [350, 9],
  ]) {
    const stack = new Stack();
    const userStacks = UserStacks.nested(stacks);
    const sizes = new Map<unknown, number>();
    for (const name of names(count)) {
      const scope = userStacks._scopeOf(name, stack);
      sizes.set(scope, (sizes.get(scope) ?? 0) + 1);
    }
    expect(Math.max(...sizes.values()) * 7).toBeLessThan(500);
  }
});

describe('a rotation that grows', () => {
  test('keeps the resources of its earlier users', () => {
    const before = new Synthesized(...single(names(3)));
    const after = inNestedStacks(4, users(names(20)), names(3));
    expect(deployed(after)).toMatchObject(deployed(before));
    expect(Object.values(deployed(after)).filter((user) => (user as { stack: string }).stack === 'Test')).toHaveLength(
      3,
    );
  });

  test('identifies a user by its id, if it has one', () => {
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
  const value = (pattern: RegExp) => ({ 'Fn::Join': ['', [{ Ref: 'AWS::Region' }, expect.stringMatching(pattern)]] });
  const created = value(/^\/Test\/[0-9a-f]{8}$/);
  const adopted = value(/^\/Test\/[0-9a-f]{8}\/adopted$/);

  test('depend on the tag of users and secrets, for any number of users', () => {
    const built = inNestedStacks(4, users(names(12)));
    expect(statement(inline(built), 'ManageAccessKeysByTag').Condition.StringEquals).toEqual({
      'aws:ResourceTag/cdk-access-key-rotation': [created, adopted],
    });
    expect(statement(inline(built), 'StoreKeysInSecretsByTag').Condition.StringEquals).toEqual({
      'aws:ResourceTag/cdk-access-key-rotation': created,
    });
    expect(built.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  test('do not include setting that tag', () => {
    const { Action } = statement(inline(inNestedStacks(4, users(names(12)))), 'ManageAccessKeysByTag');
    expect(Action).not.toContain('iam:TagUser');
    expect(Action).toContain('iam:UntagUser');
  });

  test('list adopted users, which have no tag at first', () => {
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

  test('list each KMS key once', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test');
    const encryptionKey = new kms.Key(stack, 'Key');
    const built = new Synthesized(
      stack,
      new AccessKeyRotation(stack, 'Rotation', { ...users(names(5)), encryptionKey, userStacks: UserStacks.nested(2) }),
    );
    expect(JSON.stringify(inline(built)).match(/kms:GenerateDataKey/g)).toHaveLength(1);
  });

  test('do not depend on tags if all users are listed', () => {
    const stack = new Stack(testApp(), 'Test');
    expect(new Synthesized(stack, new AccessKeyRotation(stack, 'Rotation', users(['alice']))).json).not.toContain(
      'ResourceTag',
    );
  });
});

describe('are rejected, with a fix:', () => {
  test.each([0, -1, 1.5, 201, NaN])('%p nested stacks', (count) => {
    expect(() => UserStacks.nested(count)).toThrow(
      `UserStacks.nested: "count" is ${count}, but must be a whole number from 1 to 200.`
        + ' Use one stack for every 40 users.',
    );
  });

  test('an empty list of stacks, or one stack twice', () => {
    const stack = new Stack(testApp(), 'Users');
    expect(() => UserStacks.fromStacks([])).toThrow(
      'UserStacks.fromStacks: the list of stacks is empty. Pass one stack for every 40 users.',
    );
    expect(() => UserStacks.fromStacks([stack, stack])).toThrow(
      'UserStacks.fromStacks: the stack Users is in the list twice. Pass each stack once.',
    );
  });

  test('stacks of another account or Region', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test', { env: { region: 'eu-central-1' } });
    const otherRegion = new Stack(app, 'Users', { env: { region: 'eu-west-1' } });
    expect(
      () =>
        new AccessKeyRotation(stack, 'Rotation', {
          ...users(['alice']),
          userStacks: UserStacks.fromStacks([otherRegion]),
        }),
    ).toThrow(
      'AccessKeyRotation Test/Rotation: the user stack Users is for aws://unknown-account/eu-west-1, but the rotation is for'
        + ' aws://unknown-account/eu-central-1. Give both the same "env".',
    );
  });

  test('more users than fit into the stacks', () => {
    expect(() => App.of(inNestedStacks(1, users(names(80))).stack)!.synth()).toThrow(
      /The stack Test\/Rotation\/Users1 has 560 resources, among them those of 80 users, and CloudFormation allows 500. Add some of the users to another rotation/,
    );
  });
});

describe('a warning about more users than one operation on nested stacks can deploy', () => {
  // Read from the metadata: a synth of this many users lasts seconds.
  const warnings = (built: Synthesized) =>
    built.rotation.node.metadata.filter(
      ({ type, data }) => type === 'aws:cdk:warning' && /one operation on nested stacks/.test(data),
    );

  test('appears with more than 357 users, with a fix', () => {
    const built = inNestedStacks(12, users(names(358)));
    expect(warnings(built)).toHaveLength(1);
    expect(warnings(built)[0].data).toMatch(
      /357 users\. .* Use UserStacks.fromStacks\(\), or deploy fewer.*cdk-access-key-rotation:nestedStackOperation/,
    );
  });

  test('does not appear with fewer users, or with your own stacks', () => {
    expect(warnings(inNestedStacks(12, users(names(357))))).toEqual([]);
    expect(warnings(inOwnStacks(12, users(names(358))))).toEqual([]);
  });
});

test('a nested stack without users is not created', () => {
  const { stack } = inNestedStacks(200, users(['alice']));
  expect(stack.node.findAll().filter((construct) => NestedStack.isNestedStack(construct))).toHaveLength(1);
});

test('more users than fit into a StackSet are rejected with a fix that it allows: no user stacks', () => {
  const parent = new Stack(testApp(), 'RollOut');
  const assets = s3.Bucket.fromBucketName(parent, 'Assets', 'assets');
  const template = new StackSetStack(parent, 'Template', { assetBuckets: [assets], assetBucketPrefix: 'assets' });
  new AccessKeyRotation(template, 'Rotation', users(names(75)));
  expect(() => App.of(template)!.synth()).toThrow(
    /The stack RollOut\/Template has 5\d\d resources, among them those of 75 users, and CloudFormation allows 500\. Distribute the users over several StackSets, which have no user stacks\./,
  );
});

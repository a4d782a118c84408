/**
 * Logical IDs are part of the API: when one changes, CloudFormation replaces the resource, which can be a user with its
 * key.
 */
import { App, Aspects, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CURRENT_VERSION_EXPIRED_FLAGS, CURRENTLY_RECOMMENDED_FLAGS, FLAGS } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { Resources, rotation, rotationOf, Synthesized } from './support';
import { AccessKeyRotation, RotatedUserProps, RotationSchedule, UserStacks } from '../../src';

/**
 * The policy whose ID ends in a hash of its users: with another list of users, it is another resource on purpose.
 */
const PERMISSIONS = /^RotationRotatorPermissionsPolicy1[0-9A-F]{8}[0-9a-f]{8}$/;

const IDS_OF_ONE_USER = [
  'RotationTopicD2EEE4C9',
  'RotationTopicPolicy6E3C3C09',
  'RotationRotatorLogs3C02B44B',
  'RotationRotatorDeadLettersDCA24BB5',
  'RotationRotatorDeadLettersPolicy7F45A094',
  'RotationRotatorRole0515301D',
  'RotationRotatorPermissionsPolicy1D5F4FD4F<list>',
  'RotationRotatorHandlerB5FBDCCD',
  'RotationRotatorFirstKeyAlias603C4D73',
  'RotationRotatorAllowRulesB9B46CDB',
  'RotationAlarmsOverdueKeysDF6D004B',
  'RotationAlarmsOverLimit8E374DB2',
  'RotationAlarmsChecksMissing92B0BF8A',
  'RotationAlarmsUncheckedUsers581E6335',
  'RotationAlarmsFailedChecks240CDA52',
  'RotationAlarmsDeadLettersBDA31DD7',
  'RotationAlarmsKeyCleanupFailed59C7996B',
  'RotationAlarmsThrottled0627040E',
  'RotationAlarmsNotificationFailuresCB56C257',
  'RotationUseraliceUser12925664',
  'RotationUseraliceSecret5603D2BA',
  'RotationUseraliceSecretPolicyE7AC5A62',
  'RotationUseraliceCreateRule5FF2D775',
  'RotationUseraliceDeactivateRule552BEC63',
  'RotationUseraliceDeleteRuleD6250A6C',
  'RotationUseraliceFirstKeyEC0D088F',
];

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000001';

/** Users of all kinds. */
const POOL: Record<string, (scope: Construct) => RotatedUserProps> = {
  zoe: () => ({ userName: 'zoe' }),
  alice: () => ({ userName: 'alice', secretName: 'keys/alice', removalPolicy: undefined }),
  bob: () => ({ userName: 'bob', path: '/teams/', tags: { team: 'blue' } }),
  carol: (scope) => ({ user: iam.User.fromUserName(scope, 'Carol', 'carol') }),
  'a.b': () => ({ userName: 'a.b', schedule: RotationSchedule.activeUnder(Duration.days(90)) }),
  'a-b': () => ({ userName: 'a-b', replicaRegions: [{ region: 'eu-west-1' }] }),
  Default: () => ({ userName: 'Default' }),
  erin: (scope) => ({ userName: 'erin', encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN) }),
};

/**
 * All boolean feature flags that this CDK supports, which are more than it recommends. A flag that is false differs
 * from a flag that is absent.
 */
const allFlags = (value: boolean) =>
  Object.fromEntries(
    Object.keys(FLAGS)
      .filter(
        (flag) => typeof FLAGS[flag].recommendedValue === 'boolean' && !CURRENT_VERSION_EXPIRED_FLAGS.includes(flag),
      )
      .map((flag) => [flag, value]),
  );

describe('the logical IDs of a rotation with one user', () => {
  test.each<[string, Record<string, unknown>]>([
    ['without feature flags', {}],
    ['with all recommended feature flags', CURRENTLY_RECOMMENDED_FLAGS],
    ['with all flags true', allFlags(true)],
    ['with all flags false', allFlags(false)],
  ])('never change: %s', (_flags, context) => {
    const { resources } = rotation({ users: [{ userName: 'alice' }] }, { context });
    expect(Object.keys(withoutList(resources)).sort()).toEqual([...IDS_OF_ONE_USER].sort());
  });

  test('of an adopted user do not depend on how it was imported', () => {
    const [byName, byArn] = [
      (scope: Construct) => iam.User.fromUserName(scope, 'A', 'alice'),
      (scope: Construct) => iam.User.fromUserArn(scope, 'B', 'arn:aws:iam::111122223333:user/teams/alice'),
    ].map((user) => Object.keys(rotation((scope) => ({ users: [{ user: user(scope) }] })).ofUser('alice')));
    expect(byName).toEqual(byArn);
  });

  test('of users whose names differ only in punctuation are different', () => {
    const names = ['a.b', 'a-b', 'a_b', 'a+b', 'ab', 'a@b', 'a=b'];
    const built = rotationOf(...names);
    const ids = names.flatMap((name) => Object.keys(built.ofUser(name)));
    expect(new Set(ids).size).toBe(7 * names.length);
  });

  test('of a user with the name Default are unique', () => {
    expect(Object.keys(rotationOf('Default', 'Resource').ofUser('Default'))).toHaveLength(7);
  });
});

describe('an app can override the logical IDs, to move a rotation to another place in the tree', () => {
  const SECRET = 'RotationUseraliceSecret5603D2BA';
  const secretOf = (built: Synthesized) => built.rotation.user('alice').secret.node.defaultChild as CfnSecret;

  test.each<[string, (built: Synthesized) => void]>([
    ['renamed in the stack, after the rotation was created', ({ stack }) => stack.renameLogicalId(SECRET, 'Kept')],
    ['overridden on the resource', (built) => secretOf(built).overrideLogicalId('Kept')],
    [
      'overridden by an aspect of the app',
      (built) =>
        Aspects.of(built.stack).add({
          visit: (node) => node === secretOf(built) && secretOf(built).overrideLogicalId('Kept'),
        }),
    ],
  ])('%s', (_title, rename) => {
    const built = rotationOf('alice');
    rename(built);
    expect(Object.keys(built.resources)).toContain('Kept');
    expect(built.json).not.toContain(SECRET);
  });
});

test.each([true, false])(
  'an aspect can tag a construct after it visited its resource, if the CDK allows this (aspectStabilization: %s)',
  (stabilization) => {
    const built = rotation(
      { users: [{ userName: 'alice' }] },
      { context: { '@aws-cdk/core:aspectStabilization': stabilization } },
    );
    let tagged = false;
    Aspects.of(built.stack).add({
      visit: (node) => {
        if (!(node instanceof iam.CfnUser) || tagged) return;
        tagged = true;
        Tags.of(node.node.scope!).add('team', 'blue');
      },
    });
    expect(JSON.stringify(built.userResource('alice', 'AWS::IAM::User').Properties.Tags).includes('blue')).toBe(
      stabilization,
    );
  },
);

describe('resources that other stacks refer to can be synthesized', () => {
  test('after an export', () => {
    const built = rotationOf('alice');
    built.stack.exportValue(built.rotation.user('alice').secret.secretArn);
    expect(Object.values(built.template.findOutputs('*'))).toMatchObject([
      { Value: { Ref: 'RotationUseraliceSecret5603D2BA' } },
    ]);
  });

  test('several times', () => {
    const app = new App();
    const [stack, ...userStacks] = ['Rotation', 'Users1', 'Users2'].map((id) => new Stack(app, id));
    new AccessKeyRotation(stack, 'Rotation', {
      users: [{ userName: 'alice' }, { userName: 'bob' }],
      userStacks: UserStacks.fromStacks(userStacks),
    });
    const templates = () => app.synth({ force: true }).stacks.map(({ template }) => template);
    expect(templates()).toEqual(templates());
  });
});

describe('editing the list of users', () => {
  let before: Synthesized;
  beforeAll(() => {
    before = list('alice', 'bob', 'carol', 'dan');
  });

  test.each<[string, string[]]>([
    ['adding one', ['alice', 'bob', 'carol', 'dan', 'erin']],
    ['adding one at the beginning', ['erin', 'alice', 'bob', 'carol', 'dan']],
    ['removing one', ['alice', 'carol', 'dan']],
    ['removing the first', ['bob', 'carol', 'dan']],
    ['replacing one', ['alice', 'frank', 'carol', 'dan']],
  ])('%s does not change the resources of other users and the shared ones', (_edit, names) => {
    expectOthersUntouched(before, list(...names));
  });

  test('reordering changes nothing', () => {
    expect(list('dan', 'bob', 'alice', 'carol').template.toJSON()).toEqual(before.template.toJSON());
  });

  test("changing one user's schedule does not change the other users", () => {
    const changed = rotationOf(
      'frank',
      { userName: 'gina', schedule: RotationSchedule.of({ create: Duration.days(30) }) },
      'hugo',
    );
    expectOthersUntouched(list('frank', 'hugo'), changed);
  });

  test('no edit changes the users that are in both lists', () => {
    const lists = fc.shuffledSubarray(Object.keys(POOL), { minLength: 1 });
    fc.assert(
      fc.property(lists, lists, (one, other) => expectOthersUntouched(list(...one), list(...other))),
      { numRuns: 20 },
    );
  });

  test('any order gives the same template', () => {
    const orders = fc.shuffledSubarray(Object.keys(POOL), { minLength: 2 });
    fc.assert(
      fc.property(orders, (names) => {
        expect(list(...[...names].sort()).template.toJSON()).toEqual(list(...names).template.toJSON());
      }),
      { numRuns: 8 },
    );
  });
});

describe('the only resource that is replaced with each list', () => {
  test("is the policy of the Lambda, so that a removed user's keys can still be deleted in the clean-up phase", () => {
    const [one, other] = [list('alice', 'bob'), list('alice')].map(permissionsOf);
    expect(one).not.toBe(other);
  });

  test('includes a user that an aspect adds after other users were visited', () => {
    const built = list('alice');
    Aspects.of(built.stack).add({
      visit: (node) => {
        if (node === built.rotation.user('alice') && built.rotation.users.length === 1) {
          built.rotation.addUser(POOL.bob(built.stack));
        }
      },
    });
    expect(permissionsOf(built)).toBe(permissionsOf(list('alice', 'bob')));
  });

  test('each first key depends on it', () => {
    const built = list('alice', 'bob');
    for (const { DependsOn } of built.ofType('Custom::AccessKeyRotationFirstKey')) {
      expect(DependsOn).toContain(permissionsOf(built));
    }
  });

  test('is the same with the same list', () => {
    expect(permissionsOf(list('bob', 'alice'))).toEqual(permissionsOf(list('alice', 'bob')));
  });

  test("does not change with a property that is not in it, such as a user's schedule", () => {
    const scheduled = rotationOf(
      { userName: 'alice', schedule: RotationSchedule.activeUnder(Duration.days(90)) },
      'bob',
    );
    expect(permissionsOf(scheduled)).toEqual(permissionsOf(list('alice', 'bob')));
  });
});

function list(...names: string[]): Synthesized {
  return rotation((scope) => ({ users: names.map((name) => POOL[name]?.(scope) ?? { userName: name }) }));
}

/** The resources in both lists are equal, except for what depends on the list: one policy, and the Lambda's code. */
function expectOthersUntouched(one: Synthesized, other: Synthesized) {
  const names = (built: Synthesized) => built.rotation.users.map(({ userName }) => userName);
  for (const name of names(one).filter((candidate) => names(other).includes(candidate))) {
    expect(withoutList(other.ofUser(name))).toEqual(withoutList(one.ofUser(name)));
  }
  expect(shared(other)).toEqual(shared(one));
}

function shared(built: Synthesized): Resources {
  const ofUsers = new Set(built.rotation.users.flatMap(({ userName }) => Object.keys(built.ofUser(userName))));
  return withoutList(Object.fromEntries(Object.entries(built.resources).filter(([id]) => !ofUsers.has(id))));
}

/** The resources with a constant in place of each part that depends on the list. */
function withoutList(resources: Resources): Resources {
  const hide = (id: string) => (PERMISSIONS.test(id) ? `${id.slice(0, -8)}<list>` : id);
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => {
      const { Type, DependsOn, Properties } = resource;
      const properties = PERMISSIONS.test(id) ? { ...Properties, PolicyDocument: '<list>' } : Properties;
      const code = Type === 'AWS::Lambda::Function' && { Code: '<with the list>' };
      return [
        hide(id),
        {
          ...resource,
          Properties: { ...properties, ...code },
          ...(DependsOn && { DependsOn: DependsOn.map(hide).sort() }),
        },
      ];
    }),
  );
}

function permissionsOf(built: Synthesized): string {
  return Object.keys(built.resources).find((id) => PERMISSIONS.test(id))!;
}

/** Limits that AWS would report only during a deploy. Synth reports them with the user, the value and a fix. */
import { App, CfnParameter, Environment, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AccessKeyRotation, AccessKeyRotationProps, RotatedUserProps, UserStacks } from '../../../src';
import { OWNER_TAG } from '../../../src/contract/settings';
import { denyOlderSessions } from '../../../src/rotator/domain/sessions';
import { REVOCATION_LENGTH } from '../../../src/users/user-limits';
import { read } from '../../package/pages/repository';
import { annotationIds, warnings } from '../annotations';
import { ACCOUNT, REGION, rotation, Synthesized, temporaryApp } from '../support';

const ENV = { account: ACCOUNT, region: REGION };
const letters = (count: number) => 'x'.repeat(count);
const tagsOf = (count: number) => Object.fromEntries([...Array(count).keys()].map((index) => [`t${index}`, 'v']));
const policies = (scope: Construct, count: number) =>
  [...Array(count).keys()].map((index) => iam.ManagedPolicy.fromManagedPolicyName(scope, `P${index}`, `p${index}`));
const groups = (scope: Construct, count: number) =>
  [...Array(count).keys()].map((index) => iam.Group.fromGroupName(scope, `G${index}`, `g${index}`));
const replicas = (...regions: string[]) => ({ replicaRegions: regions.map((region) => ({ region })) });

type Options = Partial<RotatedUserProps> | ((scope: Construct) => Partial<RotatedUserProps>);

/** A rotation of alice, synthesized. */
function synth(options: Options, change: (built: Synthesized) => void = () => undefined): Synthesized {
  const built = rotation(
    (scope) => ({ users: [{ userName: 'alice', ...(typeof options === 'function' ? options(scope) : options) }] }),
    { env: ENV },
  );
  change(built);
  return built.template && built;
}

test.each<[title: string, allowed: Options, rejected: Options, message: RegExp]>([
  [
    'path: begins with a slash',
    { path: '/teams/' },
    { path: 'teams/' },
    /"alice": the path "teams\/" must begin and end/,
  ],
  ['path: ends with a slash', { path: '/' }, { path: '/teams' }, /the path "\/teams" .* Pass a path such as/],
  ['path: no blank', { path: '/a~!/' }, { path: '/my team/' }, /none of them a blank/],
  ['path: not empty between slashes', { path: '/a/b/' }, { path: '' }, /the path "" must begin/],
  ['path: 512 characters', { path: `/${letters(510)}/` }, { path: `/${letters(511)}/` }, /at most 512/],
  ['description: 2,048 characters', { description: letters(2_048) }, { description: letters(2_049) }, /has 2049 char/],
  [
    'groups: 10',
    (scope) => ({ groups: groups(scope, 10) }),
    (scope) => ({ groups: groups(scope, 11) }),
    /in 11 groups/,
  ],
  [
    'managed policies: 20',
    (scope) => ({ managedPolicies: policies(scope, 20) }),
    (scope) => ({ managedPolicies: policies(scope, 21) }),
    /has 21 managed policies, and IAM allows up to 20/,
  ],
  ['tags: 50 with the one of the rotation', { tags: tagsOf(49) }, { tags: tagsOf(50) }, /user: it has 51 tags with/],
  ['tags: keys of 128 characters', { tags: { [letters(128)]: '' } }, { tags: { [letters(129)]: '' } }, /1 to 128/],
  ['tags: values of 256 characters', { tags: { t: letters(256) } }, { tags: { t: letters(257) } }, /at most 256/],
  ['tags: characters of a key', { tags: { 'Größe @:/=+-_.': '' } }, { tags: { 'a*b': '' } }, /the key "a\*b"/],
  ['tags: characters of a value', { tags: { t: 'a b' } }, { tags: { t: 'a;b' } }, /the value "a;b" of "t"/],
  ['tags: reserved', { tags: { awsome: '' } }, { tags: { 'AWS:team': '' } }, /which AWS reserves/],
  [
    'tags: keys differ by more than case',
    { tags: { Team: 'a', T: 'b' } },
    { tags: { Team: 'a', team: 'b' } },
    /("Team" and "team"|"team" and "Team") differ by case/,
  ],
  [
    'tags: ours',
    { tags: { owner: 'me' } },
    { tags: { [OWNER_TAG]: 'me' } },
    /names the rotation of a user. Use another key/,
  ],
  ['tags: ours in other case', {}, { tags: { [OWNER_TAG.toUpperCase()]: 'me' } }, /differ by case/],
  [
    'replicas: once each',
    replicas('us-east-1', 'us-west-2'),
    replicas('us-east-1', 'us-east-1'),
    /"us-east-1", and has it twice/,
  ],
  [
    'replicas: another Region',
    replicas('us-east-1'),
    replicas(REGION),
    /users\[0\] \("alice"\): .* the Region of the secret itself/,
  ],
  [
    'replicas: a Region',
    replicas('us-east-1'),
    replicas('us-east-1a'),
    /"us-east-1a", which is not the name of a Region/,
  ],
  ['replicas: letter case', replicas('us-east-1'), replicas('US-EAST-1'), /not the name of a Region/],
  [
    'replicas: the same partition',
    replicas('us-east-1'),
    replicas('cn-north-1'),
    /in the partition aws-cn, but the stack is in aws/,
  ],
  [
    'inline policy with replicas: 2,048 characters',
    { secretName: letters(400), ...replicas('us-east-1', 'us-west-1') },
    { secretName: letters(400), ...replicas('us-east-1', 'us-west-1', 'us-west-2', 'ca-central-1') },
    /its inline policies have about 2\d{3} characters, with 160 for the one that ends .* IAM allows up to 2048/,
  ],
])('%s', (_title, allowed, rejected, message) => {
  expect(() => synth(allowed)).not.toThrow();
  expect(() => synth(rejected)).toThrow(message);
});

test.each<[title: string, change: (built: Synthesized) => void, message: RegExp]>([
  [
    'a tag of the whole app',
    ({ stack }) => Tags.of(stack).add('team', 'blue'),
    /tags of the user: the keys ("Team" and "team"|"team" and "Team") differ/,
  ],
  [
    'a group',
    ({ stack, rotation: construct }) =>
      groups(stack, 11).forEach((group) => (construct.user('alice').user as iam.User).addToGroup(group)),
    /in 11 groups/,
  ],
  [
    'a managed policy',
    ({ stack, rotation: construct }) =>
      policies(stack, 21).forEach((policy) => construct.user('alice').user.addManagedPolicy(policy)),
    /21 managed policies/,
  ],
  [
    'a permission of the user',
    ({ rotation: construct }) =>
      construct
        .user('alice')
        .user.addToPrincipalPolicy(
          new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${letters(2_000)}/*`] }),
        ),
    /its inline policies have about/,
  ],
  [
    'a policy elsewhere in the app',
    ({ stack, rotation: construct }) => {
      const statements = [
        new iam.PolicyStatement({ actions: ['s3:*'], resources: [`arn:aws:s3:::${letters(2_000)}`] }),
      ];
      new iam.Policy(stack, 'More', { statements, users: [construct.user('alice').user] });
    },
    /its inline policies have about/,
  ],
])('what the app adds later counts: %s', (_title, change, message) => {
  expect(() => synth({ tags: { Team: 'red' } }, change)).toThrow(message);
});

test('the inline policy of an adopted user counts as well', () => {
  const adopted = (...regions: string[]) =>
    rotation(
      (scope) => ({
        users: [
          { user: iam.User.fromUserName(scope, 'Bob', 'bob'), secretName: letters(400), ...replicas(...regions) },
        ],
      }),
      { env: ENV },
    ).json;
  expect(() => adopted('us-east-1', 'us-west-1')).not.toThrow();
  expect(() => adopted('us-east-1', 'us-west-1', 'us-west-2', 'ca-central-1')).toThrow(
    /its inline policies have about/,
  );
});

test('docs/limits.md says how many replicas fit, and more fit without self-read', () => {
  const [, documented] = /with a secret name of 64 characters, (\d+) fit/.exec(read('docs/limits.md'))!;
  const regions = [...Array(20).keys()].map((index) => `us-east-${index + 1}`);
  const withReplicas = (count: number, more: Partial<RotatedUserProps> = {}) =>
    synth({ secretName: letters(64), ...replicas(...regions.slice(0, count)), ...more });
  expect(() => withReplicas(Number(documented))).not.toThrow();
  expect(() => withReplicas(Number(documented) + 1)).toThrow(/its inline policies have about/);
  expect(() => withReplicas(20, { selfRead: false })).not.toThrow();
});

test('there is room for the policy that ends the sessions of a leaked key', () => {
  const policy = JSON.stringify(denyOlderSessions(new Date('2026-01-01T00:00:00Z')));
  expect(policy.length).toBeLessThanOrEqual(REVOCATION_LENGTH);
});

test('tokens are not measured', () => {
  const token = (scope: Construct, id: string) => new CfnParameter(scope, id).valueAsString;
  const options = (scope: Construct) => ({
    path: token(scope, 'Path'),
    description: token(scope, 'Description'),
    tags: { team: token(scope, 'Team') },
    ...replicas(token(scope, 'One'), token(scope, 'Two')),
  });
  expect(() => synth(options)).not.toThrow();
});

test('the keys of tags of an adopted user may differ by case: only its secret has them', () => {
  const built = rotation((scope) => ({
    users: [{ user: iam.User.fromUserName(scope, 'Bob', 'bob'), tags: { ...tagsOf(47), Team: 'a', team: 'b' } }],
  }));
  expect(() => built.template).not.toThrow();
});

describe('warnings', () => {
  test('between 11 and 20 managed policies need a higher quota', () => {
    const ids = (count: number) =>
      annotationIds(synth((scope) => ({ managedPolicies: policies(scope, count) })).rotation);
    expect(ids(10)).not.toContain('managedPolicyQuota');
    expect(ids(11)).toContain('managedPolicyQuota');
  });

  describe('a replica without a KMS key of its own, of a secret that has one:', () => {
    const keyIn = (scope: Construct, id: string) =>
      kms.Key.fromKeyArn(scope, id, `arn:aws:kms:eu-central-1:111122223333:key/${id}`);
    const warned = (make: (scope: Construct) => Partial<AccessKeyRotationProps>) => {
      const built = rotation((scope) => ({ users: [{ userName: 'alice' }], ...make(scope) }));
      expect(() => built.template).not.toThrow();
      return warnings(built.rotation).find((text) => text.includes('replicas of it have none'));
    };
    const bare = { region: 'us-east-1' };

    test('both options of a user', () => {
      expect(
        warned((scope) => ({ users: [{ userName: 'bob', encryptionKey: keyIn(scope, 'K'), replicaRegions: [bare] }] })),
      ).toContain('replicas of it have none: bob (us-east-1). ');
    });

    test('both of the rotation, or one of each, for each user that has no key for it', () => {
      expect(
        warned((scope) => ({
          encryptionKey: keyIn(scope, 'K'),
          replicaRegions: [bare, { region: 'eu-west-1' }],
          users: [
            { userName: 'alice' },
            { userName: 'bob', replicaRegions: [{ ...bare, encryptionKey: keyIn(scope, 'R') }] },
            { userName: 'carol', replicaRegions: [] },
            { userName: 'dave', replicaRegions: [{ region: 'eu-west-2' }] },
          ],
        })),
      ).toContain('replicas of it have none: alice (us-east-1, eu-west-1), dave (eu-west-2). ');
    });

    test('a replica that the app adds to the secret', () => {
      const built = rotation((scope) => ({ users: [{ userName: 'alice', encryptionKey: keyIn(scope, 'K') }] }));
      (built.rotation.user('alice').secret as secretsmanager.Secret).addReplicaRegion('us-west-2');
      expect(() => built.template).not.toThrow();
      expect(warnings(built.rotation).join()).toContain('alice (us-west-2)');
    });

    test('no more than five users are listed', () => {
      const users = [1, 2, 3, 4, 5, 6, 7].map((nth) => ({ userName: `u${nth}` }));
      expect(warned((scope) => ({ users, encryptionKey: keyIn(scope, 'K'), replicaRegions: [bare] }))).toContain(
        'u5 (us-east-1) and 2 more users. ',
      );
    });

    test('not where each replica has one, the secret has none, or there is no replica', () => {
      expect(
        warned((scope) => ({
          encryptionKey: keyIn(scope, 'K'),
          replicaRegions: [{ ...bare, encryptionKey: keyIn(scope, 'R') }],
        })),
      ).toBeUndefined();
      expect(warned(() => ({ replicaRegions: [bare] }))).toBeUndefined();
      expect(warned((scope) => ({ encryptionKey: keyIn(scope, 'K') }))).toBeUndefined();
    });
  });

  test('a Region of a replica that the CDK does not know can be new, or wrong', () => {
    const built = synth(replicas('eu-west-9'));
    expect(annotationIds(built.rotation)).toContain('unknownRegion');
    expect(warnings(built.rotation).join()).toContain('"eu-west-9"');
    expect(annotationIds(synth(replicas('us-east-1')).rotation)).not.toContain('unknownRegion');
  });

  test.each([
    ['af-south-1', 33],
    ['eu-south-1', 33],
    ['eu-central-1', 100],
  ])('in %s, the rules of more than %d users need a higher quota', (region, most) => {
    const ids = (count: number) => {
      const stack = new Stack(new App(), 'Test', { env: { account: ACCOUNT, region } });
      const users = [...Array(count).keys()].map((index) => ({ userName: `u${index}` }));
      return annotationIds(new AccessKeyRotation(stack, 'Rotation', { users }));
    };
    expect(ids(most)).not.toContain('ruleQuota');
    expect(ids(most + 1)).toContain('ruleQuota');
  });

  test('a name in keepInRotationStack that no user has', () => {
    const built = rotation({
      userStacks: UserStacks.nested(2, { keepInRotationStack: ['alice', 'Bob', 'c'] }),
      users: [{ userName: 'alice' }, { userName: 'bob' }, { userName: 'carol', id: 'c' }],
    });
    built.template;
    const [text] = warnings(built.rotation).filter((warning) => warning.includes('keepInRotationStack'));
    expect(text).toContain('"keepInRotationStack" has "Bob", and no user');
    expect(annotationIds(built.rotation)).toContain('unknownKeptUser');
  });

  test('a user that is added later counts as a user', () => {
    const built = rotation({ userStacks: UserStacks.nested(2, { keepInRotationStack: ['alice'] }) });
    built.rotation.addUser({ userName: 'alice' });
    built.template;
    expect(annotationIds(built.rotation)).not.toContain('unknownKeptUser');
  });
});

describe('user stacks without a user', () => {
  const resourcesOf = (analyticsReporting: boolean, userNames: string[]) => {
    const { app } = temporaryApp({});
    const make = (id: string, env: Environment = ENV) => new Stack(app, id, { env, analyticsReporting });
    const userStacks = UserStacks.fromStacks([make('One'), make('Two'), make('Three')]);
    const main = make('Main');
    new AccessKeyRotation(main, 'Rotation', { userStacks, users: userNames.map((userName) => ({ userName })) });
    new AccessKeyRotation(main, 'Second', { userStacks, users: [{ userName: 'other' }] });
    return app
      .synth()
      .stacks.map(({ template }) => Object.values<any>(template.Resources ?? {}).map(({ Type }) => Type));
  };

  test('have one resource without version reporting, because CloudFormation refuses a template without resources', () => {
    const stacks = resourcesOf(false, ['alice']);
    expect(stacks.filter((types) => types.length === 0)).toEqual([]);
    expect(stacks.filter((types) => types.includes('AWS::CloudFormation::WaitConditionHandle')).length).toBeGreaterThan(
      0,
    );
    for (const types of stacks.filter(({ length }) => length > 1)) {
      expect(types).not.toContain('AWS::CloudFormation::WaitConditionHandle');
    }
  });
});

describe('a user of the same app with a literal name', () => {
  const adopt = (more: Partial<RotatedUserProps> = {}) =>
    rotation((scope) => ({
      users: [{ user: new iam.User(scope, 'Legacy', { userName: 'legacy', path: '/teams/' }), ...more }],
    }));

  test('needs no id', () => {
    const built = adopt();
    expect(built.rotation.user('legacy').userName).toBe('legacy');
    expect(built.users).toEqual([['legacy', { adopted: true, retireExistingKeys: true }]]);
    expect(built.userResource('legacy', 'AWS::SecretsManager::Secret').Properties.Name).toBe('legacy');
  });

  test('is created before its policy and its first key', () => {
    const reference = { Ref: expect.stringMatching(/^Legacy/) };
    expect(adopt().userResource('legacy', 'AWS::IAM::Policy').Properties.Users).toEqual([reference]);
    expect(adopt().userResource('legacy', 'Custom::AccessKeyRotationFirstKey').Properties.Username).toEqual(reference);
  });

  test('can keep the id that it has', () => {
    expect(adopt({ id: 'old' }).rotation.user('old').node.id).toBe('User-old');
  });

  test('is found as a duplicate', () => {
    expect(() =>
      rotation((scope) => ({
        users: [{ userName: 'legacy' }, { user: new iam.User(scope, 'Legacy', { userName: 'Legacy' }) }],
      })),
    ).toThrow(/users\[1\] \("Legacy"\): this user is in the rotation already/);
  });
});

/** Removal policies that an app applies to the resources of a rotation, by aspects or by method. */
import {
  App,
  Aspects,
  CfnDeletionPolicy,
  CfnResource,
  Duration,
  IAspect,
  NestedStack,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, IConstruct } from 'constructs';
import {
  AccessKeyRotation,
  AccessKeyRotationProps,
  IRotatedUser,
  Recipient,
  RotatedUserProps,
  RotationSchedule,
  RotationTrigger,
  UserStacks,
} from '../../src';
import { Resources, rotation, Synthesized, testStack } from '../template/support';

const PARTNER = 'arn:aws:iam::111122223333:user/partner';

const build = (props: AccessKeyRotationProps = {}): Synthesized =>
  rotation((scope) => ({
    users: [
      { userName: 'alice', recipients: [Recipient.email('alice@example.com')] },
      { user: iam.User.fromUserArn(scope, 'Partner', PARTNER) },
    ],
    digestRecipients: [Recipient.email('ops@example.com')],
    ...props,
  }));

class Apply implements IAspect {
  constructor(
    private readonly policy: RemovalPolicy,
    private readonly applies: (resource: CfnResource) => boolean = () => true,
  ) {}

  public visit(node: IConstruct): void {
    if (CfnResource.isCfnResource(node) && this.applies(node)) node.applyRemovalPolicy(this.policy);
  }
}

/** Ways of an app to set a removal policy for all of its resources. */
const WAYS: [string, (built: Synthesized, policy: RemovalPolicy) => void][] = [
  ['RemovalPolicies', ({ stack }, policy) => RemovalPolicies.of(stack).apply(policy)],
  ['an aspect', ({ stack }, policy) => Aspects.of(stack).add(new Apply(policy))],
  ['an aspect on the app', ({ stack }, policy) => Aspects.of(stack.node.root).add(new Apply(policy))],
  ['a late aspect', ({ stack }, policy) => Aspects.of(stack).add(new Apply(policy), { priority: 900 })],
];

/** They have no data. Retained, they act on users that are gone, or occupy names and quotas. */
const NEVER_RETAINED = [
  'AWS::IAM::ManagedPolicy',
  'AWS::Events::Rule',
  'AWS::Lambda::Permission',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SNS::Subscription',
  'AWS::CloudWatch::Alarm',
  'AWS::SecretsManager::ResourcePolicy', // its Deny
];

/** Resources of a user that stay or go together. */
const OF_A_USER = [
  'AWS::IAM::User',
  'AWS::SecretsManager::Secret',
  'AWS::IAM::Policy',
  'Custom::AccessKeyRotationFirstKey',
];

describe.each(WAYS)('set by %s', (_way, apply) => {
  test.each<[string, AccessKeyRotationProps]>([
    ['rules', {}],
    ['schedules', { trigger: RotationTrigger.eventBridgeScheduler() }],
  ])('RETAIN never retains %s, subscriptions, alarms and the policies of the function', (_trigger, props) => {
    const built = build(props);
    apply(built, RemovalPolicy.RETAIN);
    const found = ofTypes(built.resources, NEVER_RETAINED);
    expect(found.length).toBeGreaterThan(15);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of found) {
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, undefined, undefined]);
    }
  });

  test.each([
    [RemovalPolicy.RETAIN, 'Retain'],
    [RemovalPolicy.DESTROY, 'Delete'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate'],
  ])('%s reaches all resources of a created and of an adopted user', (policy, expected) => {
    const built = build();
    apply(built, policy);
    for (const name of ['alice', 'partner']) {
      const found = ofTypes(built.ofUser(name), OF_A_USER);
      expect(found).toHaveLength(3);
      for (const [id, { DeletionPolicy }] of found) expect([id, DeletionPolicy]).toEqual([id, expected]);
    }
  });
});

describe('what would retain such a resource in spite of that is an error', () => {
  const types =
    (...some: string[]) =>
    (resource: CfnResource) =>
      some.includes(resource.cfnResourceType);
  const all = (built: Synthesized, type: string) =>
    built.stack.node
      .findAll()
      .filter((node): node is CfnResource => CfnResource.isCfnResource(node) && types(type)(node));

  test.each(NEVER_RETAINED)('%s, retained by an override of either policy', (type) => {
    for (const name of ['DeletionPolicy', 'UpdateReplacePolicy']) {
      const trigger = type.includes('Scheduler') ? RotationTrigger.eventBridgeScheduler() : undefined;
      const built = build({ trigger });
      const [resource] = all(built, type);
      resource.addOverride(name, 'RetainExceptOnCreate');
      expect(() => built.template).toThrow(
        `${resource.node.path}: an override or a late aspect sets "${name}" to "RetainExceptOnCreate", but this resource must never be retained: it would act on users and secrets that have left the rotation.`
          + ' Remove the override, exclude the resource from the aspect, or give the aspect a priority below 1000, so that it is corrected.',
      );
    }
  });

  test.each([
    [
      'by an aspect that runs later',
      (built: Synthesized) => {
        const aspect = new Apply(RemovalPolicy.RETAIN, types('AWS::SecretsManager::ResourcePolicy'));
        Aspects.of(built.stack).add(aspect, { priority: 1_100 });
      },
      '"Retain"',
    ],
    [
      'by a condition',
      (built: Synthesized) => {
        const [policy] = all(built, 'AWS::SecretsManager::ResourcePolicy');
        policy.addOverride('DeletionPolicy', { 'Fn::If': ['Production', 'Retain', 'Delete'] });
      },
      'another value than "Delete"',
    ],
  ])('the policy of a secret, %s', (_how, retain, value) => {
    const built = build();
    retain(built);
    expect(() => built.template).toThrow(`sets "DeletionPolicy" to ${value}`);
  });

  test('an override that retains nothing is none', () => {
    const built = build();
    for (const policy of all(built, 'AWS::SecretsManager::ResourcePolicy')) {
      policy.addOverride('DeletionPolicy', 'Delete');
      policy.addDeletionOverride('UpdateReplacePolicy');
    }
    const { DeletionPolicy } = built.userResource('alice', 'AWS::SecretsManager::ResourcePolicy');
    expect(DeletionPolicy).toBe('Delete');
  });
});

test('without a removal policy of the app, none of these resources has one', () => {
  for (const [, { DeletionPolicy }] of ofTypes(build().resources, NEVER_RETAINED)) {
    expect(DeletionPolicy).toBeUndefined();
  }
});

/**
 * CloudFormation applied a removal policy only together with a change of a resource of the same stack. So the pages
 * name options that are a property of one, in each layout.
 *
 * @see https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1543
 */
describe.each<[string, (scope: Construct) => UserStacks | undefined]>([
  ['one stack', () => undefined],
  ['stacks of the app', (scope) => UserStacks.fromStacks([new Stack(scope.node.root as App, 'Users')])],
  ['nested stacks', () => UserStacks.nested(1)],
])('RETAIN before a removal, with %s', (layout, userStacks) => {
  /** The template of the stack that has the user. */
  const deployed = (options: Partial<RotatedUserProps>, change?: (alice: IRotatedUser) => void): Resources => {
    const props = (scope: Construct): AccessKeyRotationProps => ({
      users: [{ userName: 'alice', ...options }],
      userStacks: userStacks(scope),
    });
    const alice = rotation(props).rotation.user('alice');
    change?.(alice);
    return Template.fromStack(Stack.of(alice)).toJSON().Resources;
  };
  const changedBy = (options: Partial<RotatedUserProps>, change?: (alice: IRotatedUser) => void): string[] => {
    const [before, after] = [deployed({}), deployed({ removalPolicy: RemovalPolicy.RETAIN, ...options }, change)];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    return Object.keys(after)
      .filter((id) => JSON.stringify(after[id].Properties) !== JSON.stringify(before[id].Properties))
      .map((id) => after[id].Type);
  };

  test('a tag changes properties of the user and of the secret, and not of the first key', () => {
    const changed = changedBy({ tags: { 'remove-from-rotation': '2026-11-30' } });
    expect(changed).toEqual(expect.arrayContaining(['AWS::IAM::User', 'AWS::SecretsManager::Secret']));
    expect(changed).not.toContain('Custom::AccessKeyRotationFirstKey');
  });

  test('a tag of the user alone changes no secret, which can be deleted by then', () => {
    expect(changedBy({}, ({ user }) => Tags.of(user).add('keep', 'yes'))).toEqual(['AWS::IAM::User']);
  });

  test('a description changes a property of the secret', () => {
    expect(changedBy({ description: 'To be kept' })).toEqual(['AWS::SecretsManager::Secret']);
  });

  test('a schedule changes the function only, and in a stack of users no property', () => {
    const schedule = RotationSchedule.activeUnder(Duration.days(90));
    const changed = changedBy({ schedule });
    if (layout === 'one stack') expect(changed).toContain('AWS::Lambda::Function');
    else expect(changed).toEqual([]);
  });
});

describe('a nested stack of users', () => {
  test.each(WAYS)('of the rotation is never retained, but all in it that can be (%s)', (_way, apply) => {
    const built = build({ userStacks: UserStacks.nested(1) });
    apply(built, RemovalPolicy.RETAIN);
    const { DeletionPolicy, UpdateReplacePolicy } = built.the('AWS::CloudFormation::Stack');
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({});
    const { Resources: members } = Template.fromStack(Stack.of(built.rotation.user('alice'))).toJSON();
    const policies = (types: string[]) => [
      ...new Set(ofTypes(members, types).map(([, resource]) => resource.DeletionPolicy)),
    ];
    expect(policies(OF_A_USER)).toEqual(['Retain']);
    expect(policies(NEVER_RETAINED)).toEqual([undefined]);
  });

  test('goes with the rotation as the CDK declares it, without a removal policy of the app', () => {
    const { DeletionPolicy, UpdateReplacePolicy } = build({ userStacks: UserStacks.nested(1) }).the(
      'AWS::CloudFormation::Stack',
    );
    expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  describe('of the app', () => {
    const inStackOf = (depth: number): Synthesized => {
      const stack = testStack();
      let users: Stack = stack;
      for (let level = 1; level <= depth; level++) users = new NestedStack(users, `Level${level}`);
      const userStacks = UserStacks.fromStacks([users]);
      const props = { users: [{ userName: 'alice' }], userStacks };
      return new Synthesized(stack, new AccessKeyRotation(stack, 'Rotation', props));
    };

    test.each(WAYS)('is an error if it is retained, because it would keep all of them (%s)', (_way, apply) => {
      for (const depth of [1, 2]) {
        const built = inStackOf(depth);
        apply(built, RemovalPolicy.RETAIN);
        expect(() => built.template).toThrow(
          /The nested stack Test\/Level1 has users of the rotation, and the app retains it.*Exclude AWS::CloudFormation::Stack from the removal policy of the app/,
        );
      }
    });

    test('is none if only the resources in it are', () => {
      const built = inStackOf(1);
      RemovalPolicies.of(built.stack).retain({ excludeResourceTypes: ['AWS::CloudFormation::Stack'] });
      expect(built.the('AWS::CloudFormation::Stack').DeletionPolicy).toBe('Delete');
    });

    test('is none if the rotation is in it too, and stays with it', () => {
      const stack = testStack();
      const nested = new NestedStack(stack, 'Nested', { removalPolicy: RemovalPolicy.RETAIN });
      new AccessKeyRotation(nested, 'Rotation', { users: [{ userName: 'alice' }], userStacks: UserStacks.nested(1) });
      expect(() => Template.fromStack(stack)).not.toThrow();
    });
  });
});

describe('a removal policy that separates a secret from its key is an error that names the option', () => {
  const secrets = (resource: CfnResource) => resource instanceof CfnSecret;
  const stateful = ({ cfnResourceType }: CfnResource) =>
    ['AWS::SecretsManager::Secret', 'AWS::IAM::User', 'AWS::Logs::LogGroup'].includes(cfnResourceType);

  test.each<[string, (built: Synthesized) => void, string]>([
    [
      'secrets retained by RemovalPolicies',
      ({ stack }) => RemovalPolicies.of(stack).retain({ applyToResourceTypes: ['AWS::SecretsManager::Secret'] }),
      'RETAIN',
    ],
    [
      'secrets retained by an aspect',
      ({ stack }) => Aspects.of(stack).add(new Apply(RemovalPolicy.RETAIN, secrets)),
      'RETAIN',
    ],
    [
      'all with data retained by an aspect',
      ({ stack }) => Aspects.of(stack).add(new Apply(RemovalPolicy.RETAIN, stateful)),
      'RETAIN',
    ],
    [
      'its secret retained',
      (built) => built.rotation.user('alice').secret.applyRemovalPolicy(RemovalPolicy.RETAIN),
      'RETAIN',
    ],
    [
      'its user retained',
      (built) => built.rotation.user('alice').user.applyRemovalPolicy(RemovalPolicy.RETAIN),
      'RETAIN',
    ],
    [
      'its secret retained by an override',
      (built) =>
        (built.rotation.user('alice').secret.node.defaultChild as CfnSecret).addOverride('DeletionPolicy', 'Retain'),
      'RETAIN',
    ],
    [
      'its L1 retained',
      (built) => {
        const secret = built.rotation.user('alice').secret.node.defaultChild as CfnSecret;
        secret.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
      },
      'RETAIN',
    ],
    [
      'secrets deleted by an aspect',
      ({ stack }) => Aspects.of(stack).add(new Apply(RemovalPolicy.DESTROY, secrets)),
      'DESTROY',
    ],
    [
      'all but custom resources deleted',
      ({ stack }) => RemovalPolicies.of(stack).destroy({ excludeResourceTypes: ['Custom::AccessKeyRotationFirstKey'] }),
      'DESTROY',
    ],
  ])('%s', (_title, apply, option) => {
    const built = build();
    apply(built);
    expect(() => built.template).toThrow(
      new RegExp(
        `${option === 'RETAIN' ? 'User-alice' : 'User-partner'}.*The app retains some resources of this user`
          + ` \\(.*AWS::.*Set "removalPolicy" of the user to ${option}`,
        's',
      ),
    );
  });

  test('that option solves it', () => {
    const built = build({ removalPolicy: RemovalPolicy.RETAIN });
    Aspects.of(built.stack).add(new Apply(RemovalPolicy.RETAIN, stateful));
    for (const [, { DeletionPolicy }] of ofTypes(built.ofUser('alice'), OF_A_USER)) {
      expect(DeletionPolicy).toMatch(/^Retain/);
    }
  });

  test('in a user stack too', () => {
    const built = build({ userStacks: UserStacks.nested(1) });
    RemovalPolicies.of(built.stack).retain({ applyToResourceTypes: ['AWS::SecretsManager::Secret'] });
    expect(() => built.template).toThrow('Set "removalPolicy" of the user to RETAIN');
  });
});

describe('the log group', () => {
  const policyOf = (built: Synthesized) => {
    const { DeletionPolicy, UpdateReplacePolicy, Properties } = built.the('AWS::Logs::LogGroup');
    return { DeletionPolicy, UpdateReplacePolicy, name: Properties.LogGroupName };
  };

  test('stays as evidence, and has no fixed name that a later deploy could collide with', () => {
    expect(policyOf(build())).toEqual({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', name: undefined });
  });

  test.each<[string, (built: Synthesized) => void]>([
    ['its own removal policy', (built) => built.rotation.logGroup.applyRemovalPolicy(RemovalPolicy.DESTROY)],
    [
      'that of the app',
      ({ stack }) => RemovalPolicies.of(stack).destroy({ applyToResourceTypes: ['AWS::Logs::LogGroup'] }),
    ],
  ])('goes with the stack by %s', (_whose, apply) => {
    const built = build();
    apply(built);
    expect(policyOf(built)).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});

describe('permissions that the app grants to a created user', () => {
  const grantedPolicy = (removalPolicy?: RemovalPolicy) => {
    const built = build({ removalPolicy });
    const { user } = built.rotation.user('alice');
    user.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
    return built.userResource('alice', 'AWS::IAM::Policy');
  };

  test('stay with a user that stays', () => {
    expect(grantedPolicy(RemovalPolicy.RETAIN).DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test('go with a user that goes', () => {
    expect(grantedPolicy().DeletionPolicy).toBeUndefined();
  });
});

function ofTypes(resources: Resources, types: string[]) {
  return Object.entries(resources).filter(([, { Type }]) => types.includes(Type));
}

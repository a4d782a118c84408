/**
 * The apps whose templates the judges read: each kind of rotation that leads to other resources. The oldest CDK gives
 * the same resources (`npm run test` compares both), so the judges read the templates of one CDK, the newest: cdk-nag
 * supports no other.
 */
import { App, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import * as cloudwatchActions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AppName } from './app-names';
import {
  AccessKeyRotation,
  ChangeWindow,
  Deactivation,
  DigestFrequency,
  ExposedKeys,
  Recipient,
  RotationSchedule,
  RotationTrigger,
  UnmanagedKeys,
  UserStacks,
} from '../../src';
import { CLI } from '../template/fleet';
import { ACCOUNT, temporaryApp } from '../template/support';

const REGION = 'us-east-1'; // AWS Health sends its reports there: other Regions have a warning
const env = { account: ACCOUNT, region: REGION };
const users = [{ userName: 'alice', recipients: [Recipient.email('alice@example.com')] }, { userName: 'bob' }];
const failureRecipients = [Recipient.email('ops@example.com')];

/** By name, what is in the stack `Keys`. */
export const APPS: Record<AppName, (stack: Stack) => AccessKeyRotation> = {
  default: (stack) => new AccessKeyRotation(stack, 'Rotation', { users }),

  'EventBridge Scheduler': (stack) =>
    new AccessKeyRotation(stack, 'Rotation', { users, trigger: RotationTrigger.eventBridgeScheduler() }),

  'user stacks': (stack) =>
    new AccessKeyRotation(stack, 'Rotation', {
      users,
      userStacks: UserStacks.fromStacks([new Stack(App.of(stack)!, 'Users', { env })]),
    }),

  'nested user stacks': (stack) =>
    new AccessKeyRotation(stack, 'Rotation', { users, userStacks: UserStacks.nested(2) }),

  retained: (stack) => new AccessKeyRotation(stack, 'Rotation', { users, removalPolicy: RemovalPolicy.RETAIN }),

  'taken over': (stack) =>
    new AccessKeyRotation(stack, 'Rotation', {
      users: [
        { user: iam.User.fromUserArn(stack, 'Carol', `arn:aws:iam::${ACCOUNT}:user/partners/carol`) },
        {
          user: iam.User.fromUserName(stack, 'Dave', 'dave'),
          secret: secretsmanager.Secret.fromSecretNameV2(stack, 'DaveSecret', 'prod/dave'),
        },
        { userName: 'erin', secret: secretsmanager.Secret.fromSecretNameV2(stack, 'ErinSecret', 'prod/erin') },
      ],
    }),

  'all options': (stack) => {
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const rotation = new AccessKeyRotation(stack, 'Rotation', {
      trigger: RotationTrigger.eventBridgeScheduler(),
      schedule: RotationSchedule.activeUnder(Duration.days(90)),
      deactivation: Deactivation.whenUnused({ maxDelay: Duration.days(7) }),
      changeWindow: ChangeWindow.of({ startHour: 6, endHour: 18, timeZone: TimeZone.EUROPE_BERLIN }),
      unmanagedKeys: UnmanagedKeys.RETIRE,
      reminderDays: [5, 1],
      accessKeyField: 'id',
      secretKeyField: 'secret',
      sesSmtpRegions: ['eu-central-1'],
      encryptionKey,
      replicaRegions: [{ region: 'eu-west-1' }],
      topic: new sns.Topic(stack, 'Topic', { masterKey: encryptionKey, enforceSSL: true }),
      digestRecipients: [Recipient.email('security@example.com')],
      digestFrequency: DigestFrequency.WEEKLY,
      failureRecipients,
      exposedKeys: ExposedKeys.REVOKE,
      alarmActions: [
        new cloudwatchActions.SnsAction(new sns.Topic(stack, 'OnCall', { masterKey: encryptionKey, enforceSSL: true })),
      ],
      logRetention: logs.RetentionDays.TEN_YEARS,
      users: [
        {
          ...users[0],
          path: '/machines/',
          groups: [iam.Group.fromGroupName(stack, 'Group', 'machines')],
          managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess')],
          permissionsBoundary: iam.ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'),
          tags: { team: 'blue' },
          secretName: 'keys/alice',
          description: 'Key of alice',
        },
        { ...users[1], selfRead: false },
      ],
    });
    rotation.onKeyCreated('OnKeyCreated');
    rotation.addDashboard();
    rotation.addAuditQueries();
    return rotation;
  },
};

/** @returns the app with this rotation, which is not synthesized yet, and the directory for its templates */
export function appOf(name: AppName, context: Record<string, unknown> = {}) {
  const { app, directory } = temporaryApp({ ...CLI, ...context });
  const rotation = APPS[name](new Stack(app, 'Keys', { env }));
  return { app, directory, rotation };
}

/** The default app, with one more of some kinds in the rotation, whose findings are of rules that are explained. */
export function appWithMore() {
  const built = appOf('default');
  const rotator = built.rotation.node.findChild('Rotator');
  const role = new iam.CfnRole(rotator, 'MoreRole', {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
    },
    policies: [
      {
        policyName: 'More',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: `arn:aws:sqs:${REGION}:${ACCOUNT}:more` },
          ],
        },
      },
    ],
  });
  new iam.CfnManagedPolicy(rotator, 'MorePolicy', {
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:CreateAccessKey', Resource: `arn:aws:iam::${ACCOUNT}:user/more` }],
    },
    roles: [role.ref],
  });
  new lambda.CfnFunction(rotator, 'MoreFunction', {
    role: role.attrArn,
    runtime: 'nodejs22.x',
    handler: 'index.handler',
    code: { zipFile: 'exports.handler = async () => {};' },
    environment: { variables: { MORE: 'more' } },
  }).addOverride('DependsOn', [role.logicalId]); // newer CDKs deprecate addDependency(), and the oldest has no other
  new sqs.CfnQueue(rotator, 'MoreQueue');
  new sns.CfnTopic(built.rotation, 'MoreTopic');
  new secretsmanager.CfnSecret(built.rotation.user('alice'), 'MoreSecret', { name: 'more' });
  return built;
}

/** Each kind of policy that templates have for the services that Prowler judges, each of which allows all. */
export function appWithEachPolicy() {
  const built = temporaryApp(CLI);
  const stack = new Stack(built.app, 'Policies', { env });
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const policyDocument = { Version: '2012-10-17', Statement: [all] };
  const policies = [{ policyName: 'All', policyDocument }];
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }],
  };
  const user = (id: string, props?: iam.CfnUserProps) => new iam.CfnUser(stack, id, props).ref;
  const role = (id: string, props?: Partial<iam.CfnRoleProps>) =>
    new iam.CfnRole(stack, id, { assumeRolePolicyDocument: trust, ...props }).ref;
  const group = (id: string, props?: iam.CfnGroupProps) => new iam.CfnGroup(stack, id, props).ref;
  const managed = (id: string, props: Partial<iam.CfnManagedPolicyProps> = {}) =>
    new iam.CfnManagedPolicy(stack, id, { policyDocument, ...props }).ref;
  const policy = (id: string, props: Partial<iam.CfnPolicyProps>) =>
    new iam.CfnPolicy(stack, id, { policyName: 'All', policyDocument, ...props });

  user('UserInline', { policies });
  role('RoleInline', { policies });
  group('GroupInline', { policies });
  policy('ListsUser', { users: [user('UserListed')] });
  policy('ListsRole', { roles: [role('RoleListed')] });
  policy('ListsGroup', { groups: [group('GroupListed')] });
  policy('ListsExistingUser', { users: ['existing'] });
  new iam.CfnUserPolicy(stack, 'OfUser', { policyName: 'All', policyDocument, userName: user('UserNamed') });
  new iam.CfnRolePolicy(stack, 'OfRole', { policyName: 'All', policyDocument, roleName: role('RoleNamed') });
  new iam.CfnGroupPolicy(stack, 'OfGroup', { policyName: 'All', policyDocument, groupName: group('GroupNamed') });
  managed('ManagedAttachesItself', { path: '/a/', roles: [role('RoleOfManaged')] });
  role('RoleAttaches', { managedPolicyArns: [managed('ManagedAttached')] });
  managed('ManagedOfExistingUser', { users: ['existing'] });
  managed('ManagedUnattached');
  const secret = new secretsmanager.CfnSecret(stack, 'Secret', { name: 'open' });
  new secretsmanager.CfnResourcePolicy(stack, 'OfSecret', {
    secretId: secret.ref,
    resourcePolicy: { ...policyDocument, Statement: [{ ...all, Principal: '*' }] },
  });
  return built;
}

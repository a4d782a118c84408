/**
 * Context lookups: the CDK CLI runs the app a first time with dummies, looks up what is missing, and runs it again. A
 * check that throws in the first pass ends the app before the lookup.
 */
import { Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { ACCOUNT, REGION, temporaryApp } from './support';
import { AccessKeyRotation, AccessKeyRotationProps, Recipient, UserStacks } from '../../src';

const env = { account: ACCOUNT, region: REGION };

/** Looks up a parameter. In the first pass, the result is `dummy`, or a dummy of the CDK with slashes. */
type LookUp = (parameter: string, dummy?: string) => string;
type Input = (lookUp: LookUp, scope: Construct) => AccessKeyRotationProps;

/** Synthesizes with these values of parameters. Returns the parameters that are missing. */
function pass(input: Input, values: Record<string, string> = {}): string[] {
  const context = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `ssm:account=${ACCOUNT}:parameterName=${name}:region=${REGION}`,
      value,
    ]),
  );
  const { app } = temporaryApp(context);
  const stack = new Stack(app, 'Keys', { env });
  const lookUp: LookUp = (name, dummy) => ssm.StringParameter.valueFromLookup(stack, name, dummy);
  new AccessKeyRotation(stack, 'Rotation', input(lookUp, stack));
  const { missing = [] } = app.synth().manifest;
  return missing.map(({ props }) => (props as { parameterName?: string }).parameterName ?? 'other');
}

const users =
  (...entries: ((lookUp: LookUp) => NonNullable<AccessKeyRotationProps['users']>[number])[]): Input =>
  (lookUp) => ({ users: entries.map((entry) => entry(lookUp)) });

test.each<[title: string, input: Input, parameters: string[]]>([
  ['a user name', users((lookUp) => ({ userName: lookUp('/ci/user') })), ['/ci/user']],
  ['a user name with an id', users((lookUp) => ({ id: 'ci', userName: lookUp('/ci/user') })), ['/ci/user']],
  ['a part of a user name', users((lookUp) => ({ userName: `${lookUp('/team')}-deployer` })), ['/team']],
  ['a long name of a parameter', users((lookUp) => ({ userName: lookUp('/x'.repeat(300)) })), ['/x'.repeat(300)]],
  [
    'an adopted user by name',
    (lookUp, scope) => ({ users: [{ user: iam.User.fromUserName(scope, 'U', lookUp('/user')) }] }),
    ['/user'],
  ],
  [
    'an adopted user by ARN, with a dummy of another account',
    (lookUp, scope) => ({
      users: [{ user: iam.User.fromUserArn(scope, 'U', lookUp('/arn', 'arn:aws:iam::123456789012:user/dummy')) }],
    }),
    ['/arn'],
  ],
  ['an id', users((lookUp) => ({ userName: 'ci', id: lookUp('/ci/id') })), ['/ci/id']],
  ['a secret name', users((lookUp) => ({ userName: 'ci', secretName: lookUp('/with, comma') })), ['/with, comma']],
  ['a path', users((lookUp) => ({ userName: 'ci', path: lookUp('/ci/path') })), ['/ci/path']],
  [
    'field names',
    users((lookUp) => ({ userName: 'ci', accessKeyField: lookUp('/a', 'x'), secretKeyField: lookUp('/b', 'x') })),
    ['/a', '/b'],
  ],
  [
    'the Regions of replicas',
    users((lookUp) => ({
      userName: 'ci',
      replicaRegions: [{ region: lookUp('/a', 'x') }, { region: lookUp('/b', 'x') }],
    })),
    ['/a', '/b'],
  ],
  [
    'tags and a description',
    users((lookUp) => ({
      userName: 'ci',
      description: lookUp('/d'.repeat(2_000)),
      tags: { team: lookUp('/t'.repeat(200)), [lookUp('/?')]: 'value' },
    })),
    ['/d'.repeat(2_000), '/t'.repeat(200), '/?'],
  ],
  [
    'an email address in three places',
    (lookUp) => ({
      digestRecipients: [Recipient.email(lookUp('/a', 'dummy'))],
      failureRecipients: [Recipient.email(lookUp('/b', 'dummy'))],
      users: [{ userName: 'ci', recipients: [Recipient.email(lookUp('/ci/mail'))] }],
    }),
    ['/a', '/b', '/ci/mail'],
  ],
  [
    'two user names',
    users(
      (lookUp) => ({ userName: lookUp('/a') }),
      (lookUp) => ({ userName: lookUp('/b') }),
    ),
    ['/a', '/b'],
  ],
  [
    'two user names with the same dummy',
    users(
      (lookUp) => ({ userName: lookUp('/a', 'unknown') }),
      (lookUp) => ({ userName: lookUp('/b', 'unknown') }),
    ),
    ['/a', '/b'],
  ],
  [
    'two user names with the same dummy, in user stacks',
    (lookUp) => ({
      userStacks: UserStacks.nested(1, { keepInRotationStack: [lookUp('/kept')] }),
      users: [{ userName: lookUp('/a', 'unknown') }, { userName: lookUp('/b', 'unknown') }],
    }),
    ['/kept', '/a', '/b'],
  ],
  [
    'a topic, with a dummy of another Region',
    (lookUp, scope) => ({
      topic: sns.Topic.fromTopicArn(scope, 'Topic', lookUp('/topic', 'arn:aws:sns:us-west-1:123456789012:dummy')),
      users: [{ userName: 'ci' }],
    }),
    ['/topic'],
  ],
  [
    'a KMS key',
    (_lookUp, scope) => ({
      encryptionKey: kms.Key.fromLookup(scope, 'Key', { aliasName: 'alias/x' }),
      users: [{ userName: 'ci' }],
    }),
    ['other'],
  ],
])('the first pass ends, and its lookup happens: %s', (_title, input, parameters) => {
  expect(pass(input)).toEqual(expect.arrayContaining(parameters));
});

test('a lookup of another stack counts, because its value can be anywhere in the app', () => {
  const { app } = temporaryApp({});
  const userName = ssm.StringParameter.valueFromLookup(new Stack(app, 'Lookups', { env }), '/ci/user');
  const stack = new Stack(new Stage(app, 'Prod'), 'Keys', { env });
  expect(() => new AccessKeyRotation(stack, 'Rotation', { users: [{ userName }] })).not.toThrow();
});

test.each<[title: string, input: Input, values: Record<string, string>, message: RegExp]>([
  [
    'a user name',
    users((lookUp) => ({ userName: lookUp('/a') })),
    { '/a': 'teams/alice' },
    /Keys\/Rotation, users\[0\] \("teams\/alice"\): the user name contains a slash/,
  ],
  [
    'two users of the same name',
    users(
      (lookUp) => ({ userName: lookUp('/a') }),
      (lookUp) => ({ userName: lookUp('/b') }),
    ),
    { '/a': 'alice', '/b': 'alice' },
    /this user is in the rotation already/,
  ],
  [
    'an email address',
    users((lookUp) => ({ userName: 'ci', recipients: [Recipient.email(lookUp('/a'))] })),
    { '/a': 'nobody' },
    /Keys\/Rotation, users\[0\] \("ci"\): Recipient.email: "nobody" is not an email address/,
  ],
])('the second pass checks the value: %s', (_title, input, values, message) => {
  expect(() => pass(input, values)).toThrow(message);
});

test('options that contradict each other fail in the first pass, because no lookup solves it', () => {
  const input: Input = (lookUp, scope) => ({
    users: [{ userName: lookUp('/a'), user: iam.User.fromUserName(scope, 'U', 'bob') }],
  });
  expect(() => pass(input)).toThrow(/it has both "userName"/);
});

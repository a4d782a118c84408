/** `iam.Role.customizeRoles()`: the app creates no roles and policies, and the CDK reports what they have to permit. */
import * as fs from 'fs';
import * as path from 'path';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AccessKeyRotation, AccessKeyRotationProps, Recipient, RotationTrigger, UserStacks } from '../../src';
import { Resource, temporaryApp } from '../template/support';

const ROLES = { 'Keys/Rotation/Rotator/Role': 'rotator-role', 'Keys/Rotation/Rotator/SchedulesRole': 'schedules-role' };
const EVERYTHING = (scope: Construct): AccessKeyRotationProps => ({
  trigger: RotationTrigger.eventBridgeScheduler(),
  userStacks: UserStacks.nested(1, { keepInRotationStack: ['alice'] }),
  failureRecipients: [Recipient.email('on-call@example.com')],
  users: [
    { userName: 'alice' },
    { userName: 'bob', encryptionKey: new kms.Key(scope, 'Key') },
    { user: iam.User.fromUserName(scope, 'Carol', 'carol') },
  ],
});

interface Result {
  readonly resources: Resource[];
  readonly errors: string[];
  /** By role name: the permitted actions. */
  readonly report: Record<string, string[]>;
}

function synth(options: iam.CustomizeRolesOptions | undefined, props = EVERYTHING): Result {
  const { app, directory } = temporaryApp({});
  if (options) iam.Role.customizeRoles(app, options);
  const stack = new Stack(app, 'Keys');
  new AccessKeyRotation(stack, 'Rotation', props(stack));
  app.synth();
  const resources = fs
    .readdirSync(directory)
    .filter((file) => file.endsWith('template.json'))
    .map((file) => JSON.parse(fs.readFileSync(path.join(directory, file), 'utf8')))
    .flatMap((template) => Object.values<Resource>(template.Resources));
  const file = path.join(directory, 'iam-policy-report.json');
  const roles: any[] = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).roles : [];
  return {
    resources,
    errors: app.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === 'aws:cdk:error')
      .map(({ data }) => data),
    report: Object.fromEntries(
      roles.map(({ roleName, roleConstructPath, identityPolicyStatements }) => [
        ROLES[roleConstructPath as keyof typeof ROLES] ?? roleName,
        identityPolicyStatements.flatMap(({ Action }: any) => Action).sort(),
      ]),
    ),
  };
}

/** What the role of the function is permitted in the templates of an app that does not customize roles. */
function permittedInTemplates(): string[] {
  const statements = synth(undefined).resources.flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::IAM::ManagedPolicy') return Properties.PolicyDocument.Statement;
    const ofFunction = /lambda/.test(JSON.stringify(Properties?.AssumeRolePolicyDocument));
    return Type === 'AWS::IAM::Role' && ofFunction ? Properties.Policies[0].PolicyDocument.Statement : [];
  });
  return statements.flatMap(({ Action }) => Action).sort();
}

describe('with precreated roles', () => {
  let built: Result;
  beforeAll(() => {
    built = synth({ usePrecreatedRoles: ROLES });
  });

  test('the templates create no role, and no policy of a role', () => {
    const types = built.resources.map(({ Type }) => Type);
    expect(types).not.toContain('AWS::IAM::Role');
    expect(types).not.toContain('AWS::IAM::ManagedPolicy');
  });

  test('function, secrets and schedules name the precreated roles', () => {
    const named = (type: string) => JSON.stringify(built.resources.filter(({ Type }) => Type === type));
    expect(named('AWS::Lambda::Function')).toContain(':role/rotator-role"');
    expect(named('AWS::SecretsManager::ResourcePolicy')).toContain(':role/rotator-role"');
    expect(named('AWS::Scheduler::Schedule')).toContain(':role/schedules-role"');
    expect(named('AWS::Scheduler::Schedule')).not.toContain(':role/akr-');
  });

  test('the report has all that the policies of the templates would permit', () => {
    expect(built.report['rotator-role']).toEqual(permittedInTemplates());
    expect(built.report['schedules-role']).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage']);
  });
});

test('with a report only, the templates stay as they are, and the report is complete', () => {
  const built = synth({ preventSynthesis: false });
  expect(built.resources).toEqual(synth(undefined).resources);
  expect(built.report['rotator-role']).toEqual(permittedInTemplates());
});

test('a role that is missing among the precreated ones is an error of the CDK, and the report has what it must permit', () => {
  const built = synth({ usePrecreatedRoles: { 'Keys/Rotation/Rotator/SchedulesRole': 'schedules-role' } });
  expect(built.errors).toEqual([expect.stringContaining('Keys/Rotation/Rotator/Role')]);
  expect(built.report['rotator-role']).toEqual(permittedInTemplates());
});

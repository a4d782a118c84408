/** The recipe of docs/many-accounts.md: its templates, who may send to the bus, and when an account is silent. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { StackSetStack } from 'cdk-stacksets';
import { CentralStack } from '../../examples/typescript/lib/many-accounts/central-stack';
import { MemberStack } from '../../examples/typescript/lib/many-accounts/member-stack';
import type * as Organization from '../../examples/typescript/lib/many-accounts/organization';
import {
  BUS_NAME,
  CENTRAL_ACCOUNT,
  CENTRAL_BUS_ARN,
  MEMBER_ACCOUNTS,
  ORGANIZATION_ID,
  REGION,
  SECURITY_TEAM,
} from '../../examples/typescript/lib/many-accounts/organization';
import { PipelineStack } from '../../examples/typescript/lib/many-accounts/pipeline-stack';
import { RollOutStack } from '../../examples/typescript/lib/many-accounts/stack-set-stack';
import { AccessKeyRotation, UserStacks } from '../../src';
import { EVENT_SOURCE } from '../../src/contract/notifications';
import { Account } from '../function/iam-evaluation';
import { AlarmDefinition, State, statesOf } from '../monitoring/alarm-evaluation';
import { read } from '../package/pages/repository';
import { Deployment } from '../template/deployment';
import { plain } from '../template/intrinsics';

jest.mock('cdk-access-key-rotation', () => jest.requireActual('../../src'), { virtual: true });

// A plain object, so that a test can replace a constant.
jest.mock('../../examples/typescript/lib/many-accounts/organization', () => ({
  ...jest.requireActual('../../examples/typescript/lib/many-accounts/organization'),
}));
const recipeConstants = jest.requireMock<typeof Organization>(
  '../../examples/typescript/lib/many-accounts/organization',
);

const DAY = 86_400_000;
const [MEMBER] = MEMBER_ACCOUNTS;
const CENTRAL_ENV = { account: CENTRAL_ACCOUNT, region: REGION };

const directory = mkdtempSync(join(tmpdir(), 'many-accounts-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The files of an app that a function defines. */
class Assembly {
  private readonly folder: string;

  constructor(name: string, define: (app: App) => void) {
    this.folder = join(directory, name);
    const app = new App({ outdir: this.folder });
    define(app);
    app.synth();
  }

  /** The only file with this text in its path, which can be in the folder of a stage. */
  public read(name: string): any {
    const files = readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
    const found = files.filter((file) => file.includes(name) && file.endsWith('.template.json'));
    if (found.length !== 1) throw new Error(`${found.length} templates have ${name} in their paths`);
    return JSON.parse(readFileSync(join(this.folder, found[0]), 'utf8'));
  }

  /** The properties of the resources of a type in the template of a stack. */
  public ofType(type: string, template: string): any[] {
    return Object.values<any>(this.read(template).Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => plain(Properties, { 'AWS::Region': REGION }));
  }
}

const recipe = new Assembly('recipe', (app) => {
  new CentralStack(app, 'Central', { env: CENTRAL_ENV });
  new MemberStack(app, 'Member', { env: { account: MEMBER, region: REGION } });
});
const inCentral = (type: string) => recipe.ofType(type, 'Central');
const inMember = (type: string) => recipe.ofType(type, 'Member');

/** The policies of the role that the rule of a member account has for the central bus. */
function policiesOfRule(): { name: string; policy: any }[] {
  const [{ Targets }] = inMember('AWS::Events::Rule').filter(({ EventPattern }) => EventPattern);
  const role = Targets[0].RoleArn.replace(/\.Arn$/, '');
  return inMember('AWS::IAM::Policy')
    .filter(({ Roles }) => Roles.includes(role))
    .map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, policy: PolicyDocument }));
}

describe('a member account', () => {
  test('sends all events of its rotation to the central bus, with a role for this bus only', () => {
    const [rule] = inMember('AWS::Events::Rule').filter(({ EventPattern }) => EventPattern);
    expect(rule).toMatchObject({
      EventPattern: { source: [EVENT_SOURCE], account: [MEMBER], detail: { rotation: [expect.any(String)] } },
      Targets: [{ Arn: CENTRAL_BUS_ARN, RoleArn: expect.any(String) }],
    });
    expect(rule.EventPattern['detail-type']).toBeUndefined();
    expect(policiesOfRule().map(({ policy }) => policy.Statement)).toEqual([
      [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: CENTRAL_BUS_ARN }],
    ]);
  });

  test('sends a digest each day, without recipients', () => {
    const [digest] = inMember('AWS::Events::Rule').filter(({ Name }) => Name?.endsWith('-digest'));
    expect(digest.ScheduleExpression).toMatch(/^cron\(\d+ \d+ \* \* \? \*\)$/);
    expect(JSON.parse(digest.Targets[0].Input)).toEqual({ action: 'digest' });
  });
});

describe('the policy of the central bus', () => {
  interface Sender {
    readonly account?: string;
    readonly organization?: string;
    readonly source?: readonly string[];
  }

  /** Whether IAM allows a role that may do everything, or the one of the rule, to put events. */
  async function mayPut({ account = MEMBER, source = [EVENT_SOURCE], ...sender }: Sender): Promise<boolean> {
    const organization = 'organization' in sender ? sender.organization : ORGANIZATION_ID;
    const [{ Statement, EventBusName }] = inCentral('AWS::Events::EventBusPolicy');
    expect(Statement.Resource).toBe(`${EventBusName}.Arn`); // the only bus of the template
    const all = { Effect: 'Allow', Action: '*', Resource: '*' };
    return new Account(new Deployment([])).evaluate(
      `arn:aws:iam::${account}:role/rule`,
      'events:PutEvents',
      CENTRAL_BUS_ARN,
      {
        ...(organization && { 'aws:PrincipalOrgID': organization }),
        ...(source.length > 0 && { 'events:source': [...source] }),
      },
      account === MEMBER ? policiesOfRule() : [{ name: 'all', policy: { Version: '2012-10-17', Statement: [all] } }],
      { Version: '2012-10-17', Statement: [{ ...Statement, Resource: CENTRAL_BUS_ARN }] },
    );
  }

  test('is that of the bus that the members name', () =>
    expect(inCentral('AWS::Events::EventBus')).toEqual([{ Name: BUS_NAME }]));

  test.each<[string, Sender]>([
    ['the rule of a member account', {}],
    ['another account of the organization, such as one that joined today', { account: '444444444444' }],
    ['two events of a rotation in one call', { source: [EVENT_SOURCE, EVENT_SOURCE] }],
  ])('allows %s', async (_who, sender) => expect(await mayPut(sender)).toBe(true));

  test.each<[string, Sender]>([
    ['an account of another organization', { account: '999999999999', organization: 'o-otherorgid' }],
    ['an account without an organization', { account: '999999999999', organization: undefined }],
    ['another source', { source: ['com.example.orders'] }],
    ['another source beside that of a rotation', { source: [EVENT_SOURCE, 'com.example.orders'] }],
    ['a source of AWS', { source: ['aws.health'] }],
    ['an event without a source', { source: [] }],
  ])('refuses %s', async (_who, sender) => expect(await mayPut(sender)).toBe(false));
});

/** The central account of an organization with other constants. */
function centralWith(constants: Partial<typeof recipeConstants>): Assembly {
  const replaced = Object.entries(constants).map(([name, value]) =>
    jest.replaceProperty(recipeConstants, name as keyof typeof recipeConstants, value),
  );
  try {
    const folder = `central-${Object.keys(constants).join('-')}`;
    return new Assembly(folder, (app) => void new CentralStack(app, 'Central', { env: CENTRAL_ENV }));
  } finally {
    for (const each of replaced) each.restore();
  }
}

/** What EventBridge sets in each event. A sender can write all other fields. */
const SET_BY_EVENTBRIDGE = ['$.account'];

describe('the central account', () => {
  const linesOf = (central: Assembly) =>
    central
      .ofType('AWS::Events::Rule', 'Central')
      .filter(({ Targets }) => Targets[0].InputTransformer)
      .map(({ EventPattern, Targets: [{ Arn, InputTransformer }] }) => {
        const { InputPathsMap: paths, InputTemplate } = InputTransformer;
        const text: string = JSON.parse(
          InputTemplate.replace(/<([\w-]+)>/g, (_: string, id: string) => `<${paths[id]}>`),
        );
        return { pattern: EventPattern, topic: Arn, text };
      });

  test('each rule is on the central bus and matches only events of rotations', () => {
    for (const { EventBusName, EventPattern } of inCentral('AWS::Events::Rule')) {
      expect(EventBusName).toMatch(/^Bus/);
      expect(EventPattern.source).toEqual([EVENT_SOURCE]);
      expect(EventPattern.detail ?? {}).not.toHaveProperty('account'); // what the sender wrote
    }
  });

  test('the security team receives a line for each problem, from each account of the organization', () => {
    const problems = linesOf(recipe).filter(({ pattern }) => pattern.detail);
    expect(problems.map(({ text, pattern: { account, detail } }) => [text, account, detail])).toEqual([
      ['Account <$.account>: a rotation failed.', undefined, { event: ['failed'] }],
      ['Account <$.account>: a rotation is blocked.', undefined, { event: ['blocked'] }],
      ['Account <$.account>: an access key is exposed.', undefined, { event: ['exposed'] }],
      [
        'Account <$.account>: users need attention, or were not read.',
        undefined,
        { counts: { $or: [{ needAttention: [{ numeric: ['>', 0] }] }, { unread: [{ numeric: ['>', 0] }] }] } },
      ],
    ]);
  });

  test('a line has no text of the sender: a pattern matches an array in which one value fits', () => {
    const inserted = linesOf(recipe).flatMap(({ text }) => text.match(/(?<=<)[^>]+/g));
    expect(new Set(inserted)).toEqual(new Set(SET_BY_EVENTBRIDGE));
  });

  test('no pattern exceeds the quota of EventBridge, with as many accounts as fit into a stack', () => {
    const accounts = [...Array(230).keys()].map((index) => `${index * 4_345_678_901}`.padStart(12, '0'));
    const large = centralWith({ MEMBER_ACCOUNTS: accounts });
    const rules = large.ofType('AWS::Events::Rule', 'Central');
    expect(rules.length).toBeLessThanOrEqual(300);
    expect(JSON.stringify(rules)).toContain(accounts[229]);
    for (const { EventPattern } of rules) expect(JSON.stringify(EventPattern).length).toBeLessThanOrEqual(2048);
  });

  describe('the alarm on the silence of an account', () => {
    const alarmOf = (account: string, central = recipe) =>
      central
        .ofType('AWS::CloudWatch::Alarm', 'Central')
        .find(({ AlarmDescription }) => AlarmDescription.includes(account))!;
    const START = Date.UTC(2026, 0, 1);
    /** The digest comes at the same time each day, some minutes later or earlier. */
    const digestsOn = (...days: number[]) =>
      days.map((day) => ({
        namespace: 'AWS/Events',
        name: 'Invocations',
        dimensions: { EventBusName: BUS_NAME, RuleName: `access-key-digest-${MEMBER}` },
        timestamp: START + day * DAY + 17 * 3_600_000 + (day % 3) * 300_000,
        value: 1,
      }));
    const states = (days: number[], from: number, to: number, alarm: AlarmDefinition = alarmOf(MEMBER)): State[] => {
      const options = { from: START + from * DAY, to: START + to * DAY, every: 600_000 };
      return [...new Set(statesOf(alarm, digestsOn(...days), options).map(({ state }) => state))];
    };
    const daily = [...Array(20).keys()];

    test('it has a topic of its own, so a flood of events does not stop its emails', () => {
      const [topic] = alarmOf(MEMBER).AlarmActions;
      for (const { Targets } of inCentral('AWS::Events::Rule')) expect(Targets[0].Arn).not.toBe(topic);
      const emails = inCentral('AWS::SNS::Subscription').filter(({ TopicArn }) => TopicArn === topic);
      expect(emails).toMatchObject([{ Protocol: 'email', Endpoint: SECURITY_TEAM }]);
    });

    test('CloudWatch may publish it: a topic with a policy refuses what the policy does not name', () => {
      const [topic] = alarmOf(MEMBER).AlarmActions;
      const allowed = inCentral('AWS::SNS::TopicPolicy')
        .filter(({ Topics }) => Topics.includes(topic))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Effect }) => Effect === 'Allow');
      expect(allowed).toMatchObject([{ Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }]);
    });

    test('there is one for each account, on the digests of this account', () => {
      for (const account of MEMBER_ACCOUNTS) {
        expect(alarmOf(account).AlarmActions).toHaveLength(1);
        const [rule] = inCentral('AWS::Events::Rule').filter(({ Name }) => Name === `access-key-digest-${account}`);
        expect(rule.EventPattern).toEqual({
          source: [EVENT_SOURCE],
          account: [account],
          'detail-type': ['Access Key Digest'],
        });
        // EventBridge counts the invocations of a target by rule. It documents no number of matches by rule.
        expect(rule.Targets).toHaveLength(1);
      }
    });

    test('the topic of the digests has one statement for all accounts: a policy has a size limit', () => {
      const [{ Targets }] = inCentral('AWS::Events::Rule').filter(({ Name }) => Name?.startsWith('access-key-digest-'));
      const policies = inCentral('AWS::SNS::TopicPolicy').filter(({ Topics }) => Topics.includes(Targets[0].Arn));
      expect(policies.map(({ PolicyDocument }) => PolicyDocument.Statement.length)).toEqual([2]); // and the one for TLS
    });

    test('it stays in OK with a daily digest, and if one of them is lost', () => {
      expect(states(daily, 3, 20)).toEqual(['OK']);
      expect(
        states(
          daily.filter((day) => day !== 10),
          3,
          20,
        ),
      ).toEqual(['OK']);
    });

    test('it is in ALARM two days after the last digest, and not before', () => {
      const silent = daily.filter((day) => day < 10); // the last one on day 9, at 17:00
      expect(states(silent, 3, 11.7)).toEqual(['OK']);
      expect(states(silent, 11.75, 20)).toEqual(['ALARM']);
    });

    test('it is in ALARM until the first digest, so an account without a rotation is found', () => {
      expect(states([], 3, 20)).toEqual(['ALARM']);
    });

    test('it returns to OK with the next digest', () => {
      expect(states([15], 15.75, 16.5)).toEqual(['OK']);
    });

    test('with two digests a day, it is in ALARM if one of them is missing for two days', () => {
      const two = centralWith({ DIGESTS_A_DAY: { [MEMBER]: 2 } });
      expect(alarmOf(MEMBER_ACCOUNTS[1], two)).toEqual(alarmOf(MEMBER_ACCOUNTS[1]));
      const alarm = alarmOf(MEMBER, two);
      const later = (days: number[], hours: number) => days.map((day) => day + hours / 24);
      for (const hours of [1 / 3, 10]) {
        // the second part of a digest, a rotation in another Region
        expect(states([...daily, ...later(daily, hours)], 3, 20, alarm)).toEqual(['OK']);
      }
      const silent = daily.filter((day) => day < 10);
      expect(states([...daily, ...later(silent, 1 / 3)], 3, 11.7, alarm)).toEqual(['OK']);
      expect(states([...daily, ...later(silent, 1 / 3)], 11.75, 20, alarm)).toEqual(['ALARM']);
    });
  });
});

describe('the pipeline', () => {
  const pipeline = new Assembly('pipeline', (app) => void new PipelineStack(app, 'Pipeline', { env: CENTRAL_ENV }));

  test('deploys the central bus, then each account in a stage of its own', () => {
    const [{ Stages }] = pipeline.ofType('AWS::CodePipeline::Pipeline', 'Pipeline.');
    const deploys = Stages.map(({ Name, Actions }: any) => [
      Name,
      Actions.filter(({ Configuration }: any) => Configuration.ActionMode === 'CHANGE_SET_EXECUTE').map(
        ({ RoleArn, Configuration }: any) => [/(\d{12}):role/.exec(RoleArn)![1], Configuration.StackName],
      ),
    ]).slice(-2);
    expect(deploys).toEqual([
      ['Central', [[CENTRAL_ACCOUNT, 'Central-AccessKeys']]],
      ['Members', MEMBER_ACCOUNTS.map((account) => [account, `Member${account}-AccessKeys`])],
    ]);
  });

  test('has the rotation of each account in its stage', () => {
    for (const account of MEMBER_ACCOUNTS) {
      const template = `Member${account}`;
      expect(pipeline.ofType('AWS::IAM::User', template)).toMatchObject([{ UserName: 'ci-deployer' }]);
      const [rule] = pipeline.ofType('AWS::Events::Rule', template).filter(({ EventPattern }) => EventPattern);
      expect(rule.EventPattern.account).toEqual([account]);
    }
  });
});

describe('the StackSet', () => {
  const stackSet = new Assembly('stack-set', (app) => void new RollOutStack(app, 'RollOut', { env: CENTRAL_ENV }));
  const inParent = (type: string) => stackSet.ofType(type, 'RollOut.');
  const inTemplate = (type: string) => stackSet.ofType(type, '.stackset.');

  test('deploys into the accounts of an organizational unit, with the permission to create named users', () => {
    expect(inParent('AWS::CloudFormation::StackSet')).toEqual([
      expect.objectContaining({
        PermissionModel: 'SERVICE_MANAGED',
        AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        CallAs: 'DELEGATED_ADMIN',
      }),
    ]);
  });

  test('its template has the rotation, no value of one account, and no nested stack', () => {
    expect(inTemplate('AWS::IAM::User')).toMatchObject([{ UserName: 'ci-deployer' }]);
    expect(inTemplate('AWS::CloudFormation::Stack')).toEqual([]);
    const text = JSON.stringify(stackSet.read('.stackset.'));
    for (const account of MEMBER_ACCOUNTS) expect(text).not.toContain(account);
    const [rule] = inTemplate('AWS::Events::Rule').filter(({ EventPattern }) => EventPattern);
    expect(rule.EventPattern.account).toEqual(['AWS::AccountId']);
  });

  test('the code of the Lambda is copied into the bucket under the key that the template has', () => {
    const [{ Code }] = inTemplate('AWS::Lambda::Function');
    const [{ BucketName }] = inParent('AWS::S3::Bucket');
    expect(Code.S3Bucket).toBe(BucketName);
    const [{ SourceObjectKeys, Extract }] = inParent('Custom::CDKBucketDeployment');
    expect(Extract).toBe(false); // copied under its own name
    expect(SourceObjectKeys).toEqual([Code.S3Key]);
  });

  test('each account of the organization, and no other one, may get the code', () => {
    const statements = inParent('AWS::S3::BucketPolicy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(statements.filter(({ Effect }: any) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 's3:GetObject',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION_ID } },
      }),
    ]);
  });

  test.each([
    ['nested user stacks', () => UserStacks.nested(2)],
    ['user stacks of the app', (app: App) => UserStacks.fromStacks([new Stack(app, 'Users')])],
  ])('%s in it are an error with the fix', (_what, userStacks) => {
    const app = new App({ outdir: join(directory, 'nested') });
    const template = new StackSetStack(new Stack(app, 'RollOut'), 'Template');
    expect(
      () => new AccessKeyRotation(template, 'Rotation', { users: [{ userName: 'ci' }], userStacks: userStacks(app) }),
    ).toThrow(
      'AccessKeyRotation RollOut/Template/Rotation: "userStacks" adds stacks, but the rotation is in a StackSet, which deploys one template without nested stacks. Remove "userStacks".',
    );
  });
});

describe('the page', () => {
  const page = read('docs/many-accounts.md');
  const code = (file: string) => read(`examples/typescript/lib/many-accounts/${file}`);

  test('names the policies in each bootstrap that trusts an account: the CDK CLI requires both', () => {
    const trusting = page.split('\n').filter((line) => line.includes('cdk bootstrap --trust'));
    expect(trusting.length).toBeGreaterThan(0);
    for (const line of trusting) expect(line).toContain('--cloudformation-execution-policies');
  });

  test('bootstraps the central account, into which both roll-outs deploy', () =>
    expect(page).toContain(`cdk bootstrap aws://${CENTRAL_ACCOUNT}/${REGION}`));

  test('registers the central account for StackSets, as the code is for a delegated administrator', () => {
    expect(code('stack-set-stack.ts')).toContain('delegatedAdmin: true');
    expect(page).toContain('aws cloudformation activate-organizations-access');
    expect(page).toMatch(
      new RegExp(`aws organizations register-delegated-administrator .*--account-id ${CENTRAL_ACCOUNT}`),
    );
  });

  test('says that the repository needs the lock file, as the pipeline runs npm ci', () => {
    expect(code('pipeline-stack.ts')).toContain("'npm ci'");
    expect(page).toContain('`package-lock.json`');
  });

  test('the partition of the ARNs is one constant, for China and GovCloud', () =>
    expect(code('organization.ts')).not.toContain('arn:aws:'));
});

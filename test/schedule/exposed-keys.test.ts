/** Reports of AWS about exposed keys: the rules that invoke the Lambda, and the recipe for other Regions. */
import { Annotations, App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ExposedKeys, Recipient, RotationTrigger, AccessKeyRotationProps } from '../../src';
import { runSnippet } from '../package/pages/run-snippet';
import { attackSequence, exposed, exposedIn2016, finding } from '../rotator/reports';
import { annotationIds, warnings } from '../template/annotations';
import { ACCOUNT, rotation, Synthesized, temporaryApp, testStack } from '../template/support';

const synth = (region = 'us-east-1', more: Partial<AccessKeyRotationProps> = {}) =>
  rotation(
    { exposedKeys: ExposedKeys.NOTIFY, users: [{ userName: 'alice' }], ...more },
    { env: { account: ACCOUNT, region } },
  );
const patternsOf = (built: Synthesized): any[] =>
  built
    .ofType('AWS::Events::Rule')
    .map(({ Properties }) => Properties.EventPattern)
    .filter((pattern) => pattern !== undefined);
const logicalIdsOf = (built: Synthesized) =>
  Object.keys(built.resources).filter((id) => built.resources[id].Properties?.EventPattern);

test('by default, no rule and no setting', () => {
  const built = synth('us-east-1', { exposedKeys: undefined });
  expect(patternsOf(built)).toEqual([]);
  expect(built.json).not.toContain('EXPOSED_KEYS');
  expect(Object.keys(built.resources).filter((id) => id.includes('ExposedKeys'))).toEqual([]);
});

test.each([ExposedKeys.NOTIFY, ExposedKeys.REVOKE])('%s: the function has the setting', (exposedKeys) => {
  const { Environment } = synth('us-east-1', { exposedKeys }).the('AWS::Lambda::Function').Properties;
  expect(Environment.Variables.EXPOSED_KEYS).toBe(exposedKeys);
});

test('the rules match reports of the account of the stack only', () => {
  const patterns = patternsOf(synth());
  expect(patterns.map(({ source, account }) => [source, account])).toEqual([
    [['aws.health'], [ACCOUNT]],
    [['aws.guardduty'], [ACCOUNT]],
  ]);
  const anyAccount = rotation({ exposedKeys: ExposedKeys.NOTIFY, users: [{ userName: 'alice' }] });
  expect(patternsOf(anyAccount).map(({ account }) => account)).toEqual(Array(2).fill([{ Ref: 'AWS::AccountId' }]));
});

test.each<[string, object, number]>([
  ['a report of today', exposed(), 0],
  ['a report of 2016', exposedIn2016(), 0],
  ['a quarantine', exposed(undefined, ACCOUNT, 'AWS_RISK_IAM_QUARANTINE'), 0],
  ['a code that is not known today', exposed(undefined, ACCOUNT, 'AWS_RISK_CREDENTIALS_SOLD'), 0],
  ['abuse', { ...exposed(), 'detail-type': 'AWS Health Abuse Event' }, 0],
  ['a finding', finding(), 1],
  ['an attack sequence', attackSequence(), 1],
  [
    'an attack sequence about buckets',
    attackSequence(undefined, ACCOUNT, { type: 'AttackSequence:S3/CompromisedData' }),
    1,
  ],
  ['a finding of unusual behavior', finding(undefined, ACCOUNT, 'Persistence:IAMUser/AnomalousBehavior'), 1],
])('a rule matches %s', (_title, event, rule) => {
  expect(patternsOf(synth()).map((pattern) => matches(pattern, event))).toEqual([rule === 0, rule === 1]);
});

test.each<[string, object]>([
  ['another account', exposed(undefined, '999988887777')],
  ['an operational issue', exposed(undefined, ACCOUNT, 'AWS_EC2_OPERATIONAL_ISSUE')],
  ['a finding about a role', withUserType('AssumedRole')],
  ['a finding about an instance', finding(undefined, ACCOUNT, 'Recon:EC2/Portscan')],
  ['an attack sequence of another account', attackSequence(undefined, '999988887777')],
  ['a finding of low severity', { ...finding(), detail: { ...finding().detail, severity: 2 } }],
])('no rule matches %s', (_title, event) => {
  expect(patternsOf(synth()).map((pattern) => matches(pattern, event))).toEqual([false, false]);
});

describe.each([
  ['rules', RotationTrigger.eventBridgeRules()],
  ['schedules', RotationTrigger.eventBridgeScheduler()],
])('with %s as triggers', (_trigger, trigger) => {
  const built = synth('us-east-1', { trigger });
  const arns = logicalIdsOf(built).map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] }));

  test('each rule may invoke the function, and send to its dead-letter queue', () => {
    const allowed = built.ofType('AWS::Lambda::Permission').map(({ Properties }) => Properties.SourceArn);
    expect(allowed).toEqual(expect.arrayContaining(arns));
    const queuePolicy = JSON.stringify(built.ofType('AWS::SQS::QueuePolicy'));
    for (const arn of arns) expect(queuePolicy).toContain(JSON.stringify(arn));
    for (const id of logicalIdsOf(built)) {
      expect(built.resources[id].Properties.Targets).toEqual([
        {
          Id: 'Rotation',
          Arn: { 'Fn::GetAtt': [expect.stringContaining('Handler'), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringContaining('DeadLetters'), 'Arn'] } },
        },
      ]);
    }
  });

  test('the role of the function gets no permission for it', () => {
    const without = synth('us-east-1', { trigger, exposedKeys: undefined });
    const policies = (of: Synthesized) => [
      of.ofType('AWS::IAM::Role').map(({ Properties }) => Properties.Policies),
      of.ofType('AWS::IAM::ManagedPolicy').map(({ Properties }) => Properties.PolicyDocument),
    ];
    expect(policies(built)).toEqual(policies(without));
  });
});

test('failure recipients are notified of reports as well', () => {
  const filterOf = (built: Synthesized) => built.the('AWS::SNS::Subscription').Properties.FilterPolicy;
  const failureRecipients = [Recipient.email('on-call@example.com')];
  expect(filterOf(synth('us-east-1', { failureRecipients }))).toEqual({ event: ['blocked', 'exposed', 'failed'] });
  expect(filterOf(synth('us-east-1', { failureRecipients, exposedKeys: undefined }))).toEqual({
    event: ['blocked', 'failed'],
  });
});

describe('in a Region', () => {
  test.each(['us-east-1', 'us-west-2', 'us-gov-west-1'])('%s, which receives the reports: no warning', (region) => {
    expect(annotationIds(synth(region).rotation)).toEqual([]);
  });

  test('that is not known: no warning', () => {
    const built = rotation({ exposedKeys: ExposedKeys.NOTIFY, users: [{ userName: 'alice' }] });
    expect(annotationIds(built.rotation)).toEqual([]);
  });

  test('that does not receive them: a warning that names the page with the recipe, and can be acknowledged', () => {
    const { rotation: construct } = synth('eu-central-1');
    expect(annotationIds(construct)).toEqual(['exposedKeysInOtherRegion']);
    expect(warnings(construct)[0]).toContain('docs/exposed-keys.md');
    Annotations.of(construct).acknowledgeWarning('cdk-access-key-rotation:exposedKeysInOtherRegion');
    expect(annotationIds(construct)).toEqual([]);
  });

  test('without the option: no warning', () => {
    expect(annotationIds(synth('eu-central-1', { exposedKeys: undefined }).rotation)).toEqual([]);
  });
});

describe('the recipe of docs/exposed-keys.md', () => {
  const { app } = temporaryApp({});
  runSnippet('docs/exposed-keys.md', 'targets.EventBus', { app, stack: testStack() });
  const forwarding = (app as App).node.findChild('ForwardExposedKeys');
  const template = Template.fromStack(forwarding as any);
  const [rule] = Object.values<any>(template.findResources('AWS::Events::Rule'));

  test('forwards exactly what the rule of the rotation matches', () => {
    const [health] = patternsOf(synth('eu-central-1'));
    expect(rule.Properties.EventPattern).toEqual(health);
  });

  test('sends it to the bus in the Region of the rotation, with a role that may put events there and nothing else', () => {
    const bus = `arn:aws:events:eu-central-1:${ACCOUNT}:event-bus/default`;
    const [target] = rule.Properties.Targets;
    expect(target).toMatchObject({ Arn: bus, RoleArn: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } });
    const [policy] = Object.values<any>(template.findResources('AWS::IAM::Policy'));
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Action: 'events:PutEvents', Effect: 'Allow', Resource: bus },
    ]);
    expect(forwarding.node.scope).toBe(app);
  });
});

/** The operators of event patterns that the rules use. */
function matches(pattern: any, event: any): boolean {
  return Object.entries<any>(pattern).every(([field, expected]) => {
    if (field === '$or') return expected.some((option: any) => matches(option, event));
    const value = event?.[field];
    if (!Array.isArray(expected)) return matches(expected, value);
    return expected.some((option) => {
      if (typeof option === 'string') return value === option;
      if (option.prefix) return typeof value === 'string' && value.startsWith(option.prefix);
      if (option.numeric) return option.numeric[0] === '>=' && value >= option.numeric[1];
      return new RegExp(`^${option.wildcard.replaceAll('*', '.*')}$`).test(value);
    });
  });
}

function withUserType(userType: string): object {
  const event = finding();
  const { resource } = event.detail;
  return {
    ...event,
    detail: {
      ...event.detail,
      resource: { ...resource, accessKeyDetails: { ...resource.accessKeyDetails, userType } },
    },
  };
}

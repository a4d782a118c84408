/**
 * The rules of cfn_nag that concern types of resources in a rotation, as its source has them:
 * https://github.com/stelligent/cfn_nag/tree/master/lib/cfn-nag/custom_rules, last changed in June 2022. It needs Ruby,
 * so no test runs it: these say which of its rules would warn.
 */
import { Resource, Resources } from '../template/support';

interface Rule {
  readonly id: string;
  readonly type: string;
  readonly warns: (properties: Record<string, any>, resources: Resources) => boolean;
}

interface Statement {
  readonly Effect: string;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Record<string, object>;
  readonly [inverted: `Not${string}`]: unknown;
}

const listOf = (value: any): any[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const statementsIn = (document: any): Statement[] => listOf(document?.Statement);
const inlineIn = (properties: Record<string, any>): Statement[] =>
  listOf(properties.Policies).flatMap(({ PolicyDocument }) => statementsIn(PolicyDocument));

const without = (id: string, type: string, property: string): Rule => ({
  id,
  type,
  warns: (properties) => properties[property] === undefined,
});

/** One that a policy in a resource of the type breaks, if a statement that allows something does. */
const allows = (
  ids: Readonly<Record<string, string>>,
  breaks: (statement: Statement) => boolean,
  statements: Readonly<Record<string, (properties: Record<string, any>) => Statement[]>> = PERMISSIONS,
): Rule[] =>
  Object.entries(ids).map(([id, type]) => ({
    id,
    type,
    warns: (properties) => statements[type](properties).some((one) => one.Effect === 'Allow' && breaks(one)),
  }));

const document = (properties: Record<string, any>) => statementsIn(properties.PolicyDocument);
const PERMISSIONS = {
  'AWS::IAM::ManagedPolicy': document,
  'AWS::IAM::Policy': document,
  'AWS::IAM::Role': inlineIn,
  'AWS::SNS::TopicPolicy': document,
  'AWS::SQS::QueuePolicy': document,
};
const TRUST = {
  'AWS::IAM::Role': (properties: Record<string, any>) => statementsIn(properties.AssumeRolePolicyDocument),
};

const hasAnyAction = ({ Action }: Statement) => listOf(Action).some((action) => /^(?:\*|.+:\*)$/.test(action));
const hasAnyPrincipal = ({ Principal }: Statement) =>
  Principal === '*' || Object.values(Principal ?? {}).some((who) => listOf(who).includes('*'));
const has = (inverted: `Not${string}`) => (statement: Statement) => statement[inverted] !== undefined;

/** Its metric SPCM: points for services, references, inversions and conditions. */
function complexity({ Effect, Action, Resource: resource, Condition = {}, ...more }: Statement): number {
  const ANY = '*';
  const actions = listOf(Action ?? more.NotAction);
  const resources = listOf(resource ?? more.NotResource);
  // A reference of the template counts as a service of its own.
  const service = (part: number) => (text: any) =>
    typeof text !== 'string' ? JSON.stringify(text) : text === ANY ? ANY : text.split(':')[part];
  const [ofActions, ofResources] = [new Set(actions.map(service(0))), new Set(resources.map(service(2)))];
  const services = new Set([...ofActions, ...ofResources].filter((name) => name !== ANY));
  const isAny = [actions, resources].some((list) => list.length === 1 && list[0] === ANY);
  const misaligned = isAny ? [] : [...ofResources].filter((name) => name !== ANY && !ofActions.has(name));
  const mixed = [ofActions, ofResources].filter((names) => names.has(ANY) && names.size > 1);
  const operators = Object.keys(Condition);
  const values = Object.values(Condition).flatMap((operator) => Object.values(operator).flatMap(listOf));
  const variables = values.filter((value) => typeof value === 'string' && value.includes('${'));
  return (
    1
    + (Effect === 'Deny' ? 1 : 0)
    + ['NotAction', 'NotResource'].filter((name) => name in more).length
    + 2 * Math.max(services.size - 1, 0)
    + misaligned.length
    + mixed.length
    + 2 * operators.length
    + 2 * operators.filter((name) => name.startsWith('ForAllValues')).length
    + operators.filter((name) => name === 'Null' || name.endsWith('IfExists')).length
    + variables.length
  );
}

const WRITES_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

export const RULES: readonly Rule[] = [
  { id: 'F10', type: 'AWS::IAM::User', warns: ({ Policies }) => listOf(Policies).length > 0 },
  { id: 'F11', type: 'AWS::IAM::Policy', warns: ({ Users }) => listOf(Users).length > 0 },
  { id: 'F12', type: 'AWS::IAM::ManagedPolicy', warns: ({ Users }) => listOf(Users).length > 0 },
  { id: 'F13', type: 'AWS::Lambda::Permission', warns: ({ Principal }) => Principal === '*' },
  { id: 'F2000', type: 'AWS::IAM::User', warns: ({ Groups }) => listOf(Groups).length === 0 },
  { id: 'W24', type: 'AWS::Lambda::Permission', warns: ({ Action }) => Action !== 'lambda:InvokeFunction' },
  ...Object.entries({
    'AWS::CloudWatch::Alarm': 'AlarmName',
    'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
    'AWS::IAM::Role': 'RoleName',
  }).map(([type, name]) => ({ id: 'W28', type, warns: (properties: Record<string, any>) => name in properties })),
  { id: 'W50', type: 'AWS::IAM::User', warns: ({ LoginProfile }) => LoginProfile?.PasswordResetRequired === false },
  without('W47', 'AWS::SNS::Topic', 'KmsMasterKeyId'),
  without('W48', 'AWS::SQS::Queue', 'KmsMasterKeyId'),
  {
    id: 'W58',
    type: 'AWS::Lambda::Function',
    // Managed policies of the template do not count.
    warns: ({ Role }, resources) =>
      !inlineIn(resources[Role['Fn::GetAtt']?.[0]]?.Properties ?? {}).some(
        ({ Effect, Action }) => Effect === 'Allow' && WRITES_LOGS.every((action) => listOf(Action).includes(action)),
      ),
  },
  ...['AWS::IAM::Policy', 'AWS::IAM::Role'].map((type) => ({
    id: 'W76',
    type,
    warns: (properties: Record<string, any>) =>
      (type === 'AWS::IAM::Role' ? listOf(properties.Policies) : [properties]).some(
        ({ PolicyDocument }) => statementsIn(PolicyDocument).reduce((sum, one) => sum + complexity(one), 0) >= 25,
      ),
  })),
  without('W77', 'AWS::SecretsManager::Secret', 'KmsKeyId'),
  without('W84', 'AWS::Logs::LogGroup', 'KmsKeyId'),
  without('W86', 'AWS::Logs::LogGroup', 'RetentionInDays'),
  without('W89', 'AWS::Lambda::Function', 'VpcConfig'),
  without('W92', 'AWS::Lambda::Function', 'ReservedConcurrentExecutions'),
  ...allows(
    { W11: 'AWS::IAM::Role', W12: 'AWS::IAM::Policy', W13: 'AWS::IAM::ManagedPolicy' },
    ({ Resource: resource }) => listOf(resource).includes('*'),
  ),
  ...allows(
    { F3: 'AWS::IAM::Role', F4: 'AWS::IAM::Policy', F5: 'AWS::IAM::ManagedPolicy', F20: 'AWS::SQS::QueuePolicy' },
    hasAnyAction,
  ),
  ...allows({ F18: 'AWS::SNS::TopicPolicy', F21: 'AWS::SQS::QueuePolicy' }, hasAnyPrincipal),
  ...allows({ F8: 'AWS::SNS::TopicPolicy', F7: 'AWS::SQS::QueuePolicy' }, has('NotPrincipal')),
  ...allows(
    {
      W15: 'AWS::IAM::Role',
      W16: 'AWS::IAM::Policy',
      W17: 'AWS::IAM::ManagedPolicy',
      W18: 'AWS::SQS::QueuePolicy',
      W19: 'AWS::SNS::TopicPolicy',
    },
    has('NotAction'),
  ),
  ...allows({ W21: 'AWS::IAM::Role', W22: 'AWS::IAM::Policy', W23: 'AWS::IAM::ManagedPolicy' }, has('NotResource')),
  ...allows({ F2: 'AWS::IAM::Role' }, hasAnyAction, TRUST),
  ...allows({ F6: 'AWS::IAM::Role' }, has('NotPrincipal'), TRUST),
  ...allows({ W14: 'AWS::IAM::Role' }, has('NotAction'), TRUST),
];

/** The rules that would warn of a resource. */
export const warnings = ({ Type, Properties = {} }: Resource, resources: Resources): string[] =>
  RULES.filter(({ type, warns }) => type === Type && warns(Properties, resources)).map(({ id }) => id);

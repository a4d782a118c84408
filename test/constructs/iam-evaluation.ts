/** Evaluates the policies of a template offline, with concrete ARNs in place of CloudFormation's functions. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT, list, REGION, Resource, Resources, Synthesized } from './support';

const PSEUDO: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::AccountId': ACCOUNT, 'AWS::URLSuffix': 'amazonaws.com' };

/** The ARN that a deployed resource would have. */
function arnOf(id: string, { Type, Properties }: Resource): string {
  const arn = (service: string, resource: string, region = REGION) => `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
  switch (Type) {
    case 'AWS::IAM::User': return arn('iam', `user${Properties.Path ?? '/'}${Properties.UserName ?? id}`, '');
    case 'AWS::IAM::Role': return arn('iam', `role/${id}`, '');
    case 'AWS::SecretsManager::Secret': return arn('secretsmanager', `secret:${Properties.Name}-AbCdEf`);
    case 'AWS::SNS::Topic': return arn('sns', id);
    case 'AWS::SQS::Queue': return arn('sqs', id);
    case 'AWS::Lambda::Function': return arn('lambda', `function:${id}`);
    case 'AWS::Logs::LogGroup': return arn('logs', `log-group:/aws/${id}:*`);
    case 'AWS::Scheduler::ScheduleGroup': return arn('scheduler', `schedule-group/${id}`);
    case 'AWS::KMS::Key': return arn('kms', 'key/00000000-0000-0000-0000-000000000000');
    default: throw new Error(`no ARN known for ${Type}`);
  }
}

/** What stands in a template, as CloudFormation would fill it in. */
export function deployed(value: any, resources: Resources): any {
  if (Array.isArray(value)) return value.map((item) => deployed(item, resources));
  if (typeof value !== 'object' || value === null) return value;
  if (value.Ref) return PSEUDO[value.Ref] ?? (resources[value.Ref].Properties.UserName ?? arnOf(value.Ref, resources[value.Ref]));
  if (value['Fn::GetAtt']) return arnOf(value['Fn::GetAtt'][0], resources[value['Fn::GetAtt'][0]]);
  if (value['Fn::Join']) return deployed(value['Fn::Join'][1], resources).join(value['Fn::Join'][0]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deployed(inner, resources)]));
}

/** A template, deployed as far as IAM is concerned. */
export class Account {
  private readonly resources: Resources;

  constructor(built: Synthesized) {
    this.resources = built.resources;
  }

  /** The ARNs of all resources of a type. */
  public arns(type: string): string[] {
    return Object.entries(this.resources).filter(([, resource]) => resource.Type === type).map(([id, resource]) => arnOf(id, resource));
  }

  /** A resource as it would be deployed. */
  public deployed(resource: Resource): Resource {
    return deployed(resource, this.resources);
  }

  /** The inline and attached policies of a role or user. */
  public policiesOf(principal: string): { name: string; policy: any }[] {
    const inline = Object.entries(this.resources)
      .filter(([id, resource]) => ['AWS::IAM::Role', 'AWS::IAM::User'].includes(resource.Type) && arnOf(id, resource) === principal)
      .flatMap(([, { Properties }]) => Properties.Policies ?? []);
    const attached = Object.values(this.resources)
      .filter(({ Type, Properties }) => ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type)
        && [...list(Properties.Roles ?? []), ...list(Properties.Users ?? [])].some((ref) => principal.endsWith(`/${this.nameOf(ref)}`)))
      .map(({ Properties }) => Properties);
    return deployed([...inline, ...attached], this.resources)
      .map(({ PolicyName, PolicyDocument }: any) => ({ name: PolicyName ?? 'managed', policy: PolicyDocument }));
  }

  /** All actions that the policies of a principal grant. */
  public granted(principal: string): string[] {
    const statements = this.policiesOf(principal).flatMap(({ policy }) => policy.Statement);
    return [...new Set<string>(statements.flatMap(({ Action }: any) => list(Action)))].sort();
  }

  /** Whether IAM lets a principal do something. Policies that IAM would reject are an error. */
  public async allows(principal: string, action: string, resource: string, context: Record<string, string | string[]> = {}): Promise<boolean> {
    const answer = await runSimulation({
      request: { principal, action, resource: { resource, accountId: ACCOUNT }, contextVariables: { 'aws:PrincipalArn': principal, ...context } },
      identityPolicies: this.policiesOf(principal),
      resourcePolicy: this.resourcePolicyOf(resource),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    }, {});
    if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
    return answer.overallResult === 'Allowed';
  }

  /** Whether IAM lets a principal, which may be a service, assume a role. */
  public async mayAssume(principal: string, role: string, context: Record<string, string>): Promise<boolean> {
    const trust = Object.entries(this.resources).find(([id, resource]) => resource.Type === 'AWS::IAM::Role' && arnOf(id, resource) === role)![1];
    const answer = await runSimulation({
      request: { principal, action: 'sts:AssumeRole', resource: { resource: role, accountId: ACCOUNT }, contextVariables: context },
      identityPolicies: [],
      resourcePolicy: deployed(trust.Properties.AssumeRolePolicyDocument, this.resources),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    }, {});
    if (answer.resultType === 'error') throw new Error(`sts:AssumeRole on ${role}: ${JSON.stringify(answer.errors)}`);
    return answer.overallResult === 'Allowed';
  }

  private nameOf(ref: any): string {
    return typeof ref === 'string' ? ref : deployed(ref, this.resources).split('/').pop();
  }

  private resourcePolicyOf(arn: string): any {
    const [policy] = Object.entries(this.resources).flatMap(([id, resource]) => {
      if (resource.Type === 'AWS::KMS::Key') return arnOf(id, resource) === arn ? [resource.Properties.KeyPolicy] : [];
      if (resource.Type !== 'AWS::SecretsManager::ResourcePolicy') return [];
      return deployed(resource.Properties.SecretId, this.resources) === arn ? [resource.Properties.ResourcePolicy] : [];
    });
    return policy && deployed(policy, this.resources);
  }
}

/** Evaluates the policies of templates offline, with concrete ARNs and tags. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Deployment, Located } from '../template/deployment';
import { ACCOUNT, list } from '../template/support';

/** The deployed resources and policies of an account that matter to IAM. */
export class Account {
  private readonly byArn: ReadonlyMap<string, Located>;
  private readonly policies: readonly {
    readonly holders: readonly string[];
    readonly name: string;
    readonly policy: any;
  }[];
  /** The resource policies, by the ARN of the secret. */
  private readonly secretPolicies: ReadonlyMap<string, any>;

  constructor(private readonly deployment: Deployment) {
    this.byArn = new Map(deployment.ofType(...WITH_ARN).map((located) => [deployment.arn(located), located]));
    this.policies = deployment.ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').map((located) => {
      const { PolicyName, PolicyDocument, Roles = [], Users = [] } = deployment.properties(located);
      return {
        holders: [...Roles.map((name: string) => `role/${name}`), ...Users.map((name: string) => `user/${name}`)],
        name: PolicyName ?? 'managed',
        policy: PolicyDocument,
      };
    });
    this.secretPolicies = new Map(
      deployment.ofType('AWS::SecretsManager::ResourcePolicy').map((located) => {
        const { SecretId, ResourcePolicy } = deployment.properties(located);
        return [SecretId, ResourcePolicy];
      }),
    );
  }

  /** The ARNs of all resources of a type. */
  public arns(type: string): string[] {
    return [...this.byArn].filter(([, { resource }]) => resource.Type === type).map(([arn]) => arn);
  }

  /** The tags of a resource of the account, as IAM's condition keys. */
  public tags(arn: string): Record<string, string> {
    const located = this.byArn.get(arn);
    const tags: { Key: string; Value: string }[] = located ? (this.deployment.properties(located).Tags ?? []) : [];
    return tagged(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])));
  }

  /** The inline and attached policies of a role or user. */
  public policiesOf(principal: string): { name: string; policy: any }[] {
    const located = this.byArn.get(principal);
    const inline = located ? (this.deployment.properties(located).Policies ?? []) : [];
    const parts = principal.split(':').pop()!.split('/');
    const holder = `${parts[0]}/${parts.pop()}`; // without the path
    return [
      ...inline.map(({ PolicyName, PolicyDocument }: any) => ({ name: PolicyName, policy: PolicyDocument })),
      ...this.policies.filter(({ holders }) => holders.includes(holder)),
    ];
  }

  /** All actions that the policies of a principal grant. */
  public granted(principal: string): string[] {
    const statements = this.policiesOf(principal).flatMap(({ policy }) => policy.Statement);
    return [...new Set<string>(statements.flatMap(({ Action }: any) => list(Action)))].sort();
  }

  /**
   * Whether IAM allows an action to a principal. Policies that IAM would reject are an error.
   *
   * @param context - further condition keys of the request, and the tags of a resource that is not in the templates. By
   *   default, a secret's current version is read, with an access key and not with a session
   */
  public async allows(
    principal: string,
    action: string,
    resource: string,
    context: Record<string, string | string[]> = {},
  ): Promise<boolean> {
    return this.evaluate(principal, action, resource, context, this.policiesOf(principal));
  }

  /** Whether the policy of a secret allows an action to a principal that has no policy at all. */
  public async grantsAlone(
    principal: string,
    action: string,
    secret: string,
    context: Record<string, string | string[]> = {},
  ): Promise<boolean> {
    return this.evaluate(principal, action, secret, context, []);
  }

  /**
   * The same for a principal with other policies.
   *
   * @param resourcePolicy - default: that of the resource in the templates
   */
  public async evaluate(
    principal: string,
    action: string,
    resource: string,
    context: Record<string, string | string[]>,
    identityPolicies: readonly { name: string; policy: any }[],
    resourcePolicy = this.resourcePolicyOf(resource),
  ): Promise<boolean> {
    const contextVariables = {
      'aws:PrincipalArn': principal,
      ...this.tags(resource),
      ...(action === 'secretsmanager:GetSecretValue' && { 'secretsmanager:VersionStage': ['AWSCURRENT'] }),
      ...context,
    };
    const result = await runSimulation(
      {
        request: {
          principal,
          action,
          resource: { resource, accountId: resource.split(':')[4] || ACCOUNT },
          contextVariables,
        },
        identityPolicies: identityPolicies.map(({ name, policy }) => ({ name, policy })),
        resourcePolicy,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
    return result.overallResult === 'Allowed';
  }

  /** Whether a principal, which can be a service, is allowed to assume a role. */
  public async mayAssume(principal: string, role: string, context: Record<string, string>): Promise<boolean> {
    const result = await runSimulation(
      {
        request: {
          principal,
          action: 'sts:AssumeRole',
          resource: { resource: role, accountId: ACCOUNT },
          contextVariables: context,
        },
        identityPolicies: [],
        resourcePolicy: this.deployment.properties(this.byArn.get(role)!).AssumeRolePolicyDocument,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error') throw new Error(`sts:AssumeRole on ${role}: ${JSON.stringify(result.errors)}`);
    return result.overallResult === 'Allowed';
  }

  /** Whether a permission of the function lets an event source of a service invoke this ARN, with this qualifier. */
  public async mayInvoke(service: string, source: string, arn: string): Promise<boolean> {
    const result = await runSimulation(
      {
        request: {
          principal: service,
          action: 'lambda:InvokeFunction',
          resource: { resource: arn, accountId: ACCOUNT },
          contextVariables: { 'aws:SourceArn': source, 'aws:SourceAccount': ACCOUNT },
        },
        identityPolicies: [],
        resourcePolicy: this.functionPolicyOf(arn) ?? { Version: '2012-10-17', Statement: [] },
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error') throw new Error(`${service} on ${arn}: ${JSON.stringify(result.errors)}`);
    return result.overallResult === 'Allowed';
  }

  /** The policy that Lambda makes of permissions. Each is for one ARN: that of the function, a version or an alias. */
  private functionPolicyOf(arn: string): object | undefined {
    const permissions = this.deployment
      .ofType('AWS::Lambda::Permission')
      .map((located) => this.deployment.properties(located))
      .filter(({ FunctionName }) => FunctionName === arn);
    if (permissions.length === 0) return undefined;
    return {
      Version: '2012-10-17',
      Statement: permissions.map(({ Action, Principal, SourceArn }) => ({
        Effect: 'Allow',
        Action,
        Principal: { Service: Principal },
        Resource: arn,
        ...(SourceArn && { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } }),
      })),
    };
  }

  private resourcePolicyOf(arn: string): any {
    const located = this.byArn.get(arn);
    return located?.resource.Type === 'AWS::KMS::Key'
      ? this.deployment.properties(located).KeyPolicy
      : this.secretPolicies.get(arn);
  }
}

/** Tags of a resource, as IAM's condition keys. */
export function tagged(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

const WITH_ARN = [
  'AWS::Events::Rule',
  'AWS::IAM::Role',
  'AWS::IAM::User',
  'AWS::KMS::Key',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SecretsManager::Secret',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
];

/** The names and ARNs of deployed resources. */
import { createHash } from 'crypto';
import type { Located } from './deployment';
import { ACCOUNT, REGION } from './support';

type Fill = (value: unknown) => any;

/** The values that CloudFormation inserts for references to resources and for pseudo parameters. */
export class Naming {
  /** @param generated - the name that CloudFormation generates for a resource, up to the limit of its type */
  constructor(
    public readonly pseudo: Readonly<Record<string, string>>,
    private readonly generated: (located: Located, limit: number) => string,
  ) {}

  public ref(located: Located, fill: Fill): string {
    switch (located.resource.Type) {
      case 'AWS::Lambda::Alias':
      case 'AWS::SecretsManager::Secret':
      case 'AWS::SNS::Topic':
      case 'AWS::IAM::ManagedPolicy':
        return this.arn(located, fill);
      case 'AWS::SQS::Queue':
        return `https://sqs.${this.pseudo['AWS::Region']}.${this.pseudo['AWS::URLSuffix']}/${this.pseudo['AWS::AccountId']}/${this.name(located, fill)}`;
      default:
        return this.name(located, fill);
    }
  }

  public attribute(located: Located, attribute: string, fill: Fill): string {
    if (attribute === 'Arn' || attribute.endsWith('Arn')) return this.arn(located, fill);
    if (attribute.endsWith('Name')) return this.name(located, fill);
    throw new Error(`${located.resource.Type}: the tests do not support its attribute ${attribute}.`);
  }

  public arn(located: Located, fill: Fill): string {
    const { Type, Properties = {} } = located.resource;
    const name = this.name(located, fill);
    const arn = (service: string, resource: string, region = this.pseudo['AWS::Region']) =>
      `arn:${this.pseudo['AWS::Partition']}:${service}:${region}:${this.pseudo['AWS::AccountId']}:${resource}`;
    switch (Type) {
      case 'AWS::IAM::User':
        return arn('iam', `user${Properties.Path ?? '/'}${name}`, '');
      case 'AWS::IAM::Role':
        return arn('iam', `role${Properties.Path ?? '/'}${name}`, '');
      case 'AWS::IAM::Group':
        return arn('iam', `group${Properties.Path ?? '/'}${name}`, '');
      case 'AWS::IAM::ManagedPolicy':
        return arn('iam', `policy${Properties.Path ?? '/'}${name}`, '');
      case 'AWS::SecretsManager::Secret':
        return arn('secretsmanager', `secret:${name}-AbCdEf`);
      case 'AWS::SNS::Topic':
        return arn('sns', name);
      case 'AWS::SQS::Queue':
        return arn('sqs', name);
      case 'AWS::Lambda::Function':
        return arn('lambda', `function:${name}`);
      case 'AWS::Lambda::Alias':
        return arn('lambda', `function:${fill(Properties.FunctionName)}:${name}`);
      case 'AWS::Events::Rule':
        return arn('events', `rule/${name}`);
      case 'AWS::Logs::LogGroup':
        return arn('logs', `log-group:${name}:*`);
      case 'AWS::Scheduler::ScheduleGroup':
        return arn('scheduler', `schedule-group/${name}`);
      case 'AWS::KMS::Key':
        return arn('kms', `key/${name}`);
      default:
        throw new Error(`${Type}: the tests do not support its ARN.`);
    }
  }

  private name(located: Located, fill: Fill): string {
    const { Type, Properties = {} } = located.resource;
    const [property, limit] = NAMES[Type] ?? [undefined, 64];
    return property && Properties[property] !== undefined ? fill(Properties[property]) : this.generated(located, limit);
  }
}

/** The property that names a resource, and the maximum length of the name. */
const NAMES: Record<string, [property: string | undefined, characters: number]> = {
  'AWS::IAM::User': ['UserName', 64],
  'AWS::IAM::Role': ['RoleName', 64],
  'AWS::IAM::Group': ['GroupName', 128],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName', 128],
  'AWS::SecretsManager::Secret': ['Name', 512],
  'AWS::SNS::Topic': ['TopicName', 256],
  'AWS::SQS::Queue': ['QueueName', 80],
  'AWS::Events::Rule': ['Name', 64],
  'AWS::Lambda::Function': ['FunctionName', 64],
  'AWS::Lambda::Alias': ['Name', 128],
  'AWS::Logs::LogGroup': ['LogGroupName', 512],
  'AWS::Scheduler::ScheduleGroup': ['Name', 64],
  'AWS::KMS::Key': [undefined, 36],
};

/** Names of ordinary length. */
export const ORDINARY = new Naming(
  {
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'Test',
  },
  ({ stack, id }) => `${stack.name}-${id}`,
);

/** Names of the maximum length: a deployment that fits with these fits with all others. */
export const LONGEST = new Naming(
  {
    'AWS::Partition': 'aws-us-gov',
    'AWS::Region': 'ap-northeast-1',
    'AWS::AccountId': ACCOUNT,
    'AWS::URLSuffix': 'amazonaws.com.cn',
    'AWS::StackName': 'S'.repeat(128),
  },
  ({ stack, id }, limit) =>
    createHash('sha256').update(`${stack.name}/${id}`).digest('hex').padEnd(limit, 'x').slice(0, limit),
);

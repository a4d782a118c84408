import { Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EXPOSURE_CODES, HEALTH_DETAIL_TYPES } from '../contract/exposure';
import { RotationFunction } from '../function/rotation-function';
import { neverRetain } from '../private/never-retained';
import { warn } from '../private/warnings';

/**
 * Regions to which AWS Health sends events about IAM. The second one of the partition `aws` is the backup.
 * https://docs.aws.amazon.com/health/latest/ug/choosing-a-region.html
 */
const HEALTH_REGIONS = ['us-east-1', 'us-west-2', 'us-gov-west-1'];

/** From this severity on, which is medium. Findings of low severity, such as unusual reads, are frequent. */
const MIN_SEVERITY = 4;

/** Rules that invoke the Lambda with the reports of AWS about exposed keys and about suspicious use of keys. */
export class ExposedKeyRules extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly rotation: RotationFunction,
  ) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.createRule('Health', 'Reports of AWS Health about exposed access keys', {
      source: ['aws.health'],
      'detail-type': HEALTH_DETAIL_TYPES,
      account: [account],
      detail: { eventTypeCode: EXPOSURE_CODES.map((prefix) => ({ prefix })) },
    });
    this.createRule('GuardDuty', 'Findings of GuardDuty about access keys of IAM users', {
      source: ['aws.guardduty'],
      'detail-type': ['GuardDuty Finding'],
      account: [account],
      detail: {
        severity: [{ numeric: ['>=', MIN_SEVERITY] }],
        $or: [
          { type: [{ wildcard: '*:IAMUser/*' }], resource: { accessKeyDetails: { userType: ['IAMUser'] } } },
          // Any credentials can be those of an attack: the function finds out whether a key of a user is among them.
          { type: [{ prefix: 'AttackSequence:' }] },
        ],
      },
    });
    if (!Token.isUnresolved(region) && !HEALTH_REGIONS.includes(region)) {
      warn(
        scope,
        'exposedKeysInOtherRegion',
        `"exposedKeys" is set, but the stack is deployed to ${region}, and AWS Health reports exposed keys in us-east-1 (AWS GovCloud: us-gov-west-1).`
          + ' Forward the events to this Region with a rule in that Region, as docs/exposed-keys.md shows.',
      );
    }
  }

  /** Without a name: the names of the rules for checks have a prefix, and the runbook compares those with the stack. */
  private createRule(id: string, description: string, eventPattern: object): void {
    const { arns, deadLetterQueue } = this.rotation;
    const rule = new events.CfnRule(this, `${id}Rule`, {
      description,
      eventPattern,
      state: 'ENABLED',
      targets: [{ id: 'Rotation', arn: arns.handler, deadLetterConfig: { arn: arns.deadLetterQueue } }],
    });
    const permission = new lambda.CfnPermission(this, `Allow${id}Rule`, {
      action: 'lambda:InvokeFunction',
      functionName: arns.handler,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
    [rule, permission].forEach(neverRetain);
    deadLetterQueue.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: `Allow${id}Rule`,
        actions: ['sqs:SendMessage'],
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        resources: [deadLetterQueue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
      }),
    );
  }
}

import { RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Capability, DeploymentType, StackSet, StackSetStack, StackSetTarget, StackSetTemplate } from 'cdk-stacksets';
import { Construct } from 'constructs';
import { MemberRotation } from './member-rotation';
import { CENTRAL_ACCOUNT, ORGANIZATION_ID, ORGANIZATIONAL_UNIT, REGION } from './organization';

const BUCKET_PREFIX = `access-keys-${CENTRAL_ACCOUNT}`;

/** Deploys the rotation into each account of an organizational unit, also into those that join it later. */
export class RollOutStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    // The code of the Lambda: CloudFormation reads it in each account, from the bucket of its Region.
    const assets = new s3.Bucket(this, 'Assets', {
      bucketName: `${BUCKET_PREFIX}-${REGION}`,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN, // each update of a stack reads from it
    });
    assets.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.OrganizationPrincipal(ORGANIZATION_ID)],
        actions: ['s3:GetObject'],
        resources: [assets.arnForObjects('*')],
      }),
    );

    const template = new StackSetStack(this, 'Template', { assetBuckets: [assets], assetBucketPrefix: BUCKET_PREFIX });
    new MemberRotation(template, 'Member');

    new StackSet(this, 'StackSet', {
      stackSetName: 'access-keys',
      template: StackSetTemplate.fromStackSetStack(template),
      target: StackSetTarget.fromOrganizationalUnits({ regions: [REGION], organizationalUnits: [ORGANIZATIONAL_UNIT] }),
      deploymentType: DeploymentType.serviceManaged({
        delegatedAdmin: true, // the central account is not the management account of the organization
        autoDeployEnabled: true,
        autoDeployRetainStacks: true, // otherwise, an account that moves to another unit loses its keys and secrets
      }),
      capabilities: [Capability.NAMED_IAM],
    });
  }
}

import { Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { MemberRotation } from './member-rotation';

/** One member account, for `cdk deploy` and for CDK Pipelines. */
export class MemberStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    new MemberRotation(this, 'Member');
  }
}

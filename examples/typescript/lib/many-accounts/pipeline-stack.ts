import { Stack, StackProps, Stage } from 'aws-cdk-lib';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { Construct } from 'constructs';
import { CentralStack } from './central-stack';
import { MemberStack } from './member-stack';
import { CENTRAL_ACCOUNT, CONNECTION_ARN, MEMBER_ACCOUNTS, REGION, REPOSITORY } from './organization';

/** Deploys the bus first, then the rotation of each account in a stage of its own. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const pipeline = new pipelines.CodePipeline(this, 'Pipeline', {
      crossAccountKeys: true, // the artifacts are for other accounts
      synth: new pipelines.ShellStep('Synth', {
        input: pipelines.CodePipelineSource.connection(REPOSITORY, 'main', { connectionArn: CONNECTION_ARN }),
        commands: ['npm ci', "npx cdk synth --app 'npx ts-node bin/many-accounts-pipeline.ts'"],
      }),
    });

    const central = new Stage(this, 'Central', { env: { account: CENTRAL_ACCOUNT, region: REGION } });
    new CentralStack(central, 'AccessKeys');
    pipeline.addStage(central);

    const members = pipeline.addWave('Members');
    for (const account of MEMBER_ACCOUNTS) {
      const stage = new Stage(this, `Member${account}`, { env: { account, region: REGION } });
      new MemberStack(stage, 'AccessKeys');
      members.addStage(stage);
    }
  }
}

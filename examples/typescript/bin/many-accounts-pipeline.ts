#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { CENTRAL_ACCOUNT, REGION } from '../lib/many-accounts/organization';
import { PipelineStack } from '../lib/many-accounts/pipeline-stack';

const app = new App();
new PipelineStack(app, 'AccessKeysPipeline', { env: { account: CENTRAL_ACCOUNT, region: REGION } });

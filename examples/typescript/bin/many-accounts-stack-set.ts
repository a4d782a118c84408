#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { CentralStack } from '../lib/many-accounts/central-stack';
import { CENTRAL_ACCOUNT, REGION } from '../lib/many-accounts/organization';
import { RollOutStack } from '../lib/many-accounts/stack-set-stack';

const app = new App();
const env = { account: CENTRAL_ACCOUNT, region: REGION };
const central = new CentralStack(app, 'Central', { env });
new RollOutStack(app, 'AccessKeysRollOut', { env }).addDependency(central);

#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { CentralStack } from '../lib/many-accounts/central-stack';
import { MemberStack } from '../lib/many-accounts/member-stack';
import { CENTRAL_ACCOUNT, MEMBER_ACCOUNTS, REGION } from '../lib/many-accounts/organization';

const app = new App();
new CentralStack(app, 'Central', { env: { account: CENTRAL_ACCOUNT, region: REGION } });
for (const account of MEMBER_ACCOUNTS) new MemberStack(app, `Member${account}`, { env: { account, region: REGION } });

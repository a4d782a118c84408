#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { AccessKeysStack } from '../lib/access-keys-stack';

const app = new App();
new AccessKeysStack(app, 'AccessKeys');

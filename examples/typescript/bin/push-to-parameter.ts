#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { PushToParameterStack } from '../lib/push-to-parameter-stack';

const app = new App();
new PushToParameterStack(app, 'PushToParameter');

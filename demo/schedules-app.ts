/** The app of examples/typescript, asked by EventBridge Scheduler. */
import { App } from 'aws-cdk-lib';
import { AccessKeysStack } from '../examples/typescript/lib/access-keys-stack';
import { RotationTrigger } from 'cdk-access-key-rotation';

new AccessKeysStack(new App(), 'AccessKeys', { trigger: RotationTrigger.eventBridgeScheduler() });

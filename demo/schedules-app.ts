/** The app of examples/typescript, with checks started by EventBridge Scheduler. */
import { App } from 'aws-cdk-lib';
import { AccessKeysStack } from '../examples/typescript/lib/access-keys-stack';
import { RotationTrigger } from 'cdk-access-key-rotation';

new AccessKeysStack(new App(), 'AccessKeys', { trigger: RotationTrigger.eventBridgeScheduler() });

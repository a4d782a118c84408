import './private/check-peers'; // first: it fails before the CDK is used

export * from './access-key-rotation';
export * from './access-key-rotation-props';
export * from './users/key-policies';
export * from './notifications/digest-frequency';
export * from './notifications/recipient';
export * from './users/rotated-user-props';
export * from './monitoring/rotation-alarms';
export * from './schedule/change-window';
export * from './schedule/exposed-keys';
export * from './schedule/rotation-schedule';
export * from './schedule/rotation-trigger';
export * from './users/user-stacks';

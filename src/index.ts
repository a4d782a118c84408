import './surroundings'; // first, before what it looks at is used

export * from './access-key-rotation';
export * from './foreign-keys';
export * from './old-key-in-use';
export * from './recipient';
export * from './rotated-user-props';
export * from './rotation-alarms';
export * from './rotation-schedule';
export * from './rotation-trigger';
export * from './user-stacks';

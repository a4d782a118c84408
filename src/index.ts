export * from './access-key-rotation';
export * from './rotated-user-props';
export * from './rotation-schedule';
export * from './rotation-trigger';

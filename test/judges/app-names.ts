/** The apps of apps.ts, in a file that a script can load without a test. */
export const APP_NAMES = [
  'default',
  'EventBridge Scheduler',
  'user stacks',
  'nested user stacks',
  'retained',
  'taken over',
  'all options',
] as const;

export type AppName = (typeof APP_NAMES)[number];

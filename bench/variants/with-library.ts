import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';

// The compiled library, as people install it: the sources would have ts-node compile them first.
const { AccessKeyRotation, UserStacks } = createRequire(__filename)(
  join(__dirname, '..', '..', 'lib'),
) as typeof import('../../src');

/** What this library makes of a list of users. */
export function withLibrary(stack: Stack, users: string[], userStacks: Stack[]): void {
  new AccessKeyRotation(stack, 'Rotation', {
    users: users.map((userName) => ({ userName })),
    userStacks: userStacks.length > 0 ? UserStacks.fromStacks(userStacks) : undefined,
  });
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';

// The compiled library, as in the package: ts-node would have to compile the sources first.
const { AccessKeyRotation, UserStacks } = createRequire(__filename)(
  join(__dirname, '..', '..', 'lib'),
) as typeof import('../../src');

/** The rotation of this library for a list of users. */
export function withLibrary(stack: Stack, users: string[], userStacks: Stack[]): void {
  new AccessKeyRotation(stack, 'Rotation', {
    users: users.map((userName) => ({ userName })),
    userStacks: userStacks.length > 0 ? UserStacks.fromStacks(userStacks) : undefined,
  });
}

import { Findings } from '../../src/rotator/domain/attention';

/** What a digest found, and else nothing. */
export function found(findings: Partial<Findings>): Findings {
  return { users: [], unreadUsers: 0, inactiveSubscriptions: [], unusedKeys: [], unreadKeys: 0, ...findings };
}

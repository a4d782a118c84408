/** A report that no new key can be issued until a person acts. */
import { deactivateCommand } from '../domain/commands';
import { blocked } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

/**
 * @param leaked - the key that the new one would replace: it stays current and active, because consumers have no other
 * one. A person can decide otherwise
 */
export function noNewKey(
  why: string,
  remedy: string,
  request: RotationRequest,
  leaked: string | undefined,
): ReturnType<typeof blocked> {
  if (leaked === undefined) return blocked(why, remedy);
  return blocked(
    `the leaked key ${leaked} is still the current one; ${why}`,
    `${remedy}; to deactivate the leaked key anyway: ${deactivateCommand(request, leaked)}`,
  );
}

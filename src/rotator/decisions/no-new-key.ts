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
    nameDeactivation(remedy, request, leaked),
  );
}

/** Once: several reasons can end with it. */
export function nameDeactivation(
  text: string,
  request: Pick<RotationRequest, 'username' | 'region'>,
  leaked: string,
): string {
  const command = deactivateCommand(request, leaked);
  return text.includes(command) ? text : `${text}; to deactivate the leaked key anyway: ${command}`;
}

/** Dates of records that no run writes. */

/** After the time of every run. */
export const FOREVER = '29990101T000000Z';
/** Before any key was created. */
export const BEFORE_KEYS = '20000101T000000Z';

/** @param text - a label, or a message that names one */
export function hasForgedDate(text: string): boolean {
  return [FOREVER, BEFORE_KEYS].some((date) => text.includes(`.${date}`));
}

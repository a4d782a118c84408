/** The fields of a secret that hold the SMTP credentials of Amazon SES. */

/** The field with the SMTP user name, which is the access key ID. */
export const SMTP_USER_FIELD = 'SmtpUserName';

const PASSWORD_PREFIX = 'SmtpPassword_';

/** The field with the SMTP password for a Region. Without hyphens, so that it can be the name of a variable. */
export function smtpPasswordField(region: string): string {
  return `${PASSWORD_PREFIX}${region.replace(/-/g, '_')}`;
}

/** The Region of a field with an SMTP password; undefined for another field. */
export function regionOfField(name: string): string | undefined {
  return name.startsWith(PASSWORD_PREFIX) ? name.slice(PASSWORD_PREFIX.length).replace(/_/g, '-') : undefined;
}

/** The names of all fields for these Regions. */
export function smtpFields(regions: readonly string[]): string[] {
  return regions.length > 0 ? [SMTP_USER_FIELD, ...regions.map(smtpPasswordField)] : [];
}

/** The code of a Region, known to this release or not. */
const REGION_CODE = /^[a-z0-9]+(-[a-z0-9]+)+$/;

/** What is wrong with the list; undefined if nothing is. */
export function smtpRegionsProblem(regions: readonly string[]): string | undefined {
  const wrong = regions.find((region) => !REGION_CODE.test(region));
  if (wrong !== undefined) {
    return (
      `"sesSmtpRegions" has "${wrong}", but each entry must be the code of a Region: lower-case letters, digits and`
      + ' hyphens, such as "eu-west-1". Change or remove it'
    );
  }
  const twice = regions.find((region, index) => regions.indexOf(region) < index);
  return twice === undefined ? undefined : `"sesSmtpRegions" has "${twice}" more than once. Remove it`;
}

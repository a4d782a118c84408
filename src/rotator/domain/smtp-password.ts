import { createHmac } from 'crypto';
import { Credential } from './credential';
import { regionOfField, SMTP_USER_FIELD } from '../../contract/smtp';

/** Parts of the key derivation. They are the same for each date and each request. */
const [DATE, SERVICE, TERMINAL, MESSAGE, VERSION] = ['11111111', 'ses', 'aws4_request', 'SendRawEmail', 4];

/**
 * The password for the SMTP interface of Amazon SES in a Region. It works as long as the access key does.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert
 */
export function smtpPassword(credential: Credential, region: string): string {
  const signature = [DATE, region, SERVICE, TERMINAL, MESSAGE].reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${credential.reveal()}`,
  );
  return Buffer.concat([Buffer.from([VERSION]), signature as Buffer]).toString('base64');
}

/** What a field with SMTP credentials holds for this key; undefined for another field. */
export function smtpText(name: string, credential: Credential): string | undefined {
  if (name === SMTP_USER_FIELD) return credential.keyId;
  const region = regionOfField(name);
  return region === undefined ? undefined : smtpPassword(credential, region);
}

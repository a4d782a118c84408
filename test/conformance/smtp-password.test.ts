/** Our SMTP passwords, compared with those of an independent implementation: ses-smtp-credentials from PyPI. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { Credential } from '../../src/rotator/domain/credential';
import { smtpPassword } from '../../src/rotator/domain/smtp-password';
import { emulatorPython } from '../local-aws/virtual-environment';

const PROGRAM = `
import json, sys
from ses_smtp_credentials.constants import SMTP_REGIONS
from ses_smtp_credentials.lib import calculate_key
keys = json.load(sys.stdin)
print(json.dumps([[key, region, calculate_key(key, region)] for key in keys for region in sorted(SMTP_REGIONS)]))
`;
/** The shape of a secret access key. */
const secretKey = fc.stringMatching(/^[A-Za-z0-9/+]{40}$/);

test('any secret access key has the same password in each Region', async () => {
  const keys = fc.sample(secretKey, 50);
  const output = execFileSync(await emulatorPython(), ['-c', PROGRAM], {
    input: JSON.stringify(keys),
    encoding: 'utf8',
  });
  const expected = JSON.parse(output) as [key: string, region: string, password: string][];
  const regions = new Set(expected.map(([, region]) => region));
  expect(regions.size).toBeGreaterThan(10);
  expect(expected).toHaveLength(keys.length * regions.size);
  for (const [key, region, password] of expected) {
    expect(smtpPassword(new Credential('AKIA1', key, new Date(0)), region)).toBe(password);
  }
});

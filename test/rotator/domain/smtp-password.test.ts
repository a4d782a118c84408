import { Credential } from '../../../src/rotator/domain/credential';
import { smtpPassword } from '../../../src/rotator/domain/smtp-password';

const passwordOf = (secretKey: string, region: string) =>
  smtpPassword(new Credential('AKIA1', secretKey, new Date(0)), region);

// Source: the tests of aws_iam_access_key in the AWS provider of Terraform.
test.each([
  ['eu-central-1', 'BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2'],
  ['us-west-1', 'BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj'],
])('a published value, %s', (region, password) => {
  expect(passwordOf('some+secret+key', region)).toBe(password);
});

test('44 characters for any Region, also an unknown one', () => {
  for (const region of ['eu-west-1', 'xy-future-9']) expect(passwordOf('s', region)).toMatch(/^B[A-Za-z0-9+/]{43}$/);
});

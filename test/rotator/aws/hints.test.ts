/** What the rotation adds to an error message of AWS: the likely reason and the fix. */
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { IamAccessKeys } from '../../../src/rotator/aws/iam';
import { SecretsManagerLedger } from '../../../src/rotator/aws/secrets-manager';

const failing = <T>(name: string, message = 'no') =>
  ({ send: () => Promise.reject(Object.assign(new Error(message), { name })) }) as unknown as T;
const responding = (response: object) => ({ send: async () => response }) as unknown as SecretsManagerClient;
const ledger = (client: SecretsManagerClient) => new SecretsManagerLedger('alice', 'prod/alice', client, 'eu-west-1');
const RESTORE = "aws secretsmanager restore-secret --secret-id 'prod/alice' --region eu-west-1";

test.each([
  [
    'ResourceNotFoundException',
    ` (the secret does not exist: restore it with "${RESTORE}" if it is scheduled for deletion)`,
  ],
  ['InvalidRequestException', ` (if the secret is scheduled for deletion, restore it with "${RESTORE}")`],
  ['AccessDeniedException', ' (AWS also returns this error if there is no secret of that name)'],
  ['InternalServiceError', ''],
])('Secrets Manager returns %s', async (code, hint) => {
  await expect(ledger(failing(code)).read()).rejects.toMatchObject({
    message: `alice: secretsmanager DescribeSecret failed with ${code}: no${hint}`,
  });
});

test('Secrets Manager cannot use the KMS key', async () => {
  const denied = failing<SecretsManagerClient>('AccessDeniedException', 'Access to KMS is not allowed');
  await expect(ledger(denied).value('v1')).rejects.toMatchObject({
    message:
      'alice: secretsmanager GetSecretValue failed with AccessDeniedException: Access to KMS is not allowed'
      + ' (the KMS key has to be enabled, and to allow the function kms:Decrypt and kms:GenerateDataKey)',
  });
});

test('the ledger names the KMS key of the secret; a value that is not that of the rotation is readable', async () => {
  expect(await ledger(responding({ KmsKeyId: 'alias/mine' })).read()).toMatchObject({ kmsKey: 'alias/mine' });
  expect((await ledger(responding({ SecretString: 'mine' })).value('v1')).problem).toBe('no JSON');
});

test('a secret that is scheduled for deletion', async () => {
  await expect(ledger(responding({ DeletedDate: new Date() })).read()).rejects.toMatchObject({
    message: `alice: the secret prod/alice is scheduled for deletion: restore it with "${RESTORE}", or remove the user from the rotation`,
  });
});

test.each([
  [
    'NoSuchEntityException',
    ' (the user does not exist: remove it from the rotation, or deploy the stack again if it was deleted by hand)',
  ],
  ['AccessDenied', ''],
])('IAM returns %s', async (code, hint) => {
  const iam = failing<IAMClient>(code);
  await expect(new IamAccessKeys('alice', iam, iam, async () => undefined).list()).rejects.toMatchObject({
    message: `alice: iam ListAccessKeys failed with ${code}: no${hint}`,
  });
});

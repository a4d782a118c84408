/** Neither the message nor the stack trace of an error may write the secret access key of a new key to the log. */
import { attempt } from '../../../src/rotator/actions/rotate';
import { errorFields } from '../../../src/rotator/aws/log';
import { Credential } from '../../../src/rotator/domain/credential';
import { Failed } from '../../../src/rotator/domain/failure';
import { ModelAws } from '../../fake-aws/fake-aws';
import { request } from '../support';

test.each<[string, boolean]>([
  ['is deleted', false],
  ['cannot be deleted', true],
])('a new key whose verification fails unexpectedly %s', async (_what, cannotBeDeleted) => {
  const aws = new ModelAws();
  let secretKey = '';
  const verifyOrThrow = async (credential: Credential) => {
    secretKey = credential.reveal();
    throw new TypeError(`cannot sign with ${secretKey}`);
  };
  const ports = aws.tools();
  const remove = cannotBeDeleted
    ? async () => {
        throw new Error(`${secretKey} is in use`);
      }
    : ports.accessKeys.delete;

  const { error } = (await attempt(request('create'), {
    ...ports,
    verify: verifyOrThrow,
    accessKeys: { ...ports.accessKeys, delete: remove },
  })) as Failed;

  const fields = errorFields(error);
  expect(secretKey).not.toBe('');
  expect(fields.message).toMatch(/^cannot sign with \*\*\*; /);
  expect(`${fields.message}${(error as Error).stack}${JSON.stringify(error)}`).not.toContain(secretKey);
  // The cause of the first is unknown, so the log has its stack trace.
  if (cannotBeDeleted) expect(fields).not.toHaveProperty('stack');
  else expect(fields.stack).toMatch(/^TypeError: cannot sign with \*\*\*\n +at .*verifyOrThrow/);
});

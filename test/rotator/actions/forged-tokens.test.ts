/**
 * A principal that may call UpdateSecret can compute the token of the next claim, and use it: its version has no label
 * after two more calls, so no run sees it, and each run that reads the same versions would lose against it.
 */
import { DAY } from '../../../src/contract/ages';
import { removeUser } from '../../../src/rotator/actions/remove';
import { rotate } from '../../../src/rotator/actions/rotate';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { ModelAws } from '../../fake-aws/fake-aws';
import { withOneKey } from '../one-key';
import { CONTEXT, manualRequest, request } from '../support';

async function inRecoveryPeriod(): Promise<ModelAws> {
  const aws = await withOneKey(90);
  await rotate(request('create'), aws.tools());
  aws.now = new Date(aws.now.getTime() + 15 * DAY);
  await rotate(request('deactivate'), aws.tools());
  aws.now = new Date(aws.now.getTime() + DAY);
  return aws;
}

/** Just before the first puts of a run, another principal uses their tokens. */
function toolsWithout(tokens: number, aws: ModelAws) {
  const tools = aws.tools();
  let left = tokens;
  const put: typeof tools.ledger.put = async (token, value, labels) => {
    if (left-- > 0) {
      const version = { value: '{}', createdAt: aws.now.getTime(), kmsKey: 'K1', keyId: undefined };
      aws.ownSecret().versions = new Map([...aws.versions, [token, version]]);
    }
    return tools.ledger.put(token, value, labels);
  };
  return { ...tools, ledger: { ...tools.ledger, put } };
}

test('a check issues the key at its time', async () => {
  const aws = await withOneKey(90);
  const result = await rotate(request('create'), toolsWithout(1, aws));
  expect(result).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  expect(aws.currentKey()).toBe('AKIA0002');
});

test('a leaked key is replaced', async () => {
  const aws = await withOneKey(90);
  const revoke = manualRequest('revoke', { accessKeyId: 'AKIA0001' });
  expect(await rotate(revoke, toolsWithout(1, aws))).toMatchObject({ outcome: 'created' });
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
});

test('a roll-back makes the previous key current', async () => {
  const aws = await inRecoveryPeriod();
  expect(await rotate(manualRequest('rollback'), toolsWithout(1, aws))).toMatchObject({ outcome: 'rolled-back' });
  expect(aws.currentKey()).toBe('AKIA0001');
});

test('the removal of the user is recorded, and deletes its key', async () => {
  const aws = await withOneKey(90);
  const user = { username: 'alice', secret: 'alice', region: CONTEXT.region, adopted: true, rotation: 'R' };
  const removed = { ...user, existingSecret: false, isCreateOpen: false, hasMoved: false };
  expect(await removeUser(removed, toolsWithout(1, aws))).toEqual(['AKIA0001']);
  expect(aws.labels().some((label) => label.startsWith('akr1.removed.'))).toBe(true);
});

describe('another run is first', () => {
  test('if its claim is listed after a pause', async () => {
    const aws = await withOneKey(90);
    const tools = aws.tools();
    const claim = 'akr1.claim.first.20260401T000000Z';
    const put: typeof tools.ledger.put = async (token, value, labels) => {
      if (!aws.versions.has(token)) await tools.ledger.put(token, SecretValue.of({ claim: 'first' }), [claim]);
      return tools.ledger.put(token, value, labels);
    };
    const result = await rotate(request('create'), { ...tools, ledger: { ...tools.ledger, put } });
    expect(result).toMatchObject({ outcome: 'locked', message: 'another run was first' });
    expect(aws.calls).not.toContain('CreateAccessKey');
  });

  test('or if both tokens are in use', async () => {
    const aws = await withOneKey(90);
    const result = await rotate(request('create'), toolsWithout(2, aws));
    expect(result).toMatchObject({ outcome: 'locked', message: 'another run was first' });
    expect(aws.calls).not.toContain('CreateAccessKey');
  });
});

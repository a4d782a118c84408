/** Records of another release that appear during a run, or exist when the user leaves the rotation. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { requestFirstKey } from '../request-first-key';
import { manualRequest, CONTEXT, request } from '../support';

jest.mock('../../../src/rotator/aws/log');

const LATER = 'akr2.key.AKIA0001';

async function inRecoveryPeriod(): Promise<ModelAws> {
  const aws = new ModelAws();
  for (const [day, action] of [
    [0, 'create'],
    [90, 'create'],
    [104, 'deactivate'],
  ] as const) {
    aws.now = new Date(Date.UTC(2026, 0, 1 + day));
    await rotate(request(action), aws.tools());
  }
  aws.now = new Date(aws.now.getTime() + 5 * DAY);
  return aws;
}

function label(aws: ModelAws): void {
  aws.ownSecret().stage(LATER, aws.versionOf('AKIA0001'), undefined, aws.now);
}

test('a roll-back that reads such a record after its claim stops', async () => {
  const aws = await inRecoveryPeriod();
  const tools = aws.tools();
  const put: typeof tools.ledger.put = async (...args) => {
    label(aws);
    return tools.ledger.put(...args);
  };
  expect(await rotate(manualRequest('rollback'), { ...tools, ledger: { ...tools.ledger, put } })).toMatchObject({
    outcome: 'locked',
  });
  expect(aws.currentKey()).toBe('AKIA0002');
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  expect(aws.labels().filter((name) => name.startsWith('akr1.restore.'))).toEqual([]);
});

test('an adopted user that leaves the rotation keeps all keys then, and the deploy reports why', async () => {
  const aws = await inRecoveryPeriod();
  const leave = () =>
    requestFirstKey(
      {
        RequestType: 'Delete',
        PhysicalResourceId: 'alice|alice|adopted',
        ResourceProperties: {
          Username: 'alice',
          Secret: 'alice',
          Created: 'false',
          Owner: CONTEXT.rotation,
          DryRun: 'false',
        },
      } as never,
      {
        users: new Map(),
        clock: { sleep: async () => {}, remainingTime: () => 0 },
        context: CONTEXT,
        dryRun: false,
        portsFor: () => aws.tools(),
      },
    );
  label(aws);
  await expect(leave()).rejects.toThrow(
    'alice: no key was deleted, this release of the rotation cannot read the staging labels akr2.key.AKIA0001 of secret alice;'
      + ' deploy the newest release',
  );
  expect(aws.keys.size).toBe(2);
  aws.ownSecret().stage(LATER, undefined, aws.versionOf('AKIA0001'), aws.now);
  expect(await leave()).toBe('deleted AKIA0001, AKIA0002 of alice');
});

/** A run that finds forged labels: it reports and removes them, and does what it would have done without them. */
import { DAY } from '../../../src/contract/ages';
import { rotate } from '../../../src/rotator/actions/rotate';
import { ModelAws } from '../../fake-aws/fake-aws';
import { manualRequest, request } from '../support';

const FOREVER = '29990101T000000Z';

async function withKey(): Promise<ModelAws> {
  const aws = new ModelAws();
  await rotate(request('create'), aws.tools());
  aws.now = new Date(aws.now.getTime() + 90 * DAY);
  return aws;
}

function forge(aws: ModelAws, label: string): void {
  aws.ownSecret().stage(label, aws.versionOf(aws.currentKey()!), undefined, aws.now);
}

test.each(['claim.forged', 'removed.forged', 'current-since.AKIA0001', 'leaked.AKIA0001'])(
  'akr1.%s of 2999 is reported and removed, and the key is replaced on time',
  async (record) => {
    const aws = await withKey();
    const label = `akr1.${record}.${FOREVER}`;
    forge(aws, label);
    aws.records = [];

    expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });

    expect(aws.labels()).not.toContain(label);
    const [, report] = aws.sent;
    expect(report).toMatchObject({ attributes: { event: 'blocked' } });
    expect(report.text).toContain(`${label} on version `);
    expect(report.text).toContain('CloudTrail');
    expect(aws.records[0]).toMatchObject({ record: 'intervention', intervention: 'labels-forged', labels: [label] });
    expect(aws.keys.get('AKIA0001')?.active).toBe(true);
  },
);

test('without a notification, the label stays and has no effect; it is removed with the notification', async () => {
  const aws = await withKey();
  const label = `akr1.claim.forged.${FOREVER}`;
  forge(aws, label);
  aws.snsIsDown = true;
  expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'created' });
  expect(aws.labels()).toContain(label);

  aws.snsIsDown = false;
  await rotate(request('deactivate'), aws.tools());
  expect(aws.labels()).not.toContain(label);
  expect(aws.sent.some(({ text }) => text.includes(label))).toBe(true);
});

test('a revocation is not stopped, and its answer is that of the revocation', async () => {
  const aws = await withKey();
  for (const record of ['claim.forged', 'removed.forged', 'inactive.AKIA0001']) forge(aws, `akr1.${record}.${FOREVER}`);

  const outcome = await rotate(manualRequest('revoke', { accessKeyId: 'AKIA0001' }), aws.tools());

  expect(outcome).toMatchObject({ outcome: 'created', accessKeyId: 'AKIA0002' });
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
});

test('a revocation is not stopped by a label of another release', async () => {
  const aws = await withKey();
  forge(aws, 'akr9.x');
  expect(await rotate(manualRequest('revoke', { accessKeyId: 'AKIA0001' }), aws.tools())).toMatchObject({
    outcome: 'created',
  });
  expect(aws.keys.get('AKIA0001')?.active).toBe(false);
  expect(aws.currentKey()).toBe('AKIA0002');
  expect(await rotate(request('create'), aws.tools())).toMatchObject({ outcome: 'blocked' });
});

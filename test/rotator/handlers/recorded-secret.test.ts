/** What a Delete of CloudFormation says about a secret has to agree with what the rotation recorded in it. */
import { ModelAws } from '../../fake-aws/fake-aws';
import { contents, deploy, OWNER, settingsOf, withKey } from '../existing-secret';
import { requestFirstKey } from '../request-first-key';
import { CONTEXT } from '../support';

jest.mock('../../../src/rotator/aws/log');

function remove(aws: ModelAws, properties: object, users = new Map(), physicalId = 'made up') {
  const ports = aws.tools();
  const event = {
    RequestType: 'Delete',
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: physicalId,
    ResourceProperties: { Username: 'alice', Secret: 'alice', Owner: OWNER, DryRun: 'false', ...properties },
  };
  return requestFirstKey(event, { users, portsFor: () => ports, clock: ports.clock, context: CONTEXT, dryRun: false });
}

test.each([false, true])(
  'a secret that existed before is not removed as one that the rotation created (created user: %s)',
  async (created) => {
    const aws = created ? new ModelAws() : withKey();
    await deploy(aws, { created });
    const before = contents(aws);
    for (const physicalId of ['made up', `alice|alice|${created ? 'created' : 'adopted'}`]) {
      await expect(remove(aws, { Created: `${created}` }, undefined, physicalId)).rejects.toThrow(
        /^alice: the request is to remove a user whose secret the rotation created, but the staging label akr1\.owner\.\S+ of the secret alice records that it existed before, and nothing was changed/,
      );
      expect(contents(aws)).toEqual(before);
    }
    expect(await deploy(aws, { type: 'Delete', created })).toMatch(/^deleted/);
  },
);

describe('the secret of another user of the rotation', () => {
  const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:alice-AbCdEf';

  test.each(['alice', ARN])('%s: nothing is called', async (Secret) => {
    const aws = withKey();
    await deploy(aws);
    const before = [...aws.calls];
    const users = new Map([['alice', settingsOf(false)]]);
    await expect(
      remove(aws, { Username: 'bob', Secret, Created: 'false', ExistingSecret: 'true' }, users),
    ).rejects.toThrow(
      `the request is to remove the user "bob", but its secret "${Secret}" is that of alice, and nothing was changed`,
    );
    expect(aws.calls).toEqual(before);
  });

  test.each(['bob', ARN.replace('alice', 'alice-AbCdEf'), ARN.replace('alice', 'alices')])(
    'is not %s, which has another name',
    async (Secret) => {
      const users = new Map([['alice', {}]]);
      expect(await remove(new ModelAws(), { Username: 'bob', Secret, Created: 'false' }, users)).toMatch(/^deleted/);
    },
  );
});

/** The bundle on the Node versions of the Lambda runtimes, which often differ from the version that runs the tests. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LocalAws, userArn } from './support';
import { AccessKeyRotation } from '../../src';
import { LAMBDA_NODES, lambdaNode } from '../local-aws/lambda-node';

test.each(LAMBDA_NODES)(
  'on Node %d, a key is issued at deploy, replaced, deactivated and deleted, and events are answered',
  async (major) => {
    const node = await lambdaNode(major);
    expect(node.version).toMatch(new RegExp(`^v${major}\\.`));
    const aws = await LocalAws.start({ pathFirst: node.directory });
    try {
      await aws.deploy(() => ({ users: [{ userName: 'alice' }] }));
      const first = await aws.secretValue('alice');
      expect(await aws.callerIdentity(first)).toBe(userArn('alice'));

      await aws.emulator.advanceDays(120);

      const second = await aws.secretValue('alice');
      expect(await aws.keys('alice')).toEqual({ [second.AccessKey]: 'Active' });
      expect(second.AccessKey).not.toBe(first.AccessKey);
      expect(await aws.invoke({ action: 'status', username: 'alice' })).toMatchObject({ username: 'alice' });
      await expect(aws.invoke({ action: 'create', username: 'bob' })).rejects.toThrow(
        '"bob" is not a user of this rotation',
      );
      expect(node.starts()).toBeGreaterThan(0);
    } finally {
      await aws.emulator.stop();
    }
  },
);

test('the runtime of the function is one of them', () => {
  const stack = new Stack(new App(), 'Test');
  new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  expect(LAMBDA_NODES.map((major) => `nodejs${major}.x`)).toContain(Properties.Runtime);
});

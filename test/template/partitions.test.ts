/** No template contains a credential or a partition: China and GovCloud work. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { ACCOUNT, rotation } from './support';
import { AccessKeyRotationProps, RotationTrigger } from '../../src';

/** A rotation with all kinds of users. */
const allKinds = (scope: Construct, replica: string): AccessKeyRotationProps => ({
  encryptionKey: new kms.Key(scope, 'Key'),
  users: [
    { userName: 'alice', path: '/teams/', tags: { team: 'blue' }, replicaRegions: [{ region: replica }] },
    { userName: 'bob', secretName: 'keys/bob', removalPolicy: RemovalPolicy.RETAIN },
    { user: iam.User.fromUserName(scope, 'Carol', 'carol') },
    { user: new iam.User(scope, 'Dan'), id: 'dan', secretName: 'dan' },
  ],
});

describe.each<[where: string, region: string | undefined, replica: string]>([
  ['without a Region', undefined, 'cn-northwest-1'],
  ['in China', 'cn-north-1', 'cn-northwest-1'],
  ['in GovCloud', 'us-gov-west-1', 'us-gov-east-1'],
])('a stack %s', (_where, region, replica) => {
  describe.each<[string, Record<string, unknown>]>([
    ['without feature flags', {}],
    ['with all recommended feature flags', CURRENTLY_RECOMMENDED_FLAGS],
  ])('%s', (_flags, context) => {
    const json = (props: AccessKeyRotationProps = {}) =>
      rotation((scope) => ({ ...allKinds(scope, replica), ...props }), {
        env: region ? { account: ACCOUNT, region } : undefined,
        context,
      }).json;

    test('contains no partition', () => {
      expect(json()).not.toMatch(/arn:aws:/);
      expect(json({ trigger: RotationTrigger.eventBridgeScheduler() })).not.toMatch(/arn:aws:/);
    });

    test('gives no secret a value', () => {
      expect(json()).not.toMatch(/SecretString|secretStringTemplate/);
    });

    test('contains no access key ID and no secret access key', () => {
      expect(json()).not.toMatch(/AKIA|ASIA|SecretAccessKey|AWS::IAM::AccessKey/);
    });
  });
});

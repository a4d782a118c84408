/**
 * Each alarm is in ALARM after its real cause, and in OK before it and some days after the fix. The tests evaluate the
 * deployed definitions with the metrics of the bundle on the local AWS.
 */
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteRolePolicyCommand,
  ListAccessKeysCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteSecretCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { Duration } from 'aws-cdk-lib';
import { AlarmWatch } from './alarm-watch';
import { DENY_AFTER_CREATE, LocalAws } from './support';
import { AccessKeyRotationProps, RotationSchedule } from '../../src';
import { DAY } from '../monitoring/checks';

let aws: LocalAws;
let watch: AlarmWatch;
beforeAll(async () => {
  aws = await LocalAws.start();
});
afterAll(() => aws.emulator.stop());

async function deploy(props: Partial<AccessKeyRotationProps> = {}): Promise<void> {
  await aws.reset();
  watch = await AlarmWatch.deploy(aws, () => ({ users: [{ userName: 'alice' }, { userName: 'bob' }], ...props }));
}

describe('in normal operation', () => {
  beforeAll(() => deploy());

  test('no alarm from the deploy through a whole rotation', async () => {
    expect(await watch.pass(1)).toEqual([]);
    const { AccessKey } = await aws.secretValue('alice');
    expect(await watch.pass(119)).toEqual([]);
    expect(Object.keys(await aws.keys('alice'))).not.toContain(AccessKey);
  });
});

describe('after a first deploy', () => {
  beforeAll(() => deploy());

  test('checksMissing reports that no check starts', async () => {
    expect(await watch.passWithoutRules(3)).toEqual(['checksMissing']);
  });
});

describe('an alarm is in ALARM', () => {
  beforeAll(() =>
    deploy({
      schedule: RotationSchedule.of({
        create: Duration.days(30),
        deactivate: Duration.days(32),
        delete: Duration.days(34),
      }),
    }).then(() => watch.pass(1)),
  );

  /** Days until all alarms are in OK. Without new data, an alarm evaluates data of up to three days. */
  const DAYS_TO_OK = 4;

  /** @returns the alarms that are in ALARM because of it */
  async function alarmsAfter(
    cause: () => Promise<unknown>,
    days: number,
    fix: () => Promise<unknown>,
  ): Promise<string[]> {
    expect(await watch.pass(1)).toEqual([]);
    await cause();
    const found = await watch.pass(days);
    await fix();
    await watch.pass(DAYS_TO_OK);
    expect(watch.inAlarm).toEqual([]);
    return found;
  }

  test('checksMissing: no rule starts a check for two days', async () => {
    expect(await watch.pass(1)).toEqual([]);
    expect(await watch.passWithoutRules(2)).toEqual(['checksMissing']);
    expect(await watch.pass(2)).toEqual(['checksMissing']); // until an interval after the first check
    expect(await watch.pass(4)).toEqual([]);
  });

  test('uncheckedUsers: one rule of one user is disabled', async () => {
    const events = new EventBridgeClient(aws.emulator.clientConfig);
    const { Rules } = await events.send(new ListRulesCommand({}));
    const { Name } = Rules!.find((rule) => /-bob-.*-deactivate$/.test(rule.Name!))!;

    const found = await alarmsAfter(
      () => events.send(new DisableRuleCommand({ Name })),
      3,
      () => events.send(new EnableRuleCommand({ Name })),
    );

    expect(found).toEqual(['uncheckedUsers']);
  });

  test('failedChecks and deadLetters: a secret is scheduled for deletion', async () => {
    const found = await alarmsAfter(
      () => aws.secrets.send(new DeleteSecretCommand({ SecretId: 'bob' })),
      1,
      async () => {
        await aws.secrets.send(new RestoreSecretCommand({ SecretId: 'bob' }));
        expect(await aws.deadLetters()).toMatchObject(
          ['create', 'deactivate', 'delete'].map((action) => ({ action, username: 'bob' })),
        );
      },
    );

    expect(found).toEqual(['deadLetters', 'failedChecks']);
  });

  test('throttled: AWS throttles all calls for some hours', async () => {
    const found = await alarmsAfter(
      () => aws.emulator.faults({ rate: 10, kinds: ['throttled'] }),
      1 / 2,
      async () => {
        await aws.emulator.faults({ rate: 0 });
        await aws.deadLetters();
      },
    );

    expect(found).toEqual(['deadLetters', 'failedChecks', 'throttled']);
  });

  test('keyCleanupFailed: a new key cannot be read back from its secret, and cannot be deleted', async () => {
    let orphan: string;
    const found = await alarmsAfter(
      async () => {
        await freeSlot('bob');
        await deny(DENY_AFTER_CREATE);
        await expect(aws.invoke({ action: 'create', username: 'bob' })).rejects.toThrow(
          /GetSecretValue.* the cleanup of the new key AKIA\w+ failed as well/,
        );
        await allow();
        const { AccessKey } = await aws.secretValue('bob');
        orphan = Object.keys(await aws.keys('bob')).find((keyId) => keyId !== AccessKey)!;
      },
      1,
      async () => {
        expect(orphan).toBeDefined();
        expect(Object.keys(await aws.keys('bob'))).not.toContain(orphan); // a check deleted it
      },
    );

    expect(found).toEqual(['keyCleanupFailed']);
  });

  test('notificationFailures: publishing to the topic is denied', async () => {
    let keyId: string;
    const found = await alarmsAfter(
      async () => {
        await freeSlot('alice');
        await deny([{ Effect: 'Deny', Action: 'sns:Publish', Resource: '*' }]);
        keyId = (await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))).AccessKey!.AccessKeyId!;
      },
      1,
      async () => {
        await allow();
        await aws.iam.send(new DeleteAccessKeyCommand({ UserName: 'alice', AccessKeyId: keyId }));
      },
    );

    expect(found).toEqual(['notificationFailures']);
  });

  test('overdueKeys: the secret was overwritten, and the user is blocked', async () => {
    await untilOld('alice', 28);
    const version = await currentVersion('alice');

    const found = await alarmsAfter(
      () => aws.secrets.send(new PutSecretValueCommand({ SecretId: 'alice', SecretString: 'by hand' })),
      5,
      async () =>
        aws.secrets.send(
          new UpdateSecretVersionStageCommand({
            SecretId: 'alice',
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: version,
            RemoveFromVersionId: await currentVersion('alice'),
          }),
        ),
    );

    expect(found).toEqual(['overdueKeys']);
    expect(await currentVersion('alice')).not.toBe(version); // the next check issued a new key
  });

  test('overdueKeys: the checks of one user failed for days, as soon as they succeed again', async () => {
    await untilOld('bob', 28);
    await aws.secrets.send(new DeleteSecretCommand({ SecretId: 'bob' }));
    expect(await watch.pass(6)).toEqual(['deadLetters', 'failedChecks', 'uncheckedUsers']);
    await aws.secrets.send(new RestoreSecretCommand({ SecretId: 'bob' }));
    await aws.deadLetters();
    expect(await watch.pass(1)).toContain('overdueKeys');
    await watch.pass(DAYS_TO_OK);
    expect(watch.inAlarm).toEqual([]);
  });

  async function freeSlot(user: string): Promise<void> {
    while (Object.keys(await aws.keys(user)).length > 1) expect(await watch.pass(1)).toEqual([]);
  }

  /** Waits until the current key of a user has an age. */
  async function untilOld(user: string, days: number): Promise<void> {
    const { AccessKey } = await aws.secretValue(user);
    const { AccessKeyMetadata } = await aws.iam.send(new ListAccessKeysCommand({ UserName: user }));
    const { CreateDate } = AccessKeyMetadata!.find(({ AccessKeyId }) => AccessKeyId === AccessKey)!;
    const left = CreateDate!.getTime() + days * DAY - (await aws.emulator.now()).getTime();
    expect(await watch.pass(left / DAY)).toEqual([]);
  }

  async function currentVersion(secret: string): Promise<string> {
    return Object.entries(await aws.versions(secret)).find(([, labels]) => labels.includes('AWSCURRENT'))![0];
  }

  /** Denies permissions of the function, as an organization can. */
  async function deny(Statement: object[]): Promise<void> {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await aws.iam.send(new PutRolePolicyCommand({ RoleName: await role(), PolicyName: 'Deny', PolicyDocument }));
  }

  async function allow(): Promise<void> {
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: await role(), PolicyName: 'Deny' }));
  }

  async function role(): Promise<string> {
    const lambda = new LambdaClient(aws.emulator.clientConfig);
    const { Role } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: aws.outputs.Function }));
    return Role!.split('/').at(-1)!;
  }
});

/** The watcher reports violations: keys and secrets are changed by hand, and the rotation of other users continues. */
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { CreateAccessKeyCommand, DeleteAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { Soak } from './soak';
import { soakUsers } from './soak-users';

const USERS = soakUsers(6, [{ create: 7, deactivate: 9, delete: 11 }]);

let soak: Soak;
beforeAll(async () => {
  soak = await Soak.start({
    users: USERS,
    plan: { days: 0, outages: new Map(), blackouts: new Set(), redeploys: new Set() },
    seed: 1,
    rate: 0,
  });
  await soak.begin();
});
afterAll(() => soak.aws.emulator.stop());

async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day++) await soak.day();
}

async function currentKey(user: (typeof USERS)[number]): Promise<string> {
  return (await soak.aws.secretValue(user.secret))[user.fields[0]];
}

test('each violation is reported, for the affected user only', async () => {
  const [deactivated, deleted, unmanaged, overwritten, stopped, untouched] = USERS;
  const { iam, secrets, emulator } = soak.aws;
  const first = await currentKey(deleted);
  await days(8);
  expect(soak.report.violations).toEqual([]);

  await iam.send(
    new UpdateAccessKeyCommand({
      UserName: deactivated.name,
      AccessKeyId: await currentKey(deactivated),
      Status: 'Inactive',
    }),
  );
  await iam.send(new DeleteAccessKeyCommand({ UserName: deleted.name, AccessKeyId: first }));
  const value = { [overwritten.fields[0]]: await currentKey(overwritten), [overwritten.fields[1]]: 'wrong' };
  await secrets.send(new PutSecretValueCommand({ SecretId: overwritten.secret, SecretString: JSON.stringify(value) }));
  const eventBridge = new EventBridgeClient(emulator.clientConfig);
  for (const { Name } of (await eventBridge.send(new ListRulesCommand({}))).Rules!.filter((rule) =>
    rule.Name!.includes(`-${stopped.name}-`),
  )) {
    await eventBridge.send(new DisableRuleCommand({ Name }));
  }
  await days(4); // each user has a slot for a second key
  await iam.send(new CreateAccessKeyCommand({ UserName: unmanaged.name }));
  await days(3);

  const violationsOf = ({ name }: (typeof USERS)[number]) =>
    soak.report.violations
      .filter(({ user }) => user === name)
      .map(({ what }) => what)
      .join('\n');
  expect(violationsOf(deactivated)).toMatch(/AWSCURRENT holds \w+, which is inactive/);
  expect(violationsOf(deleted)).toMatch(/\w+ was deleted when it had been inactive for no days, expected 2/);
  expect(violationsOf(unmanaged)).toMatch(
    /the deletion of \w+, which a failed run left behind or another principal created was due/,
  );
  expect(violationsOf(overwritten)).toMatch(/the secret holds .*|AWSCURRENT holds no key/);
  expect(violationsOf(stopped)).toMatch(/the deactivation of \w+ was due .* and is missing/);
  expect(violationsOf(untouched)).toBe('');
  expect(soak.report.violations.find(({ user }) => user === deleted.name)!.history.join('\n')).toContain(
    `published ${first}`,
  );
});

test('a secret access key in a text is found, with its access key ID', async () => {
  const [, , , , , user] = USERS;
  const secretKey = (await soak.aws.secretValue(user.secret))[user.fields[1]];
  const before = soak.report.violations.length;

  soak.watcher.findSecrets(`{"level":"ERROR","message":"${secretKey}"}`, 'the logs', new Date(0));

  expect(soak.report.violations.slice(before).map(({ what }) => what)).toEqual([
    `the secret access key of ${await currentKey(user)} is in the logs`,
  ]);
});

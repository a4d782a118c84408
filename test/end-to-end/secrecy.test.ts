import {
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  CloudFormationClient,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { LocalAws, STACK } from './support';

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start();
});
afterAll(() => aws.emulator.stop());

/** The secret access keys and the SMTP passwords of all versions of the secret. */
async function secretTexts(): Promise<string[]> {
  const versions = Object.keys(await aws.versions('alice'));
  const values = await Promise.all(
    versions.map((VersionId) => aws.secrets.send(new GetSecretValueCommand({ SecretId: 'alice', VersionId }))),
  );
  return values.flatMap(({ SecretString }) => {
    const { SecretKey, SmtpPassword_eu_west_1: password } = JSON.parse(SecretString!);
    return SecretKey === undefined ? [] : [SecretKey, password];
  });
}

test('a secret access key, and what is derived from it, is only in the secret, after deploys, a year of rotations and errors', async () => {
  await aws.deploy(() => ({ users: [{ userName: 'alice', sesSmtpRegions: ['eu-west-1'] }] }));
  await aws.subscribe();
  const found = new Set(await secretTexts());
  const messages: unknown[] = [];
  for (let tenDays = 0; tenDays < 38; tenDays++) {
    // an SQS queue keeps messages for at most two weeks
    await aws.emulator.advanceDays(10);
    messages.push(...(await aws.sentNotifications()));
    (await secretTexts()).forEach((key) => found.add(key));
  }
  await aws.deploy(() => ({ users: [{ userName: 'alice', sesSmtpRegions: ['eu-west-1'], description: 'again' }] }));
  const [version] = Object.keys(await aws.versions('alice'));
  await aws.secrets.send(
    new UpdateSecretVersionStageCommand({ SecretId: 'alice', VersionStage: 'mine', MoveToVersionId: version }),
  );
  const answers = [
    await aws.invoke({ action: 'create', username: 'alice' }),
    await aws.invoke({ action: 'nothing' }).catch((error) => error),
  ];

  const cloudFormation = new CloudFormationClient(aws.emulator.clientConfig);
  const places = {
    logs: await aws.emulator.logs(),
    messages,
    answers: answers.map(String).concat(JSON.stringify(answers)),
    deadLetters: await aws.deadLetters(),
    template: await cloudFormation.send(new GetTemplateCommand({ StackName: STACK })),
    stack: await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK })),
    resources: await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: STACK })),
    events: await cloudFormation.send(new DescribeStackEventsCommand({ StackName: STACK })),
    environment: await new LambdaClient(aws.emulator.clientConfig).send(
      new GetFunctionConfigurationCommand({ FunctionName: aws.outputs.Function }),
    ),
    labels: await aws.versions('alice'),
  };

  expect(found.size).toBeGreaterThanOrEqual(8);
  expect([...found].filter((text) => /^B[A-Za-z0-9+/]{43}$/.test(text)).length).toBe(found.size / 2);
  expect(places.logs.length).toBeGreaterThan(1_000); // there are lines to search
  expect(places.messages.length).toBeGreaterThan(8);
  for (const [place, content] of Object.entries(places)) {
    for (const key of found) {
      expect({ place, holds: JSON.stringify(content).includes(key) }).toEqual({ place, holds: false });
    }
  }
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MESSAGES, messagesOf } from './bad-input';
import { resourceTypesOf, ROTATION } from './outputs';
import { typescriptPrograms } from './readme';
import { keptTemplate } from './template';
import { addBadInput, execute, workplace } from './workplace';

const COPY = join(workplace(), 'typescript'); // with the tarball, since before all tests

test('the TypeScript example has each kind of user that the others are held to', () => {
  const resources = Object.values<any>(JSON.parse(keptTemplate('example')).Resources);
  const properties = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);

  expect(properties('AWS::IAM::User').map(({ UserName }) => UserName)).toEqual(['ci-deployer', 'legacy-erp']);
  expect(properties('AWS::SecretsManager::Secret').map(({ Name, KmsKeyId }) => [Name, KmsKeyId !== undefined])).toEqual(
    [
      ['ci-deployer', false],
      ['legacy-erp', true],
      ['partner-x', false],
    ],
  );
  expect(properties('AWS::SNS::Subscription')).toHaveLength(3);
  expect(properties('AWS::CloudWatch::Alarm').every(({ AlarmActions }) => AlarmActions.length === 1)).toBe(true);
});

test('bad input gives the message in JavaScript', async () => {
  addBadInput('bad-input.js', COPY);

  expect(messagesOf(await execute(COPY, {}, process.execPath, 'bad-input.js'))).toEqual(MESSAGES);
});

test.each(typescriptPrograms().map((program, index) => [index + 1, program]))(
  'snippet %i of the README gives a template',
  async (number, program) => {
    writeFileSync(join(COPY, `snippet-${number}.ts`), `${program}`);

    expect(await resourceTypesOf(COPY, {}, 'npx', 'ts-node', '--transpile-only', `snippet-${number}.ts`)).toMatchObject(
      ROTATION,
    );
  },
);

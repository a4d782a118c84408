/** Text that another principal can write is one line of limited length, wherever it is shown. */
import { AwsCallFailed, awsCall } from '../../../src/rotator/aws/call';
import { CallerIdentity, waitUntilUsable } from '../../../src/rotator/aws/sts';
import { currentKeyProblem } from '../../../src/rotator/decisions/current-key';
import { currentUndecryptable, noIssueStep } from '../../../src/rotator/decisions/decryption';
import { unreadableStep } from '../../../src/rotator/decisions/unreadable';
import { removeLabelsCommand } from '../../../src/rotator/domain/commands';
import { Credential } from '../../../src/rotator/domain/credential';
import { describeLength, describeValue, foreignText } from '../../../src/rotator/domain/foreign-text';
import { readLedger } from '../../../src/rotator/domain/ledger';
import { claimUser } from '../../../src/rotator/handlers/first-key';
import { readRequest } from '../../../src/rotator/handlers/first-key-request';
import { readUsers } from '../../../src/rotator/handlers/users';
import { invalidLabelsMessage } from '../../../src/rotator/messages/problem-messages';
import { current, fact, inactive, key, stateOf } from '../decide';
import { ACCOUNT } from '../reports';
import { request } from '../support';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
/** A paragraph, an escape sequence of a terminal, the other direction, an invisible character, and too much of it. */
const HOSTILE = `v\n\nWhat to do:\r\n\u2028 call\u001b[31m\u0000\u202e\u200b ${'x'.repeat(5_000)}`;

describe('foreign text', () => {
  test.each([
    ['plain text, and in other languages', 'Zoë: 日本, 🔑 «ключ»', 'Zoë: 日本, 🔑 «ключ»'],
    ['controls of ASCII', 'a\u0000b\tc\nd\re\u001bf\u007fg', 'a?b?c?d?e?f?g'],
    ['controls of Latin-1, such as the next line', 'a\u0085b\u009fc', 'a?b?c'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c', 'a?b?c'],
    ['characters that change the direction', 'a\u202eb\u2066c\u200fd', 'a?b?c?d'],
    ['invisible characters', 'a\u200bb\ufeffc\u00add', 'a?b?c?d'],
    ['half of a character', 'a\ud83d', 'a?'],
    ['private and unassigned characters', 'a\ue000b\u0378c', 'a?b?c'],
  ])('%s', (_what, text, shown) => expect(foreignText(text)).toBe(shown));

  test('is cut', () => {
    expect(foreignText('x'.repeat(300))).toBe('x'.repeat(300));
    expect(foreignText('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
    expect(foreignText('🔑🔑', 3)).toBe('🔑?…');
  });
});

describe('a value of an event', () => {
  test.each<[unknown, string]>([
    [undefined, 'missing'],
    [null, 'null'],
    [true, 'true'],
    [1.5, '1.5'],
    [{ a: SECRET }, 'an object'],
    [[SECRET], 'a list'],
    ['a "b"\n', '"a \\"b\\"?"'],
    ['ci-deployer', '"ci-deployer"'],
    ['A'.repeat(20), `"${'A'.repeat(20)}"`],
    ['A'.repeat(21), 'a text of 21 characters'],
  ])('%j is %s', (value, described) => expect(describeValue(value)).toBe(described));

  test.each<[string, string]>([
    ['alone', SECRET],
    ['without characters that names lack', SECRET.replaceAll('/', 'x')],
    ['in a sentence', `my key: ${SECRET}.`],
    ['encoded for a URL', encodeURIComponent(SECRET)],
    ['with escaped slashes, as PHP writes JSON', SECRET.replaceAll('/', '\\/')],
    ['with escapes of JSON', SECRET.replaceAll('/', '\\u002f')],
    ['with underscores, as base64 for URLs', SECRET.replaceAll('/', '_')],
    ['with a hyphen in it', `${SECRET.slice(0, 20)}-${SECRET.slice(20)}`],
    ['in two parts', `${SECRET.slice(0, 20)}|${SECRET.slice(20)}`],
    ['as a sum of texts', `${SECRET.slice(0, 20)}"+"${SECRET.slice(20)}`],
    ['with a separator after each character', SECRET.split('').join('.')],
    ['with invisible characters', SECRET.replace(/(.{10})/g, '$1 \u200b')],
    ['in full-width letters', SECRET.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in hexadecimal digits', Buffer.from(SECRET).toString('hex')],
    ['backwards', SECRET.split('').reverse().join('')],
    ['its bytes, if it is base64', Buffer.from(SECRET, 'base64').toString('latin1')],
  ])('that is a secret is described by its length: %s', (_form, value) => {
    expect(describeValue(value)).toBe(`a text of ${value.length} characters`);
  });

  test('that can be a secret in any form is never shown', () => {
    expect(describeLength('hunter2')).toBe('a text of 7 characters');
    expect(describeLength(['hunter2'])).toBe('a list');
  });
});

const tag = { read: async () => HOSTILE, write: async () => undefined, remove: async () => undefined };
const R = { users: new Map(), context: { account: ACCOUNT, region: 'eu-west-1', rotation: 'R' } };
const CREATE = {
  RequestType: 'Create',
  ResourceProperties: { Username: 'alice', Secret: 'alice', Created: 'true', Owner: 'R', DryRun: 'false' },
};
const thrown = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};
const waitFor = (callerIdentity: CallerIdentity) =>
  waitUntilUsable('alice', new Credential('AKIA0001', 's', new Date()), callerIdentity, {
    sleep: async () => undefined,
    remainingTime: () => 0,
  });
const alice = { username: 'alice', region: 'eu-west-1', rotation: 'R', dryRun: false };

const SHOWN: Record<string, () => unknown> = {
  'a label and a version ID in a command': () =>
    removeLabelsCommand(request('create'), [{ label: HOSTILE, version: HOSTILE }]),
  'a label of no release': () => unreadableStep(request('create'), readLedger({ [HOSTILE]: [`akr9.${HOSTILE}`] })),
  'the version of a foreign value': () =>
    currentKeyProblem(request('create'), stateOf([], { v0: [fact('key', 'B', 20)], [HOSTILE]: ['AWSCURRENT'] })),
  'a version that cannot be decrypted': () =>
    currentUndecryptable(request('create'), {
      ...stateOf([key('A', 1)], { [HOSTILE]: current('A', 1).v1 }),
      decryption: { failure: 'no' },
    }),
  'labels that are void': () => invalidLabelsMessage(request('create'), [{ label: HOSTILE, version: HOSTILE }]).details,
  'a KMS key': () =>
    noIssueStep('no', { do: 'issue', adopt: [] } as never, request('create'), { ...readLedger({}), kmsKey: HOSTILE }),
  'an answer of AWS': () =>
    thrown(() => awsCall('iam ListAccessKeys', 'alice', () => Promise.reject(Object.assign(new Error(HOSTILE))))),
  'an answer of STS to a new key': () =>
    thrown(() => waitFor(() => Promise.reject(Object.assign(new Error(HOSTILE), { name: HOSTILE })))),
  'the owner of a key, as STS names it': () => thrown(() => waitFor(async () => HOSTILE)),
  'the tag of a user': () => thrown(() => claimUser(alice, tag)),
  'a property of a first key': () =>
    thrown(() => readRequest({ ...CREATE, LogicalResourceId: HOSTILE, ResourceProperties: { Username: HOSTILE } }, R)),
  'the ID of a first key': () =>
    thrown(() => readRequest({ ...CREATE, RequestType: 'Delete', PhysicalResourceId: `mallory|${HOSTILE}` }, R)),
  'the type of a request': () => thrown(() => readRequest({ ...CREATE, RequestType: HOSTILE }, R)),
  'a list of users that is not JSON': () => thrown(() => readUsers(__dirname, HOSTILE)),
};

test.each(Object.entries(SHOWN))('%s is one line of limited length', async (_what, show) => {
  const texts = Object.values({ ...(await Promise.resolve(show()).then((shown) => [shown].flat())) }).flatMap(textsIn);
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) {
    expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(text.length).toBeLessThan(2_000);
  }
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

test('an answer of AWS that is longer than a denial is cut', async () => {
  const failed = await awsCall('iam GetUser', 'alice', () => Promise.reject(new Error('x'.repeat(9_999)))).catch(
    (error: AwsCallFailed) => error,
  );
  expect((failed as AwsCallFailed).message).toBe(`alice: iam GetUser failed with Error: ${'x'.repeat(1_000)}…`);
});

test('an inactive key of a foreign version is named as it is in IAM', () => {
  expect(textsIn(currentKeyProblem(request('create'), stateOf([inactive('A', 9)], current('A', 9)))).join()).toContain(
    '--access-key-id A ',
  );
});

/** A record that this release cannot read blocks every action but a revocation, until a person resolves it. */
import { ACTIONS, COMMANDS } from '../../../src/contract/events';
import { nextStep } from '../../../src/rotator/decisions/next-step';
import { statusOf } from '../../../src/rotator/decisions/status';
import { unreadableStep } from '../../../src/rotator/decisions/unreadable';
import { removeLabelsCommand } from '../../../src/rotator/domain/commands';
import { readLedger } from '../../../src/rotator/domain/ledger';
import { current, fact, inactive, key, previous, stateOf, step } from '../decide';
import { manualRequest, request } from '../support';

const KEYS = [key('A', 110), key('B', 20)];
const LATER = 'akr2.key.B.20260501';
const versions = (...more: string[]) => ({ ...previous('A', 110), ...current('B', 20, ...more) });

const why = `this release of the rotation cannot read the staging labels ${LATER} of secret alice`;
const remedy =
  'deploy the newest release that this secret was used with; or, if no release wrote them, remove them:'
  + ` ${removeLabelsCommand(request('create'), [{ label: LATER, version: 'v1' }])}`;

test.each([...ACTIONS, ...COMMANDS].filter((action) => action !== 'revoke'))(
  '"%s" is blocked, when due and at once',
  (action) => {
    expect(step(request(action), KEYS, versions(LATER))).toEqual({ do: 'report', why, remedy });
    expect(step(manualRequest(action), KEYS, versions(LATER))).toEqual({ do: 'report', why, remedy });
  },
);

describe('"revoke" is not blocked:', () => {
  const revoke = (accessKeyId: string) => manualRequest('revoke', { accessKeyId });

  test('the leak is recorded', () => {
    expect(step(revoke('A'), KEYS, versions(LATER))).toMatchObject({
      do: 'record',
      add: { label: expect.stringContaining('akr1.leaked.A.') },
    });
  });

  test.each([
    ['the event', revoke('A')],
    ['each check after it', request('create')],
  ])('a leaked key that is not current is deactivated, by %s', (_by, asked) => {
    expect(step(asked, KEYS, versions(LATER, fact('leaked', 'A', 0)))).toMatchObject({
      do: 'deactivate',
      key: { keyId: 'A' },
    });
  });

  test.each([
    ['the event', revoke('B')],
    ['each check after it', request('delete')],
  ])('a leaked key that is current is replaced, by %s', (_by, asked) => {
    expect(step(asked, [key('B', 20)], current('B', 20, LATER, fact('leaked', 'B', 0)))).toMatchObject({
      do: 'issue',
      replace: { leaked: 'B' },
    });
  });

  test('then every other step is blocked again', () => {
    const over = versions(LATER, fact('leaked', 'A', 1), fact('inactive', 'A', 1));
    const keys = [inactive('A', 110), key('B', 20)];
    expect(step(request('create'), keys, over)).toMatchObject({ do: 'report', why });
    expect(step(request('delete'), keys, over)).toMatchObject({ do: 'report', why });
    expect(step(revoke('A'), keys, over)).toMatchObject({ outcome: 'not-due' });
  });
});

test('a value that a person wrote is not read, except for a key that leaked, which it can hold', () => {
  const edited = (...more: string[]) =>
    stateOf([key('B', 20)], { v1: ['AWSPREVIOUS', fact('key', 'B', 20), LATER, ...more], v2: ['AWSCURRENT'] });
  const read = { do: 'decrypt-current', version: 'v2' };
  expect(nextStep(request('create'), edited())).toMatchObject({ do: 'report', why });
  expect(nextStep(manualRequest('revoke', { accessKeyId: 'B' }), edited())).toEqual(read);
  expect(nextStep(request('create'), edited(fact('leaked', 'B', 1)))).toEqual(read);
});

test('it comes before pending notifications and the discard of a failed run', () => {
  const pending = versions(LATER, `${fact('rejected', 'A', 1)}.unnotified`);
  expect(step(request('create'), KEYS, { ...pending, v2: [fact('claim', 'run', 1)] })).toMatchObject({
    do: 'report',
    why,
  });
});

test('each label is named, and how to remove it; quoted, as another principal may have written it', () => {
  const ledger = readLedger({ v1: ['akr1.on.A', "akr1.'; rm -rf /"], v2: ['akr3.x', 'blue'] });
  expect(unreadableStep(request('create'), ledger)).toMatchObject({
    why: "this release of the rotation cannot read the staging labels akr1.on.A, akr1.'; rm -rf /, akr3.x of secret alice",
    remedy: expect.stringMatching(
      /--version-stage akr1\.on\.A .* v1 --region eu-west-1 && .* --version-stage 'akr1\.'\\''; rm -rf \/' .* v1 --region eu-west-1 && .* --version-stage akr3\.x .* v2 --region eu-west-1;/,
    ),
  });
});

test('status reports it', () => {
  const state = stateOf(KEYS, versions(LATER));
  expect(statusOf(request('status'), state)).toMatchObject({
    blocked: `${why}; ${remedy}`,
    summary: `alice: B is current, 20 days old; active for more than 90 days: A; blocked: ${why}`,
  });
});

test('labels of other principals do not block', () => {
  expect(step(request('create'), KEYS, versions('blue', 'akr-2'))).toMatchObject({ do: 'nothing' });
});

describe('records that contradict each other, and whose versions all hold their key', () => {
  const [first, second] = [fact('key', 'A', 110), fact('key', 'A', 109.9999)];
  const both = { v0: [first], v1: [second] };

  test('are named with their versions, and the remedy keeps one: no command removes the record of the key', () => {
    const report = unreadableStep(request('create'), readLedger(both));
    expect(report).toMatchObject({
      do: 'report',
      why: `the staging labels of secret alice contradict each other: ${first} on version v0, ${second} on version v1`,
      remedy: expect.stringMatching(/^if Secrets Manager cannot decrypt .*; if each version .* but one: /),
    });
    expect((report as { remedy: string }).remedy).toContain('--version-stage LABEL --remove-from-version-id VERSION');
    expect((report as { remedy: string }).remedy).not.toContain('akr1.');
  });

  test('are not removed with a label that no release can read', () => {
    const remedies = unreadableStep(request('create'), readLedger({ ...both, v2: [LATER] }));
    expect(remedies).toMatchObject({ why });
    expect((remedies as { remedy: string }).remedy).not.toContain('akr1.');
  });
});

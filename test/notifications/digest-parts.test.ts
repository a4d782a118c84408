/** The digest of more users than one run can check: one event per part. In this test, a run can check two users. */
import { AccessKeyRotationProps, DigestFrequency, Recipient, RotationTrigger } from '../../src';
import { rotation, Synthesized } from '../template/support';

jest.mock('../../src/contract/events', () => ({
  ...jest.requireActual('../../src/contract/events'),
  USERS_PER_DIGEST: 2,
}));

const users = (...names: string[]) => names.map((userName) => ({ userName }));
const digestRecipients = [Recipient.email('a@example.com')];

function digestEvents(built: Synthesized): { name: string; minute: number; input: object }[] {
  return built
    .ofType('AWS::Events::Rule')
    .map(({ Properties }) => Properties)
    .filter(({ Name }) => Name?.includes('-digest'))
    .map((rule) => {
      const [, minutes, hours] = /^cron\((\d+) (\d+) \* \* \? \*\)$/.exec(rule.ScheduleExpression)!;
      return {
        name: rule.Name.replace(/^akr-\w+-\w+-/, ''),
        minute: Number(hours) * 60 + Number(minutes),
        input: JSON.parse(rule.Targets[0].Input),
      };
    });
}

test('users that fit into one run make one event, without parts', () => {
  expect(digestEvents(rotation({ users: users('a', 'b'), digestRecipients }))).toMatchObject([
    { name: 'digest', input: { action: 'digest' } },
  ]);
});

test('with one more user, the first event has its part number, and another event is added', () => {
  const [first, second, ...more] = digestEvents(rotation({ users: users('a', 'b', 'c'), digestRecipients }));
  expect(first).toMatchObject({ name: 'digest', input: { action: 'digest', part: 1, parts: 2 } });
  expect(second).toMatchObject({ name: 'digest2', input: { action: 'digest', part: 2, parts: 2 } });
  expect(more).toEqual([]);
});

test('each part has the frequency, because it decides for itself whether it is needed', () => {
  const digestFrequency = DigestFrequency.WHEN_NEEDED;
  const events = digestEvents(rotation({ users: users('a', 'b', 'c'), digestRecipients, digestFrequency }));
  expect(events.map(({ input }) => input)).toEqual([
    { action: 'digest', frequency: 'WHEN_NEEDED', part: 1, parts: 2 },
    { action: 'digest', frequency: 'WHEN_NEEDED', part: 2, parts: 2 },
  ]);
});

test('the parts are 20 minutes apart: a run has 5 minutes, and Lambda retries it twice', () => {
  const minutes = digestEvents(rotation({ users: users('a', 'b', 'c', 'd', 'e'), digestRecipients })).map(
    ({ minute }) => minute,
  );
  expect(minutes.map((minute) => (minute - minutes[0] + 1440) % 1440)).toEqual([0, 20, 40]);
});

test.each<[string, (built: Synthesized) => void]>([
  ['a user', ({ rotation: added }) => added.addUser({ userName: 'c' })],
  ['a user with recipients', ({ rotation: added }) => added.addUser({ userName: 'c', recipients: digestRecipients })],
])('%s is counted when it is added later', (_what, add) => {
  const built = rotation({ users: users('a', 'b'), digestRecipients });
  add(built);
  expect(digestEvents(built)).toHaveLength(2);
});

test('users are counted that were added before the first recipient', () => {
  const built = rotation({ users: users('a', 'b', 'c') });
  built.rotation.addUser({ userName: 'd', recipients: digestRecipients });
  expect(digestEvents(built)).toHaveLength(2);
});

test.each<[string, Partial<AccessKeyRotationProps>]>([
  ['rules', {}],
  ['schedules', { trigger: RotationTrigger.eventBridgeScheduler() }],
])('is started by %s', (_kind, more) => {
  const built = rotation({ users: users('a', 'b', 'c'), digestRecipients, ...more });
  const names = [...built.ofType('AWS::Events::Rule'), ...built.ofType('AWS::Scheduler::Schedule')].map(
    ({ Properties }) => Properties.Name,
  );
  expect(names.filter((name) => /-digest2?$/.test(name))).toHaveLength(2);
});

test('all users are counted, added before and after the rule for the digest', () => {
  const built = rotation({ users: users('a', 'b', 'c') });
  built.rotation.onDigest('Digest');
  expect(digestEvents(built)).toHaveLength(2);
  const later = rotation({ users: users('a', 'b') });
  later.rotation.onDigest('Digest');
  later.rotation.addUser({ userName: 'c' });
  expect(digestEvents(later)).toHaveLength(2);
});

test('without recipients, a frequency and a rule for it, there is no digest', () => {
  const built = rotation({ users: users('a', 'b', 'c') });
  built.rotation.onEvent('All');
  expect(digestEvents(built)).toEqual([]);
});

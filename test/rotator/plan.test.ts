import { current, fact, inactive, iso, key, NOW, previous, step } from './decide';
import { bare, request } from './support';
import { planOf } from '../../src/rotator/plan';

const plan = (...decision: Parameters<typeof step>) => planOf(step(...decision), decision[0]).message;

test('each step in words', () => {
  const retiring = { ...previous('A', 104), ...current('B', 14) };
  expect(plan(request('create', undefined, true, { adopt: true }), [key('X', 5)], {})).toContain('issue a new key and make it current, and retire X, which the user has already');
  expect(plan(request('create', undefined, true, { adopt: true }), [key('X', 5), key('Y', 5)], {})).toContain('put on record that X and Y are to be retired');
  expect(plan(request('deactivate'), [key('A', 104), key('B', 14)], retiring)).toContain('deactivate A, whose grace is over');
  expect(plan(request('deactivate'), [inactive('A', 104), key('B', 14)], retiring)).toContain('begin the second grace period of A');
  expect(plan(request('delete'), [inactive('A', 118), key('B', 28)], { ...previous('A', 118, fact('off', 'A', 14)), ...current('B', 28) })).toContain('delete A, whose second grace');
  expect(plan(request('create'), [key('B', 5)], { ...previous('A', 118, fact('off', 'A', 14)), ...current('B', 5) })).toContain('tell people that A is gone');
  expect(plan(request('create'), [key('B', 5), key('X', 1)], current('B', 5))).toContain('somebody else made X');
  expect(plan(request('create'), [inactive('B', 5)], current('B', 5))).toContain(`put on record: + off:B:${iso(NOW)}`);
  expect(plan(request('create'), [key('B', 5)], { ...current('B', 5), v2: [fact('claim', '', 1).replace('::', ':')] })).toContain('clean up after a run that died');
  expect(plan(bare('revoke', { accessKeyId: 'A' }), [key('A', 95), key('B', 5)], { ...previous('A', 95, fact('leaked', 'A', 0)), ...current('B', 5) }))
    .toContain('deactivate A, which leaked');
  expect(plan(bare('revoke', { accessKeyId: 'B' }), [key('B', 5)], current('B', 5, fact('leaked', 'B', 0)))).toContain('then deactivate B, which leaked');
  expect(plan(bare('rollback'), [inactive('A', 110), key('B', 20)], { ...previous('A', 110, fact('off', 'A', 6)), ...current('B', 20) }))
    .toContain('make A current again, and retire B after both grace periods');
});

test('what would not be done is said as it is', () => {
  expect(planOf(step(request('create'), [key('A', 5)], current('A', 5)), request('create'))).toMatchObject({ outcome: 'not-due', until: expect.any(String) });
  expect(planOf(step(request('create'), [inactive('A', 5)], current('A', 5, fact('off', 'A', 1))), request('create'))).toMatchObject({ outcome: 'blocked' });
});

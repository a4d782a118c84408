/** docs/runbook.md in the layouts that runbook.test.ts leaves out: together, each block runs in each of them. */
import { Runbook } from './operator';
import { NESTED, RULES, RUNBOOK, SCHEDULES, testAlarms, testDeploys, testPeople, USER_STACKS } from './runbook-suite';

const [withRules, withSchedules, withUserStacks] = [1, 2, 3].map(() => new Runbook(RUNBOOK));

testAlarms(withRules, RULES);
testPeople(withRules, RULES);
testDeploys(withRules, RULES);

testAlarms(withSchedules, SCHEDULES);
testPeople(withSchedules, SCHEDULES);
testDeploys(withSchedules, SCHEDULES);

testAlarms(withUserStacks, NESTED);
testPeople(withUserStacks, NESTED);
testDeploys(withUserStacks, USER_STACKS); // the local AWS cannot roll back an update of a nested stack

test.each([
  ['one stack with rules', withRules],
  ['EventBridge Scheduler schedules', withSchedules],
  ['user stacks', withUserStacks],
])('each block ran: %s', (_layout, runbook) => {
  expect(runbook.neverRun).toEqual([]);
});

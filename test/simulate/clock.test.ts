/** One clock decides, and it is IAM's: the Lambda's own may be wrong by minutes. */
import { DAY } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../fake-aws/fake-aws';
import { request } from '../rotator/support';

const RealDate = Date;

/** A Date that knows what it is told, and no time of its own. */
function withoutClock(): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, [first, ...others]: [number, ...number[]]) => {
      if (first === undefined) throw new Error('somebody looked at the clock');
      return new target(first, ...(others as []));
    },
    apply: () => {
      throw new Error('somebody looked at the clock');
    },
    get: (target, property) => {
      if (property === 'now') throw new Error('somebody looked at the clock');
      return Reflect.get(target, property);
    },
  });
}

afterEach(() => {
  global.Date = RealDate;
});

test("a whole cycle never looks at the Lambda's clock", async () => {
  const aws = new ModelAws();
  const start = aws.now.getTime();
  global.Date = withoutClock();
  const outcomes = [];
  for (const [day, action] of [
    [0, 'create'],
    [89, 'create'],
    [90, 'create'],
    [104, 'deactivate'],
    [118, 'delete'],
  ] as const) {
    aws.now = new RealDate(start + day * DAY);
    outcomes.push((await rotate(request(action), aws.tools())).outcome);
  }
  expect(outcomes).toEqual(['created', 'not-due', 'created', 'deactivated', 'deleted']);
});

test('the test would notice', () => {
  global.Date = withoutClock();
  expect(() => Date.now()).toThrow('looked at the clock');
  expect(() => new Date()).toThrow('looked at the clock');
  expect(new Date(0).getTime()).toBe(0);
});

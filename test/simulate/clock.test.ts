/** Decisions use the clock of IAM only: the clock of the function can be wrong by minutes. */
import { DAY } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../fake-aws/fake-aws';
import { request } from '../rotator/support';

const RealDate = Date;

/** A Date that throws where it would read the clock. */
function withoutClock(): DateConstructor {
  return new Proxy(RealDate, {
    construct: (target, [first, ...others]: [number, ...number[]]) => {
      if (first === undefined) throw new Error('the clock was read');
      return new target(first, ...(others as []));
    },
    apply: () => {
      throw new Error('the clock was read');
    },
    get: (target, property) => {
      if (property === 'now') throw new Error('the clock was read');
      return Reflect.get(target, property);
    },
  });
}

afterEach(() => {
  global.Date = RealDate;
});

test("a whole cycle never reads the function's clock", async () => {
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

test('reading the clock throws', () => {
  global.Date = withoutClock();
  expect(() => Date.now()).toThrow('the clock was read');
  expect(() => new Date()).toThrow('the clock was read');
  expect(new Date(0).getTime()).toBe(0);
});

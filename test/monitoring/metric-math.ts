/** Values of a metric, one for each period, oldest first. */
export type Series = readonly (number | undefined)[];

const REPEAT = 'REPEAT';

type Value = number | typeof REPEAT | Series | readonly Series[];

/** The part of CloudWatch metric math that the alarms use: names, numbers, lists, `/`, `FILL`, `REPEAT` and `MIN`. */
export function evaluateMath(expression: string, named: Readonly<Record<string, Series>>): Series {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(\.\d+)?|\S/g) ?? [];
  const take = (expected?: string): string => {
    const token = tokens.shift();
    if (token === undefined || (expected && token !== expected)) {
      throw new Error(`${expression}: got ${token ?? 'the end'}, expected ${expected ?? 'a value'}`);
    }
    return token;
  };
  const listUntil = (end: string): Value[] => {
    const values = [quotient()];
    while (tokens[0] === ',') {
      take();
      values.push(quotient());
    }
    take(end);
    return values;
  };
  const single = (): Value => {
    const token = take();
    if (token === '[') return listUntil(']') as Series[];
    if (/^\d/.test(token)) return Number(token);
    if (tokens[0] === '(') {
      take();
      return call(token, listUntil(')'));
    }
    if (token === REPEAT) return REPEAT;
    if (!named[token]) throw new Error(`${expression}: there is no metric ${token}`);
    return named[token];
  };
  const quotient = (): Value => {
    let value = single();
    while (tokens[0] === '/') {
      take();
      value = divided(value as Series, single() as Series);
    }
    return value;
  };
  const result = quotient();
  if (tokens.length > 0) throw new Error(`${expression}: cannot read ${tokens.join(' ')}`);
  return result as Series;
}

function call(name: string, values: readonly Value[]): Series {
  switch (name) {
    case 'FILL':
      return values[1] === REPEAT
        ? repeated(values[0] as Series)
        : (values[0] as Series).map((value) => value ?? (values[1] as number));
    case 'MIN':
      return smallest(values[0] as readonly Series[]);
    default:
      throw new Error(`the tests do not support the function ${name}`);
  }
}

/** The latest value in place of missing ones. Before the first value, there is nothing to repeat. */
function repeated(series: Series): Series {
  let latest: number | undefined;
  return series.map((value) => (latest = value ?? latest));
}

function smallest(all: readonly Series[]): Series {
  return all[0].map((_, index) => {
    const values = all.map((series) => series[index]).filter((value) => value !== undefined);
    return values.length > 0 ? Math.min(...values) : undefined;
  });
}

/** Undefined in each period in which a value is missing, or the divisor is 0. */
function divided(one: Series, other: Series): Series {
  return one.map((value, index) => (value === undefined || !other[index] ? undefined : value / other[index]));
}

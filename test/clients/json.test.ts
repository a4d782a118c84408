/** The reader of JSON in the program of clients/ agrees with JSON.parse. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as fc from 'fast-check';
import { PROGRAM } from './machine';
import { randomRuns } from '../exhaustive/budget';

/** The function of the program, with what it needs. */
const FIELDS = /^fields\(\) \{[\s\S]*?^\}/m.exec(readFileSync(PROGRAM, 'utf8'))![0];

/** Each implementation of awk on this machine. One is on each. */
const AWKS = ['awk', 'mawk', 'gawk', 'original-awk', 'busybox'].flatMap((name) => {
  const path = ['/usr/bin', '/bin', '/usr/local/bin'].map((directory) => join(directory, name)).find(existsSync);
  return path ? [{ name, path }] : [];
});

interface Case {
  readonly names: readonly [string, string];
  readonly json: string;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'AccessKey',
    'SecretKey',
    'Schlüssel',
    '😀"\\',
    '\\u0041',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\u007f',
    '\\',
  ),
);
const keyText = fc.string({ unit: fc.constantFrom(...'ABCabc019+/='), minLength: 16, maxLength: 40 });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value')),
  ),
}));

const bit = (bits: number, index: number) => Math.floor(bits / 2 ** index) % 2 === 1;

/** Any escape that JSON allows for a character, chosen by the bits of a number. */
function quoted(of: string, bits: number): string {
  const characters = [...of].map((character, index) => {
    if (bit(bits, index % 30)) return JSON.stringify(character).slice(1, -1);
    const hex = [...Array(character.length).keys()].map((at) => character.charCodeAt(at).toString(16).padStart(4, '0'));
    return hex.map((digits) => `\\u${bit(bits, 0) ? digits.toUpperCase() : digits}`).join('');
  });
  return `"${characters.join('').replaceAll('/', bit(bits, 1) ? '\\/' : '/')}"`;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    names: fc.constantFrom(['AccessKey', 'SecretKey'] as const, ['Schlüssel', '😀"\\'] as const, ['a b', ''] as const),
    others: fc.array(fc.tuple(text, value), { maxLength: 5 }),
    values: fc.tuple(fc.oneof(keyText, text, value), fc.oneof(keyText, text, value)),
    at: fc.tuple(fc.nat(5), fc.nat(5)),
    bits: fc.nat(),
    space: fc.constantFrom('', ' ', '\n', '\t\r\n '),
    indent: fc.constantFrom(0, 1, '\t'),
    damage: fc.option(
      fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.constantFrom(...'{}[],:"\\\n1au ', '') }),
    ),
  })
  .map(({ names, others, values, at, bits, space, indent, damage }) => {
    const entries = [...others];
    values.forEach((one, index) => entries.splice(at[index], 0, [names[index], one]));
    const written = entries.map(
      ([name, one]) =>
        `${space}${quoted(name, bits)}${space}:${space}${typeof one === 'string' ? quoted(one, bits) : JSON.stringify(one, null, indent)}`,
    );
    const json = `${space}{${written.join(`${space},`)}${space}}${space}`;
    if (!damage) return { names, json };
    const position = damage.at % json.length;
    return { names, json: json.slice(0, position) + damage.insert + json.slice(position + damage.remove) };
  })
  // A secret is UTF-8, and no shell variable holds NUL.
  .filter(({ json }) => !json.includes('\0') && Buffer.from(json).toString() === json);

/** What JSON.parse finds; no key has a control character or half of a surrogate pair, and they are all alike. */
function expected({ names, json }: Case): string {
  try {
    const object = JSON.parse(json);
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return 'not an object\n';
    return names.map((name) => `${alike(Object.hasOwn(object, name) ? object[name] : '')}\n`).join('');
  } catch {
    return 'not an object\n';
  }
}

function alike(of: unknown): string {
  return typeof of === 'string' && isWellFormed(of) ? of.replace(/[\0-\x1f]/g, '\x01') : '';
}

/** Runs all cases in one shell: most of the time of one would be that of the shell. */
function found(awk: string, all: readonly Case[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'json-'));
  try {
    mkdirSync(join(directory, 'bin'));
    symlinkSync(awk, join(directory, 'bin', 'awk'));
    all.forEach(({ names, json }, index) => {
      writeFileSync(join(directory, `${index}.json`), `${json}\n`);
      writeFileSync(join(directory, `${index}.names`), names.map((name) => `${name}\n`).join(''));
    });
    const script = `${FIELDS}
      index=0
      while [ $index -lt ${all.length} ]; do
        { IFS= read -r id; IFS= read -r secret; } <$index.names
        fields "$id" "$secret" <$index.json >$index.found || echo 'not an object' >$index.found
        index=$((index + 1))
      done`;
    const PATH = [join(directory, 'bin'), process.env.PATH].join(delimiter);
    execFileSync('sh', ['-c', script], { cwd: directory, env: { PATH }, stdio: ['ignore', 'inherit', 'inherit'] });
    return all.map((_, index) => readFileSync(join(directory, `${index}.found`), 'utf8'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe.each(AWKS)('with $name', ({ path }) => {
  test('any order, any escape, any other field, and what is no JSON', () => {
    const { seed } = randomRuns(1);
    const all = fc.sample(cases, { numRuns: randomRuns(3_000).numRuns, seed });
    // half of a pair has no form in UTF-8
    const readable = all.filter(
      (one) => !/\\u[dD][89a-fA-F]/.test(one.json) || expected(one) === 'not an object\n' || wellFormed(one),
    );

    const answers = found(path, readable);

    readable.forEach((one, index) =>
      expect({ ...one, found: answers[index] }).toEqual({ ...one, found: expected(one) }),
    );
    expect(readable.filter((one) => expected(one) === 'not an object\n').length).toBeGreaterThan(20);
  });

  test.each([
    ['{"AccessKey":"a","SecretKey":"b"}', 'a\nb\n'],
    ['{"SecretKey":"b","AccessKey":"a"}', 'a\nb\n'],
    ['{"x":{"AccessKey":"no"},"AccessKey":"a","y":"\\"SecretKey\\":\\"no\\"","SecretKey":"b\\/c\\u002b"}', 'a\nb/c+\n'],
    ['{"AccessKey":"a","AccessKey":"z","SecretKey":"b"}', 'z\nb\n'],
    ['{"AccessKey":"a\\nb","SecretKey":null}', 'a\x01b\n\n'],
    ['{"AccessKey":"a","SecretKey":"b"} {', 'not an object\n'],
    ['{"AccessKey":"a","SecretKey":"b",}', 'not an object\n'],
    [`{"x":${'['.repeat(150)}${']'.repeat(150)},"AccessKey":"a","SecretKey":"b"}`, 'a\nb\n'],
    [`${'['.repeat(10_000)}`, 'not an object\n'],
    [`{"x":"${'\\"'.repeat(15_000)}${'y'.repeat(30_000)}","AccessKey":"a","SecretKey":"b"}`, 'a\nb\n'],
    ['', 'not an object\n'],
  ])('%#', (json, answer) => {
    expect(found(path, [{ names: ['AccessKey', 'SecretKey'], json }])).toEqual([answer]);
  });
});

function wellFormed({ names, json }: Case): boolean {
  const object = JSON.parse(json);
  return names.every((name) => typeof object[name] !== 'string' || isWellFormed(object[name]));
}

function isWellFormed(string: string): boolean {
  return Buffer.from(string).toString() === string;
}

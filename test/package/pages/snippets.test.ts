/** Code of the pages compiles. In the compile task, `jsii-rosetta extract --strict` compiles the README's too. */
import { spawnSync } from 'child_process';
import { parse } from 'yaml';
import { pageOf } from './markdown';
import { PAGES, read, USER_PAGES } from './repository';
import { compile, type Snippet } from './snippets';

const FIXTURE = read('test/package/default.ts-fixture');
/** Checked in test/clients/, HCL in test/end-to-end/migration.test.ts. */
const RECIPES = ['ini', 'groovy', 'bat', 'csv', 'hcl'];
/** What is checked here, what test/languages runs, and what is no code. */
const LANGUAGES = [
  'ts',
  'ts nofixture',
  'js', // for a newer CDK than the one that compiles snippets: test/judges/ runs it
  'json',
  'yaml',
  'sh',
  'python',
  'java',
  'go',
  'csharp',
  'xml',
  'text',
  ...RECIPES,
];

const snippetsOf = (page: string, markdown: string): Snippet[] =>
  pageOf(markdown).fences.map((fence) => ({ ...fence, page }));
const SNIPPETS = USER_PAGES.flatMap((page) => snippetsOf(page, read(page)));
const of = (...languages: string[]) => SNIPPETS.filter(({ info }) => languages.includes(info));
const placeOf = ({ page, line }: Snippet) => `${page}:${line}`;

/** @returns the reason why the text is not what its language says */
function problemOf({ info, text }: Pick<Snippet, 'info' | 'text'>): string | undefined {
  try {
    if (info === 'json') JSON.parse(text);
    if (info === 'yaml') parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  return info === 'sh' ? spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' }).stderr || undefined : undefined;
}

test('every snippet names a language that is known here', () => {
  const unknown = SNIPPETS.filter(({ info }) => !LANGUAGES.includes(info));
  expect(unknown.map((snippet) => `${placeOf(snippet)}: ${snippet.info}`)).toEqual([]);
  const bare = USER_PAGES.flatMap((page) => pageOf(read(page)).bareFences.map((line) => `${page}:${line}`));
  expect(bare).toEqual([]);
});

test('every TypeScript snippet shows its imports, and compiles', () => {
  expect(compile(of('ts', 'ts nofixture'), FIXTURE)).toEqual([]);
});

test('every JSON, YAML and shell snippet can be parsed', () => {
  const problems = PAGES.filter((page) => page !== 'API.md')
    .flatMap((page) => snippetsOf(page, read(page)))
    .map((snippet) => [placeOf(snippet), problemOf(snippet)])
    .filter(([, problem]) => problem);
  expect(problems).toEqual([]);
});

/** What the compile task made of them. */
test('every example of the README and of the API docs is translated into four languages', () => {
  const assembly = JSON.parse(read('.jsii'));
  const snippets = Object.values<any>(JSON.parse(read('.jsii.tabl.json')).snippets);
  const inReadme = of('ts', 'ts nofixture').filter(({ page }) => page === 'README.md');
  const inApiDocs = JSON.stringify(assembly.types).match(/"example":/g)!;

  expect(assembly.readme.markdown.trim()).toBe(read('README.md').trim()); // compiled after the last change
  expect(snippets).toHaveLength(inReadme.length + inApiDocs.length);
  for (const { translations, didCompile } of snippets) {
    expect(didCompile).toBe(true);
    expect(Object.keys(translations)).toEqual(expect.arrayContaining(['python', 'java', 'csharp', 'go']));
  }
});

describe('a snippet is found to be wrong', () => {
  const IMPORT = "import { AccessKeyRotation } from 'cdk-access-key-rotation';";
  const USE = "new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'alice' }] });";
  const WRONG: [text: string, problem: RegExp][] = [
    [USE, /^a\.md:2: Cannot find name 'AccessKeyRotation'/],
    [`${IMPORT}\n${USE.replace('stack', 'this')}`, /^a\.md:3: Argument of type 'undefined'/],
    [`${IMPORT}\n${USE.replace('userName', 'name')}`, /^a\.md:3: .*'name' does not exist/],
    [
      `${IMPORT}\nimport { Duration, Stack } from 'aws-cdk-lib';\n${USE}\nnew Stack(app);`,
      /^a\.md:3: 'Duration' is declared/,
    ],
    [`${IMPORT}\n${USE}\nlet x = ;`, /^a\.md:4: Expression expected/],
  ];
  const RIGHT = [
    `${IMPORT}\n${USE}`,
    `${IMPORT}\nimport * as sns from 'aws-cdk-lib/aws-sns';\ndeclare const topic: sns.ITopic;\n${USE}\nconst arn = topic.topicArn;`,
    `import { Stack } from 'aws-cdk-lib';\nnew Stack(app, 'Other');`,
  ];
  const snippet = (text: string): Snippet => ({ page: 'a.md', info: 'ts', line: 1, text });

  test('in TypeScript, by the compiler', () => {
    const problems = compile([...WRONG.map(([text]) => text), ...RIGHT].map(snippet), FIXTURE);
    expect(problems).toEqual(WRONG.map(([, problem]) => expect.stringMatching(problem)));
  });

  test.each([
    ['json', '{ "a": 1, }'],
    ['yaml', 'a: [1'],
    ['sh', 'if true; then'],
  ])('in %s', (info, text) => {
    expect(problemOf({ info, text })).toBeTruthy();
  });

  test.each([
    ['json', '{ "AccessKey": "AKIA…" }'],
    ['yaml', 'a: [1]'],
    ['sh', 'npm ci && npm run demo    # 400 days'],
  ])('and not in %s', (info, text) => {
    expect(problemOf({ info, text })).toBeUndefined();
  });
});

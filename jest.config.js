/**
 * Which test is in which project: folders and files below test/, without `.test.ts`. test/package/test-projects.test.ts requires each test to be in
 * exactly one project.
 *
 * `TEST_SCOPE` selects, see the test tasks in .projenrc.ts: `bounded` is `npm test`, `rest` is what it left out, `full` is everything. Without it,
 * `npx jest <file>` runs any file, and the search takes a sample (test/exhaustive/budget.ts).
 */
const PROJECTS = {
  /** Decisions, messages and single actions of the Lambda. Needs no bundle. */
  'unit': { always: ['rotator', 'contract'] },
  /** Templates of the minimum CDK; the package, the docs and the pictures. */
  'synth': {
    always: [
      'users', 'notifications', 'schedule', 'monitoring', 'function', 'demo', 'examples', 'package',
      'template/(?:limits/.*|bad-input|contract|deployment|logical-ids|partitions|scale)',
    ],
  },
  /** What differs first when the CDK changes, with the newest. cdk-nag supports no other one. */
  'synth-newest': { always: ['template/(?:contract|logical-ids|nag|scale)'] },
  /** The shipped bundle on a local AWS, and the local AWS itself. */
  'local-aws': {
    always: ['end-to-end/(?!lambda-nodes).*', 'conformance'],
    rest: ['end-to-end/lambda-nodes', 'local-aws', 'soak'],
  },
  /** Faults, orders of calls, random lives and thousands of users on the model of AWS. */
  'search': {
    always: ['exhaustive/(?:events|safeguards|single-faults)', 'simulate/(?!random-lives).*', 'load/(?!five-thousand).*'],
    sampled: ['exhaustive/(?:double-faults|interleavings|three-at-once)', 'simulate/random-lives'],
    rest: ['load/five-thousand'],
  },
  /** The examples, each with the package of its language. They mostly wait for compilers and downloads. */
  'languages': { always: ['languages'] },
};

const MORE = {
  'synth-newest': { moduleNameMapper: { '^aws-cdk-lib$': 'aws-cdk-lib-newest', '^aws-cdk-lib/(.*)$': 'aws-cdk-lib-newest/$1' } },
  'languages': { globalSetup: './test/languages/packages.ts', globalTeardown: './test/languages/tidy.ts' },
};

/** Only transpiles: `npm run typecheck` checks the types, once. */
const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
};

function testsOf({ always, sampled = [], rest = [] }, scope) {
  if (scope === 'bounded') return [...always, ...sampled];
  if (scope === 'rest') return [...sampled, ...rest];
  return [...always, ...sampled, ...rest];
}

function configOf(scope) {
  return {
    testTimeout: 3_600_000, // against hanging only: more than ten times what the longest search takes. No test has a limit of its own
    maxWorkers: '100%', // of two cores, jest would leave one idle
    projects: Object.entries(PROJECTS).filter(([, tests]) => testsOf(tests, scope).length > 0).map(([displayName, tests]) => ({
      displayName,
      transform,
      clearMocks: true,
      roots: ['<rootDir>/src', '<rootDir>/test'], // not the copies in .languages/ and .stryker-tmp/
      testRegex: testsOf(tests, scope).map((name) => `/test/${name}(?:/.*)?\\.test\\.ts$`),
      ...MORE[displayName],
    })),
  };
}

module.exports = configOf(process.env.TEST_SCOPE);

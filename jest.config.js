const { availableParallelism } = require('node:os');

/** Of end-to-end/, only each week: what they show changes rarely, and faster tests show some of it too. */
const WEEKLY_END_TO_END =
  'alarms|change-window|consumers/years|lambda-nodes|migration-import|migration-rotators|runbook-layouts';

/**
 * The tests of each project: folders and files below test/, without `.test.ts`. test/package/test-projects.test.ts
 * requires each test to be in exactly one.
 *
 * `TEST_SCOPE` selects, see the tasks in .projenrc.ts: `bounded` is `npm test`, `rest` is what CI runs after it, `full` is
 * everything, and runs each week, and `weekly` is what only `full` has. `long` tests are a sample in `bounded`, and whole
 * in `full`: like weekly ones, each takes minutes of a core. Without a scope, `npx jest <file>` runs any file, and a
 * sample of the search (test/exhaustive/budget.ts).
 */
const PROJECTS = {
  /** Decisions, messages and single actions of the Lambda. Needs no bundle. */
  unit: { always: ['rotator', 'contract'] },
  /** Templates of the minimum CDK; the package, the docs and the pictures. */
  synth: {
    always: [
      'users',
      'notifications',
      'schedule',
      'monitoring',
      'function',
      'demo',
      'examples',
      'package',
      'template/(?:limits/.*|aspects|bad-input|contract|deployment|logical-ids|lookups|nested|no-warnings|partitions|physical-names|untyped-callers)',
    ],
    weekly: ['template/scale'],
  },
  /** What differs first when the CDK changes, with the newest. */
  'synth-newest': {
    always: ['template/(?:aspects|contract|logical-ids|lookups|no-warnings|untyped-callers)'],
    weekly: ['function/precreated-roles', 'users/(?:consumers|removal-policies)', 'template/(?:nested|scale)'],
  },
  /** The shipped bundle and the program of clients/ on a local AWS, and the local AWS itself. */
  'local-aws': {
    always: [`end-to-end/(?!${WEEKLY_END_TO_END}).*`, 'conformance', 'clients/(?!kills).*'],
    long: ['clients/kills'],
    rest: ['integ/assumptions', 'local-aws'],
    weekly: [`end-to-end/(?:${WEEKLY_END_TO_END})`, 'integ/apps', 'soak'],
  },
  /** Faults, orders of calls, random lives and thousands of users on the model of AWS. */
  search: {
    always: [
      'exhaustive/(?:events|report-safeguards|safeguards|single-faults)',
      'simulate/(?!random-lives).*',
      'load/(?:day|digest|monday)',
    ],
    long: [
      'exhaustive/(?:double-faults|edits|exposures|forged-events|forged-labels|interleavings|lags|removal|three-at-once)',
      'load/version-limit',
      'simulate/random-lives',
    ],
    weekly: ['load/(?:deploy|five-thousand|many-on-monday)'],
  },
  /** The examples, each with the package of its language. They mostly wait for compilers and downloads. */
  languages: { always: ['languages/(?!package-managers).*'], weekly: ['languages/package-managers'] },
  /** What scanners of others find in the templates and in each day of a cycle. All but cdk-nag install Python packages. */
  judges: {
    always: ['judges/(?:cdk-nag|page)'],
    rest: ['judges/(?:cfn-nag|controls|prowler)'],
    weekly: ['judges/(?:suppressions|templates)'],
  },
};

const newestCdk = { moduleNameMapper: { '^aws-cdk-lib(/.*)?$': 'aws-cdk-lib-newest$1' } };

const MORE = {
  'synth-newest': newestCdk,
  judges: newestCdk,
  languages: { globalSetup: './test/languages/packages.ts', globalTeardown: './test/languages/tidy.ts' },
};

/** Only transpiles: `npm run typecheck` checks the types, once. */
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
  ],
};

function testsOf({ always, long = [], rest = [], weekly = [] }, scope) {
  if (scope === 'bounded') return [...always, ...long];
  if (scope === 'rest') return rest;
  if (scope === 'weekly') return weekly;
  return [...always, ...long, ...rest, ...weekly];
}

function configOf(scope) {
  return {
    testTimeout: 3_600_000, // only against hanging: far more than ten times what the longest test takes
    maxWorkers: availableParallelism() + 1, // tests on the local AWS wait for pauses of real time
    testSequencer: './test/search-first.js',
    projects: Object.entries(PROJECTS)
      .filter(([, tests]) => testsOf(tests, scope).length > 0)
      .map(([name, tests]) => ({
        displayName: name,
        transform,
        clearMocks: true,
        roots: ['<rootDir>/src', '<rootDir>/test'], // not the copies in .languages/ and .stryker-tmp/
        testRegex: testsOf(tests, scope).map((files) => `/test/${files}(?:/.*)?\\.test\\.ts$`),
        ...MORE[name],
      })),
  };
}

module.exports = configOf(process.env.TEST_SCOPE);

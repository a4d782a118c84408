/** The recipes of docs/consumers.md are what their tools accept. Custom resources: languages/manifests.test.ts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { oneOf, problemsOf, text, type Shape } from './shape';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'consumers.md'), 'utf8');

/** What the patch of a deployment may have. */
const PATCH: Shape = {
  metadata: { annotations: { 'secret.reloader.stakater.com/reload': text } },
  spec: {
    template: {
      spec: {
        containers: [
          { name: text, env: [{ name: text, value: text }], volumeMounts: [{ name: text, mountPath: text }] },
        ],
        volumes: [{ name: text, secret: { secretName: text } }],
      },
    },
  },
};

const snippets = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what YAML is
const documents: any[] = snippets('yaml').map((yaml) => parse(yaml));
const manifests = documents.filter(({ kind }) => kind);
const [github, gitlab, bitbucket, patch] = documents.filter(({ kind }) => !kind);
const [store, renewal, file] = manifests;

test('the store reads its credentials from the Secret that it renews, under the same names', () => {
  const { accessKeyIDSecretRef: id, secretAccessKeySecretRef: secret } = store.spec.provider.aws.auth.secretRef;

  expect([id.name, secret.name]).toEqual([renewal.spec.target.name, renewal.spec.target.name]);
  expect(renewal.spec.data.map((entry: { secretKey: string }) => entry.secretKey)).toEqual([id.key, secret.key]);
  for (const { spec } of [renewal, file]) expect(spec.secretStoreRef.name).toBe(store.metadata.name);
  const [, command] = /^kubectl create secret generic (.*)$/m.exec(PAGE)!;
  expect(command).toContain(`${id.name} --from-literal=${id.key}=`);
  expect(command).toContain(`--from-literal=${secret.key}=`);
});

test('the fields of the secret are those of a user without options', () => {
  for (const { spec } of [renewal, file]) {
    const properties = spec.data.map((entry: { remoteRef: { property: string } }) => entry.remoteRef.property);
    expect(properties).toEqual(['AccessKey', 'SecretKey']);
  }
});

test('the template of a credentials file uses the names that its data has', () => {
  const used = [...file.spec.target.template.data.cloud.matchAll(/\{\{ \.(\w+) \}\}/g)].map(([, name]) => name);

  expect(used).toEqual(file.spec.data.map((entry: { secretKey: string }) => entry.secretKey));
});

test('the crontab entry runs the program once a day', () => {
  const [, minute, hour, rest, command] = /^(\d+) (\d+) (\S+ \S+ \S+) (.*)$/m.exec(PAGE)!;

  expect([Number(minute) < 60, Number(hour) < 24, rest]).toEqual([true, true, '* * *']);
  expect(command).toBe('/usr/local/bin/aws-current-key --refresh >/dev/null');
});

test('the store keeps the Secret with its own key, and reads it often enough', () => {
  expect(renewal.spec.target.creationPolicy).toBe('Merge');
  for (const { spec } of [renewal, file]) expect(spec.refreshInterval).toBe('1h');
});

test('the patch of a deployment mounts the file that the second ExternalSecret writes, and restarts when it changes', () => {
  const secret = file.spec.target.name;
  const { containers, volumes } = patch.spec.template.spec;
  expect(problemsOf(patch, PATCH)).toEqual([]);
  expect(patch.metadata.annotations['secret.reloader.stakater.com/reload']).toBe(secret);
  expect(volumes[0]).toEqual({ name: containers[0].volumeMounts[0].name, secret: { secretName: secret } });
  const [key] = Object.keys(file.spec.target.template.data);
  expect(containers[0].env[0].value).toBe(`${containers[0].volumeMounts[0].mountPath}/${key}`);
});

/**
 * The fields that a recipe may use, from the references of the providers.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
 * @see https://docs.gitlab.com/ci/yaml/#id_tokens
 * @see https://support.atlassian.com/bitbucket-cloud/docs/step-options/
 */
const ROLE = /^arn:aws:iam::\d{12}:role\/[\w-]+$/;
const PIPELINES: readonly [string, unknown, Shape][] = [
  [
    'GitHub Actions',
    github,
    {
      on: { push: { branches: [text] } },
      permissions: { 'id-token': oneOf('write'), contents: oneOf('read') },
      jobs: {
        deploy: {
          'runs-on': text,
          steps: [
            { 'uses?': /^[\w-]+\/[\w-]+@v\d+$/, 'with?': { 'role-to-assume': ROLE, 'aws-region': text }, 'run?': text },
          ],
        },
      },
    },
  ],
  [
    'GitLab CI',
    gitlab,
    {
      deploy: {
        id_tokens: { AWS_TOKEN: { aud: text } },
        variables: { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: /^\// },
        script: [text],
      },
    },
  ],
];

test.each(PIPELINES)('%s: only fields that its syntax has', (_, pipeline, shape) => {
  expect(problemsOf(pipeline, shape)).toEqual([]);
});

test('Bitbucket Pipelines: only fields that its syntax has', () => {
  const { oidc, ...step } = bitbucket.pipelines.default[0].step;
  expect(oidc).toBe(true);
  expect(
    problemsOf(
      { ...bitbucket, pipelines: { default: [{ step }] } },
      { pipelines: { default: [{ step: { script: [text] } }] } },
    ),
  ).toEqual([]);
});

test('the steps of a pipeline are commands, and use the token and the role', () => {
  const steps: string[] = [...gitlab.deploy.script, ...bitbucket.pipelines.default[0].step.script];
  for (const step of steps) expect(spawnSync('sh', ['-n'], { input: step, encoding: 'utf8' }).stderr).toBe('');
  expect(gitlab.deploy.script[0]).toContain(`"$${Object.keys(gitlab.deploy.id_tokens)[0]}"`);
  expect(steps.filter((step) => step.includes('>"$AWS_WEB_IDENTITY_TOKEN_FILE"'))).toHaveLength(2);
  const audience = /clientIds: \['(.*)'\]/.exec(PAGE)![1];
  expect(gitlab.deploy.id_tokens.AWS_TOKEN.aud).toBe(audience);
});

test('the pipeline of Jenkins uses the profile of the installation before it', () => {
  const [groovy] = snippets('groovy');
  const count = (character: string) => groovy.split(character).length;
  expect(count('{')).toBe(count('}'));
  const profile = /AWS_PROFILE = '(.*)'/.exec(groovy)![1];
  expect(PAGE).toMatch(new RegExp(`^sudo -u jenkins aws-current-key --install .* --profile ${profile} --stdin$`, 'm'));
  for (const [, step] of groovy.matchAll(/sh '(.*?)'/g)) {
    expect(spawnSync('sh', ['-n'], { input: step, encoding: 'utf8' }).stderr).toBe('');
  }
});

describe('a timer that runs the program once a day', () => {
  const REFRESH = ['/usr/local/bin/aws-current-key', '--refresh'];
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'timers-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** `{ section: { name: value } }` of a file without repeated names. */
  const iniOf = (ini: string): Record<string, Record<string, string>> => {
    const sections = ini.split(/^(?=\[)/m).map((section) => {
      const [head, ...lines] = section.trim().split('\n');
      expect(lines.every((line) => /^[A-Z]\w+=.+$/.test(line))).toBe(true);
      return [/^\[(\w+)\]$/.exec(head)![1], Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)))];
    });
    return Object.fromEntries(sections);
  };

  test('systemd', () => {
    const [service, timer] = snippets('ini');

    expect(iniOf(service).Service.ExecStart).toBe(REFRESH.join(' '));
    expect(iniOf(service).Service).toMatchObject({ Type: 'oneshot', User: expect.stringMatching(/./) });
    expect(iniOf(timer).Timer).toMatchObject({ OnCalendar: 'daily', Persistent: 'true' });
    expect(iniOf(timer).Install).toEqual({ WantedBy: 'timers.target' });
    expect(PAGE).toContain('systemctl enable --now aws-current-key.timer');
    // It checks users and programs of this machine as well.
    const units = {
      'aws-current-key.service': service.replace(REFRESH[0], '/bin/true'),
      'aws-current-key.timer': timer,
    };
    for (const [name, unit] of Object.entries(units)) {
      writeFileSync(join(directory, name), unit.replace(/^User=.*\n/m, ''));
    }
    const { error, stderr } = spawnSync('systemd-analyze', ['verify', join(directory, 'aws-current-key.timer')], {
      encoding: 'utf8',
    });
    if (error) console.log('This machine has no systemd-analyze, so only names and values are compared.');
    else expect(stderr.split('\n').filter((line) => line.includes('aws-current-key'))).toEqual([]);
  });

  test('launchd', () => {
    const [plist] = snippets('xml');
    const program = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: plist, encoding: 'utf8' });

    expect(stderr).toBe('');
    const path = '/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin';
    expect(JSON.parse(stdout)).toEqual({
      Label: 'aws-current-key',
      ProgramArguments: REFRESH,
      EnvironmentVariables: { PATH: path },
      StartCalendarInterval: { Hour: 6, Minute: 17 },
    });
  });

  test('Windows Task Scheduler', () => {
    const [command] = snippets('bat');
    const [program, ...words] = command.trim().match(/"[^"]*"|\S+/g)!;
    const options = Object.fromEntries(
      words
        .join(' ')
        .split(/ ?(?=\/[A-Z]+)/)
        .map((option) => option.split(/ (.*)/)),
    );

    expect(program).toBe('schtasks');
    expect(options).toEqual({
      '/Create': undefined,
      '/TN': 'aws-current-key',
      '/SC': 'DAILY',
      '/ST': expect.stringMatching(/^\d\d:\d\d$/),
      '/TR': '"wsl.exe aws-current-key --refresh"',
    });
  });
});

describe('a wrong manifest is found', () => {
  test.each([
    ['metadata.name is missing', { kind: 'x', metadata: {} }],
    ['metadata.label is no field', { kind: 'x', metadata: { name: 'a', label: 'b' } }],
    ['kind is "y"', { kind: 'y', metadata: { name: 'a' } }],
    ['list is no list', { kind: 'x', metadata: { name: 'a' }, list: {} }],
    ['list.0.a is 1', { kind: 'x', metadata: { name: 'a' }, list: [{ a: 1 }] }],
  ])('%s', (problem, manifest) => {
    const shape: Shape = { kind: oneOf('x'), metadata: { name: text }, 'list?': [{ a: text }] };

    expect(problemsOf(manifest, shape)).toEqual([problem]);
  });
});

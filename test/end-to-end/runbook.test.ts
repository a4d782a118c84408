/**
 * docs/runbook.md: its form, what it prints where a name is missing or wrong, and each block in one of the layouts.
 * runbook-layouts.test.ts runs each block in each layout.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { type Block, type Names, pasteEach, Runbook } from './operator';
import { RULES, RUNBOOK, testAlarms, testDeploys, testPeople, USER_STACKS } from './runbook-suite';
import { LocalAws, STACK } from './support';
import { AccessKeyRotation, DigestFrequency, RotationTrigger } from '../../src';
import { DigestSchedule } from '../../src/notifications/digest-schedule';
import { ScheduledCheck } from '../../src/schedule/check-scheduler';
import { attackSequence, exposed, exposedIn2016, finding } from '../rotator/reports';

const runbook = new Runbook(RUNBOOK);
const PAGE = 'docs/runbook.md';
const SET_THE_NAMES = `${PAGE}#set-the-names`;

/** The sections about a problem. */
const problems = runbook.sections.filter(
  ({ anchor }) => !['find-the-section', 'set-the-names', 'overview'].includes(anchor),
);
const commands = runbook.sections
  .filter(({ anchor }) => anchor !== 'set-the-names')
  .flatMap(({ anchor, blocks }) => blocks.filter(({ kind }) => kind !== 'names').map((block) => ({ anchor, block })));
const functions = runbook.blocks('set-the-names', 'step')[0].code;

describe('the page', () => {
  test('has the sections that alarms and messages link to, and its own links lead to sections', () => {
    const anchors = runbook.sections.map(({ anchor }) => anchor);
    const links = runbook.sections.flatMap(({ text }) =>
      [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor),
    );

    expect(anchors).toEqual(
      expect.arrayContaining([
        'overdue-keys',
        'over-limit',
        'failed-checks',
        'dead-letters',
        'checks-missing',
        'unchecked-users',
        'key-cleanup-failed',
        'throttled',
        'notification-failures',
        ...links,
      ]),
    );
    expect(links).toEqual(expect.arrayContaining(problems.map(({ anchor }) => anchor)));
  });

  test.each(problems.map((section) => [section.title, section] as const))(
    '%s: begins with what to paste first, then symptom, cause, steps, and how to verify',
    (_title, { anchor, text }) => {
      expect(text).toMatch(/^## .*\n\nPaste \[Set the names\]\(#set-the-names\) first\./);
      expect([...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, part]) => part)).toEqual([
        'Symptom',
        'Cause',
        'Steps',
        'Verify',
      ]);
      expect(runbook.blocks(anchor, 'verify')).toHaveLength(1);
    },
  );

  test('names to fill in are empty, in one block at the start of a section', () => {
    for (const { title, blocks } of problems) {
      const kinds = blocks.map(({ kind }) => kind);
      expect([title, kinds.lastIndexOf('names')]).toEqual([title, kinds.includes('names') ? 0 : -1]);
    }
    const assigned = commands.flatMap(({ block }) => [...block.code.matchAll(/^([A-Z_]+)=(?!\$)/gm)]);
    expect(assigned).toEqual([]);
  });

  test('no command writes to /dev/stdout, which garbles a file that stdout is', () => {
    expect(runbook.sections.map(({ text }) => text).join('')).not.toContain('/dev/stdout');
  });
});

describe('dead letters: sent again is what has the whole form of a scheduled check or of a digest', () => {
  const PREFIX = 'akr-00000000-11111111-';
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await LocalAws.start();
  });
  afterAll(() => aws.emulator.stop());

  /** Runs the block with a queue of these messages. @returns what is sent to the function, and what is kept */
  async function redrive(bodies: readonly string[], input = ''): Promise<{ sent: string[]; kept: string[] }> {
    const directory = mkdtempSync(join(tmpdir(), 'queue-'));
    for (const name of ['queue', 'received']) mkdirSync(join(directory, name));
    const nameOf = (index: number) => `${index}`.padStart(3, '0');
    bodies.forEach((body, index) => writeFileSync(join(directory, 'queue', nameOf(index)), body));
    writeFileSync(join(directory, 'input'), input);
    writeFileSync(join(directory, 'sent'), '');
    await aws.shell(`cd '${directory}'
      FUNCTION=f QUEUE=q PREFIX=${PREFIX}
      aws() {
        local handle
        case "$1 $2" in
          'sqs receive-message')
            handle=$(ls queue | head -n 1)
            if [ -z "$handle" ]; then echo None; return; fi
            printf '%s\\t%s\\n' "$handle" "$(cat queue/$handle)"
            mv queue/$handle received/ ;;
          'sqs delete-message') rm "received/\${@: -1}" ;;
          'events list-targets-by-rule') cat input ;;
        esac
      }
      invoke() { printf '%s\\0' "$1" >> sent; echo '{}'; }
      ${runbook.blocks('dead-letters', 'step')[1].code}`);
    const kept = readdirSync(join(directory, 'received')).map((name) => bodies[Number(name)]);
    return { sent: readFileSync(join(directory, 'sent'), 'utf8').split('\0').slice(0, -1), kept };
  }

  /** The inputs of all rules, or of all schedules. */
  const inputsOf = (trigger: RotationTrigger) => {
    const stack = new Stack(new App(), STACK);
    const names = ['alice', `${'x'.repeat(57)}_+=,.@-`, new CfnParameter(stack, 'Name').valueAsString];
    new AccessKeyRotation(stack, 'Rotation', {
      trigger,
      users: names.map((userName, index) => ({ userName, id: `User${index}`, secretName: `secret-${index}` })),
      digestFrequency: DigestFrequency.DAILY,
    });
    const { Resources } = Template.fromStack(stack).toJSON();
    return Object.values<{ Properties: any }>(Resources).flatMap(({ Properties }) => {
      const input = Properties?.Targets?.[0].Input ?? Properties?.Target?.Input;
      if (input === undefined) return [];
      return typeof input === 'string' ? [input] : [input['Fn::Join'][1].map((part: any) => part.Ref ?? part).join('')];
    });
  };

  /** The inputs of digests in parts. */
  const digestsOf = (frequency: DigestFrequency) => {
    const stack = new Stack();
    const inputs: string[] = [];
    const schedule = (_scope: Construct, _id: string, { input }: ScheduledCheck): any => inputs.push(input);
    new DigestSchedule(stack, { schedule }, frequency).ensureParts(10_001);
    return inputs.map((input) => stack.resolve(input) as string);
  };

  const asSent = [
    ...inputsOf(RotationTrigger.eventBridgeRules()),
    ...inputsOf(RotationTrigger.eventBridgeScheduler()),
    ...Object.values(DigestFrequency).flatMap(digestsOf),
  ];
  const CHECK = '{"action":"create","username":"bob","ifDue":true}';
  const REVOKE = '"action":"revoke","username":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE"';

  test('all that rules and schedules of a rotation send', async () => {
    expect(asSent).toHaveLength(2 * (3 * 3 + 1) + 3 * 11);
    const spaced = asSent.map((body) => body.replace(/(?<=[:,])(?=["\dt])/g, ' ')); // as another serializer writes it
    expect(spaced).toContain('{"action": "create", "username": "alice", "ifDue": true}');

    const all = [...asSent, ...spaced];
    expect(await redrive(all)).toEqual({ sent: all, kept: [] });
  });

  test('what the target of a rule of the rotation has, if the queue has the event of the rule', async () => {
    const ofRule = (rule: string) =>
      JSON.stringify({
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        resources: [`arn:aws:events:us-east-1:111122223333:rule/${rule}`],
      });
    const own = ofRule(`${PREFIX}bob-01234567-create`);
    expect(await redrive([own], CHECK)).toEqual({ sent: [CHECK], kept: [] });
    expect(await redrive([own], 'None')).toEqual({ sent: [], kept: [own] });
    expect(await redrive([own], `{${REVOKE}}`)).toEqual({ sent: [], kept: [own] });

    const others = [ofRule('another-rule'), ofRule(`${PREFIX}$(touch x)`), ofRule(`${PREFIX}a b`), ofRule('')];
    expect(await redrive(others, CHECK)).toEqual({ sent: [], kept: others });
  });

  test('nothing else, which other principals can write into the queue', async () => {
    const forged = [
      '{"action":"create","username":"bob"}',
      `{${REVOKE}}`,
      `{${REVOKE},"ifDue":true}`,
      `{${REVOKE},"ifDue":true,"ifDue":false}`,
      `{"ifDue":true,${REVOKE},"ifDue":false}`,
      '{"action":"rollback","username":"bob","ifDue":true}',
      '{"action":"status","username":"bob","ifDue":true}',
      '{"action":"create","username":"bob","ifDue":true,"ifDue":false}',
      '{"action":"create","username":"bob","ifDue":true,"action":"rollback"}',
      '{"action":"create","username":"bob","ifDue":true,"username":"eve"}',
      '{"action":"create","username":"bob","ifDue":true,"dryRun":true}',
      '{"action":"create","username":"b\\u006fb","ifDue":true}',
      '{"action":"create","username":"bob\\",\\"ifDue","ifDue":true}',
      '{"action":"digest","ifDue":true}',
      '{"action":"digest","part":1}',
      '{"action":"digest","action":"rollback","username":"bob"}',
      `{"action":"digest"}\n{${REVOKE}}`,
      `${CHECK}\n{${REVOKE}}`,
      `\n${CHECK}`,
      `\t${CHECK}`,
      `[${CHECK}]`,
      'file:///etc/hostname#"ifDue":true',
      `{"detail-type":"Scheduled Event","x":"ifDue",${REVOKE},"ifDue":true}`,
      ...[exposed(), exposedIn2016(), finding(), attackSequence()].map((report) => JSON.stringify(report)),
      '{"source":"aws.health","ifDue":true}',
      'None',
    ];
    expect(await redrive([...forged, CHECK])).toEqual({ sent: [CHECK], kept: forged });
  });

  test('a request of CloudFormation is deleted, and not sent', async () => {
    const request = `{"RequestType":"Delete","ResourceProperties":${CHECK}}`;
    expect(await redrive([request, CHECK])).toEqual({ sent: [CHECK], kept: [] });
  });
});

describe('names that are missing or wrong', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await LocalAws.start();
  });
  afterAll(() => aws.emulator.stop());

  const NAMES = { STACK, REGION: 'us-east-1' };
  const setNames = (names: Names) => `${runbook.fillIn('set-the-names', names)}${functions}`;
  /** What each of the blocks prints that is pasted after another text. */
  const printedAfter = async (text: string, blocks: readonly Block[]) =>
    (await pasteEach(aws, [text, ...blocks.map(({ code }) => code)])).slice(1);
  const deploy = async (...ids: string[]) =>
    aws.deploy(
      () => ({ users: [{ userName: 'alice' }] }),
      (stack) => ids.forEach((id) => new AccessKeyRotation(stack, id, { users: [{ userName: id }], alarms: false })),
    );

  test('without any name, each block leads to "Set the names"', async () => {
    const blocks = commands.map(({ block }) => block);
    const printed = await printedAfter('aws() { false; }', blocks);

    const lost = blocks.filter((_, index) => !printed[index].includes(SET_THE_NAMES));
    expect(lost.map(({ line }) => line)).toEqual([]);
  });

  test('without a name of its section, each block leads to the page, and calls nothing', async () => {
    const own = commands.filter(({ anchor, block }) =>
      runbook
        .blocks(anchor, 'names')
        .some(({ code }) =>
          [...code.matchAll(/^([A-Z_]+)=/gm)].some(([, name]) => new RegExp(`\\$${name}\\b`).test(block.code)),
        ),
    );
    expect(own.length).toBeGreaterThan(30);
    const printed = await printedAfter(
      `${functions.replace(/^set_names$/m, '')}
      FUNCTION=f LOGS=l GROUP= REGION=us-east-1 TOPIC=t QUEUE=q
      aws() { echo "called: $*"; }`,
      own.map(({ anchor, block }) => ({ ...block, code: `${runbook.fillIn(anchor, {})}${block.code}` })),
    );

    for (const [index, { block }] of own.entries()) {
      expect([block.line, printed[index]]).toEqual([block.line, expect.stringContaining(PAGE)]);
      expect(printed[index]).not.toContain('called: lambda');
    }
  });

  test('before the first deploy', async () => {
    const [printed, left] = await pasteEach(aws, [setNames(NAMES), 'echo "<${FUNCTION-}>"']);

    expect(printed).toContain(`STACK="${STACK}" must be deployed in REGION="us-east-1"`);
    expect(printed).toContain(SET_THE_NAMES);
    expect(left).toBe('<>\n');
  });

  test('when the first deploy failed, the sections about it work', async () => {
    await aws.makeUser('alice', 0);
    const [, ofUser, ofSecret] = await pasteEach(aws, [
      setNames(NAMES),
      `${runbook.fillIn('owned-by-another-rotation', { USER_NAME: 'alice' })}
       ${runbook.blocks('owned-by-another-rotation', 'step')[0].code}`,
      `${runbook.fillIn('a-secret-of-that-name-exists', { SECRET: 'alice' })}
       ${runbook.blocks('a-secret-of-that-name-exists', 'step')[0].code}`,
    ]);

    expect(ofUser.trim()).toBe('');
    expect(ofSecret).toContain('ResourceNotFoundException');
    expect(ofSecret).toContain(PAGE);
    await aws.reset();
  });

  describe('of a stack with two rotations', () => {
    beforeAll(() => deploy('Another'));

    test.each<[string, Names, string]>([
      ['no stack', { ...NAMES, STACK: '' }, 'STACK and REGION must not be empty'],
      ['no region', { STACK }, 'STACK and REGION must not be empty'],
      ['another stack', { ...NAMES, STACK: 'Tset' }, 'STACK="Tset" must be deployed in REGION="us-east-1"'],
      ['another region', { STACK, REGION: 'eu-west-1' }, `STACK="${STACK}" must be deployed in REGION="eu-west-1"`],
      ['no rotation', NAMES, 'ROTATION="" must be one of: Another, Rotation'],
      ['another rotation', { ...NAMES, ROTATION: 'Rotatoin' }, 'ROTATION="Rotatoin" must be one of: Another, Rotation'],
      [
        'no user stack',
        { ...NAMES, ROTATION: 'Another', USER_STACKS: 'Users' },
        'USER_STACKS="Users" must be deployed',
      ],
    ])(
      '%s: it says which name is wrong, and leaves no name that a block could use',
      async (_case, names, complaint) => {
        const { blocks } = runbook.section('overview');
        const [printed, ...after] = await pasteEach(aws, [
          `${setNames({ ...NAMES, ROTATION: 'Another' })}\necho; ${setNames(names)}`,
          ...blocks.map(({ code }) => code),
        ]);

        expect(printed).toContain(`Found rotation Another of stack ${STACK} in us-east-1`);
        expect(printed).toContain(complaint);
        expect(printed).toContain(SET_THE_NAMES);
        for (const output of after) expect(output).toContain(SET_THE_NAMES);
      },
    );

    test('a user, key, secret or topic that does not exist: each block that fails leads to the page', async () => {
      const wrong: Names = {
        USER_NAME: 'unknown',
        KEY_ID: 'AKIANOSUCHKEY0000000',
        SECRET: 'no-such-secret',
        CHECK: 'akr-00000000-unknown-00000000-create',
        TOKEN: 'no-such-token',
      };
      const nothingToFind = [/cloudtrail/, /force-delete/, /last-used/, /sns subscribe/]; // an answer without a result
      const own = commands.filter(
        ({ block }) =>
          Object.keys(wrong).some((name) => new RegExp(`\\$${name}\\b`).test(block.code))
          && !nothingToFind.some((command) => command.test(block.code)),
      );
      expect(own.length).toBeGreaterThan(25);
      const assignments = Object.entries(wrong).map(([name, value]) => `${name}=${value}`);
      const printed = await printedAfter(
        `${setNames({ ...NAMES, ROTATION: 'Another' })}\nexport AWS_MAX_ATTEMPTS=1 ${assignments.join(' ')}`,
        own.map(({ block }) => block),
      );

      const lost = own.filter((_, index) => !printed[index].includes(PAGE));
      expect(lost.map(({ block }) => block.line)).toEqual([]);
    });

    test('rules or stacks that cannot be listed: no check is reported as missing', async () => {
      const denied = ['aws() { problem "denied."; }', 'stack_resources() { return 1; }'];
      const [, ...printed] = await pasteEach(aws, [
        setNames({ ...NAMES, ROTATION: 'Another' }),
        ...denied.map((command) => `(${command}; missing_checks)`),
      ]);

      for (const output of printed) {
        expect(output).toContain(SET_THE_NAMES);
        expect(output).not.toContain('akr-');
      }
    });

    test('a stack without a rotation', async () => {
      await aws.shell(
        `aws cloudformation create-stack --stack-name Other --template-body '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'`,
      );
      const [printed] = await pasteEach(aws, [setNames({ ...NAMES, STACK: 'Other' })]);

      expect(printed).toContain('STACK="Other" must be the stack of the rotation');
      expect(printed).toContain(SET_THE_NAMES);
    });
  });
});

testAlarms(runbook, USER_STACKS);
testPeople(runbook, USER_STACKS);
testDeploys(runbook, RULES);

test('each block of the page ran', () => {
  expect(runbook.neverRun).toEqual([]);
});

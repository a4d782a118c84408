/** Who asks, who decides, and what is done: a rotation as boxes and arrows. Pure. */
import type { Architecture } from './architecture';
import { MONOSPACED, svg, text, TONES } from './theme';

const WIDTH = 1000;
const MARGIN = 24;
const LINE_HEIGHT = 17;
const GAP = 18;

interface Box {
  readonly title: string;
  readonly lines: readonly string[];
  /** Resource types that it is made of. */
  readonly types?: readonly string[];
  /** Prefix of the calls that the Lambda may make to it. */
  readonly calls?: string;
  /** The arrow between it and the Lambda: what goes along it. */
  readonly arrow?: string;
}

const TRIGGERS: readonly Box[] = [
  {
    title: 'Rules or schedules',
    lines: ['three a user, once a day each:', 'create, deactivate or delete, if due'],
    types: ['AWS::Events::Rule', 'AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
    arrow: 'ask',
  },
  { title: 'A person', lines: ['rotate now, revoke a leaked key,', 'go back, ask how a user stands'], arrow: 'asks' },
  {
    title: 'CloudFormation',
    lines: ['first key at deploy, keys gone', 'when a created user is removed'],
    types: ['Custom::AccessKeyRotationFirstKey'],
    arrow: 'asks',
  },
];

const ROTATOR: Box = {
  title: 'Rotation Lambda',
  lines: [
    'decides if a step is due,',
    'by the age of the keys on',
    "IAM's clock and by its",
    'ledger. A check that comes',
    'late or twice moves no key',
    'before its time.',
    '',
    'One for all users; bundled,',
    'so nobody needs a bundler.',
  ],
  types: ['AWS::Lambda::Function', 'AWS::Lambda::Permission', 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'],
};

const SERVICES: readonly Box[] = [
  {
    title: 'IAM',
    lines: ['two keys a user at most'],
    types: ['AWS::IAM::User', 'AWS::IAM::Policy'],
    calls: 'iam',
    arrow: 'acts',
  },
  { title: 'STS', lines: ['GetCallerIdentity, signed with the new key:', 'does it work?'], arrow: 'proves' },
  {
    title: 'Secrets Manager',
    lines: ['the key; in its staging labels, the ledger.', 'Read by the user, and by whom you let'],
    types: ['AWS::SecretsManager::Secret', 'AWS::SecretsManager::ResourcePolicy'],
    calls: 'secretsmanager',
    arrow: 'publishes',
  },
  {
    title: 'SNS',
    lines: ['tells people'],
    types: ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::SNS::Subscription'],
    calls: 'sns',
    arrow: 'tells',
  },
  { title: 'EventBridge, default bus', lines: ['tells machines'], calls: 'events', arrow: 'tells' },
  {
    title: 'CloudWatch and SQS',
    lines: ['log, metrics, alarms, a dashboard; and the', 'events that it could not handle'],
    types: [
      'AWS::Logs::LogGroup',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
    ],
    arrow: 'reports',
  },
];

/** What the picture shows, to be compared with what is synthesized. */
export const SHOWN = [...TRIGGERS, ROTATOR, ...SERVICES].flatMap(({ types = [] }) => types).sort();

/** A box with its place. */
interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly drawing: readonly string[];
  readonly arrow?: string;
}

export function architecturePicture({ calls }: Architecture): string {
  const right = column(SERVICES, { x: 632, width: WIDTH - MARGIN - 632 }, calls);
  const height = Math.max(...right.map((box) => box.y + box.height)) + MARGIN;
  const left = column(TRIGGERS, { x: MARGIN, width: 256 }, calls, height);
  const [lambda] = column([ROTATOR], { x: 340, width: 212 }, calls, height);
  return svg(
    {
      width: WIDTH,
      height,
      label:
        'Rules, people and CloudFormation ask; the Lambda decides, and acts on IAM, Secrets Manager, SNS and EventBridge',
    },
    [
      '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
      `<path d="M0 0 L8 4 L0 8 z" fill="${TONES.blue}"/></marker></defs>`,
      ...left.flatMap((box) => arrow(box.x + box.width, lambda.x, box)),
      ...right.flatMap((box) => arrow(lambda.x + lambda.width, box.x, box)),
      ...[...left, lambda, ...right].flatMap(({ drawing }) => drawing),
    ],
  );
}

/** Boxes below each other; over a whole height, if there is one: one box as high as that, or several with gaps. */
function column(
  boxes: readonly Box[],
  { x, width }: Pick<Placed, 'x' | 'width'>,
  calls: readonly string[],
  total?: number,
): Placed[] {
  const contents = boxes.map((box) => contentOf(box, width, calls));
  const needed = contents.map((lines) => 38 + lines.length * LINE_HEIGHT);
  const left = (total ?? 0) - 2 * MARGIN - needed.reduce((sum, height) => sum + height, 0);
  const heights = boxes.length === 1 ? [needed[0] + left] : needed;
  const gap = total === undefined ? GAP : left / (boxes.length - 1);
  return boxes.map(({ title, arrow: label }, index) => {
    const y = Math.round(MARGIN + heights.slice(0, index).reduce((sum, height) => sum + height + gap, 0));
    const place = { x, y, width, height: heights[index] };
    return {
      ...place,
      arrow: label,
      drawing: draw(title, contents[index], place, (heights[index] - needed[index]) / 2),
    };
  });
}

interface Line {
  readonly content: string;
  readonly attributes: string;
}

function contentOf({ lines, calls: prefix, types = [] }: Box, width: number, calls: readonly string[]): Line[] {
  const own = calls.filter((call) => call.startsWith(`${prefix}:`)).map((call) => call.slice(call.indexOf(':') + 1));
  const made = types.map((type) => type.split('::').at(-1)!);
  return [
    ...lines.map((content) => ({ content, attributes: '' })),
    ...wrapped(own, Math.floor((width - 24) / 6.7)).map((content) => ({
      content,
      attributes: `class="faint" font-family="${MONOSPACED}" font-size="11"`,
    })),
    ...wrapped(made, Math.floor((width - 24) / 5.9)).map((content) => ({
      content,
      attributes: 'class="faint" font-size="11" font-style="italic"',
    })),
  ];
}

function wrapped(words: readonly string[], room: number): string[] {
  return words.reduce<string[]>((lines, word, index) => {
    const piece = index < words.length - 1 ? `${word},` : word;
    const joined = lines.length === 0 ? piece : `${lines.at(-1)} ${piece}`;
    return lines.length > 0 && joined.length <= room ? [...lines.slice(0, -1), joined] : [...lines, piece];
  }, []);
}

function draw(
  title: string,
  lines: readonly Line[],
  { x, y, width, height }: Omit<Placed, 'drawing' | 'arrow'>,
  down: number,
): string[] {
  return [
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    text(x + 12, y + down + 22, title, 'font-weight="600" font-size="14"'),
    ...lines.flatMap(({ content, attributes }, index) =>
      content === '' ? [] : [text(x + 12, y + down + 24 + (index + 1) * LINE_HEIGHT, content, attributes)],
    ),
  ];
}

function arrow(from: number, to: number, { y, height, arrow: label = '' }: Placed): string[] {
  const level = Math.round(y + height / 2);
  return [
    `<path d="M${from} ${level} H${to - 2}" stroke="${TONES.blue}" stroke-width="1.5" marker-end="url(#head)"/>`,
    text((from + to) / 2 - 3, level - 7, label, 'class="faint" font-size="12" text-anchor="middle"'),
  ];
}

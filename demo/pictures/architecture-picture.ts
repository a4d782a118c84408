/** Draws the parts of a rotation as boxes, and the calls between them as arrows. */
import type { Architecture } from './architecture';
import { MONOSPACED, svg, text, TONES } from './theme';

const WIDTH = 1000;
const MARGIN = 24;
const LINE_HEIGHT = 17;
const GAP = 18;

interface Box {
  readonly title: string;
  readonly lines: readonly string[];
  /** Types of its resources. */
  readonly types?: readonly string[];
  /** Prefix of the actions that the function is allowed to call. */
  readonly calls?: string;
  /** Label of the arrow between it and the function. */
  readonly arrow?: string;
}

const TRIGGERS: readonly Box[] = [
  {
    title: 'Rules or schedules',
    lines: ['three per user, once a day each:', 'create, deactivate or delete, if due'],
    types: ['AWS::Events::Rule', 'AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
    arrow: 'invoke',
  },
  {
    title: 'A person',
    lines: ['create a key now, revoke a leaked', 'key, roll back, get the status'],
    arrow: 'invokes',
  },
  {
    title: 'CloudFormation',
    lines: ['issue the first key at deploy,', 'delete the keys of a removed user'],
    types: ['Custom::AccessKeyRotationFirstKey'],
    arrow: 'invokes',
  },
];

const ROTATOR: Box = {
  title: 'Rotation function',
  lines: [
    'decides if a step is due, by',
    "the age of the keys on IAM's",
    'clock and by the ledger.',
    'A late or repeated check',
    'changes no key too early.',
    '',
    'One function for all users.',
    'Its code is bundled in the',
    'package.',
  ],
  types: [
    'AWS::Lambda::Function',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Permission',
    'AWS::IAM::Role',
    'AWS::IAM::ManagedPolicy',
  ],
};

const SERVICES: readonly Box[] = [
  {
    title: 'IAM',
    lines: ['at most two keys per user'],
    types: ['AWS::IAM::User', 'AWS::IAM::Policy'],
    calls: 'iam',
    arrow: 'calls',
  },
  { title: 'STS', lines: ['GetCallerIdentity, signed with the new key,', 'until AWS accepts it'], arrow: 'verifies' },
  {
    title: 'Secrets Manager',
    lines: ['the key; the ledger is in its staging labels.', 'Read by the user and by principals you allow'],
    types: ['AWS::SecretsManager::Secret', 'AWS::SecretsManager::ResourcePolicy'],
    calls: 'secretsmanager',
    arrow: 'publishes',
  },
  {
    title: 'SNS',
    lines: ['notifies people'],
    types: ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::SNS::Subscription'],
    calls: 'sns',
    arrow: 'notifies',
  },
  { title: 'EventBridge, default bus', lines: ['notifies programs'], calls: 'events', arrow: 'notifies' },
  {
    title: 'CloudWatch and SQS',
    lines: ['log, metrics, alarms, a dashboard, and a', 'dead-letter queue for failed events'],
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

/** The resource types in the picture, for comparison with the synthesized types. */
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
        'Rules, people and CloudFormation invoke the function; it decides, and calls IAM, Secrets Manager, SNS and EventBridge',
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

/** Places boxes below each other. With a total height, one box has that height, and several have equal gaps. */
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
  const actions = calls
    .filter((call) => call.startsWith(`${prefix}:`))
    .map((call) => call.slice(call.indexOf(':') + 1));
  const resources = types.map((type) => type.split('::').at(-1)!);
  return [
    ...lines.map((content) => ({ content, attributes: '' })),
    ...wrapped(actions, Math.floor((width - 24) / 6.7)).map((content) => ({
      content,
      attributes: `class="faint" font-family="${MONOSPACED}" font-size="11"`,
    })),
    ...wrapped(resources, Math.floor((width - 24) / 5.9)).map((content) => ({
      content,
      attributes: 'class="faint" font-size="11" font-style="italic"',
    })),
  ];
}

function wrapped(words: readonly string[], maxLength: number): string[] {
  return words.reduce<string[]>((lines, word, index) => {
    const piece = index < words.length - 1 ? `${word},` : word;
    const joined = lines.length === 0 ? piece : `${lines.at(-1)} ${piece}`;
    return lines.length > 0 && joined.length <= maxLength ? [...lines.slice(0, -1), joined] : [...lines, piece];
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

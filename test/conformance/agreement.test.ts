/** The same scenarios on the model and on the emulator: both must show the same behaviour. */
import { deployUsers, emulatorWorld } from './emulator-world';
import { Life } from './life';
import { LIVES, LifeStory } from './lives';
import { modelWorld } from './model-world';
import { RULES } from './rules';
import { Transcript } from './transcript';
import { World } from './world';
import { Emulator } from '../local-aws/emulator';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

let emulator: Emulator;

const userOf = (index: number) => `user-${index}`;

beforeAll(async () => {
  emulator = await Emulator.start({ startAt: new Date('2026-01-01T00:00:00Z') });
  await deployUsers(
    emulator,
    [...RULES, ...LIVES].map((_, index) => userOf(index)),
  );
});

afterAll(() => emulator?.stop());

async function transcriptOf(world: World, play: (on: Transcript, world: World) => Promise<unknown>): Promise<string[]> {
  const transcript = new Transcript(world);
  await play(transcript, world);
  return transcript.lines;
}

describe('a rule of AWS', () => {
  test.each(RULES.map((rule, index) => ({ ...rule, index })))('$name', async ({ play, shows, index }) => {
    const model = await transcriptOf(modelWorld(), play);
    const http = await transcriptOf(await emulatorWorld(emulator, userOf(index)), play);
    expect(model).toEqual(http);
    expect(http).toEqual(expect.arrayContaining([...shows]));
  });
});

async function played(
  world: World,
  { days }: LifeStory,
): Promise<{ lines: string[]; outcomes: string[]; keys: string }> {
  const transcript = new Transcript(world);
  const life = new Life(world, transcript);
  for (const [day, ...events] of days) {
    await world.passTo(day * 24);
    for (const event of events) await event(life);
  }
  await transcript.accessKeys.list();
  return {
    lines: transcript.lines,
    outcomes: life.outcomes,
    keys: transcript.lines.at(-1)!.replace(/^list: (.*) at \d+h$/, '$1'),
  };
}

describe('a life', () => {
  test.each(LIVES.map((story, index) => ({ ...story, index: RULES.length + index })))(
    '$name',
    async ({ index, ...story }) => {
      const model = await played(modelWorld(), story);
      const http = await played(await emulatorWorld(emulator, userOf(index)), story);
      expect(model).toEqual(http);
      expect(http).toMatchObject({ outcomes: story.outcomes, keys: story.keys });
    },
  );
});

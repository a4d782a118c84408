/** Whoever reads docs/runbook.md and pastes its commands into a shell: what is in it, and what was run of it. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAws } from './support';

const SEE = '**How to see that it is mended.**';

/** A block of commands. */
interface Block {
  readonly code: string;
  readonly line: number;
  /** Whether it shows that the trouble is mended. */
  readonly sees: boolean;
  ran: boolean;
}

interface Section {
  readonly title: string;
  readonly anchor: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export class Runbook {
  public readonly sections: readonly Section[];

  constructor(file: string) {
    const [, ...chapters] = readFileSync(file, 'utf8').split(/^(?=## )/m);
    let line = readFileSync(file, 'utf8').split(/^## /m)[0].split('\n').length;
    this.sections = chapters.map((text) => {
      const title = /^## (.*)$/m.exec(text)![1];
      const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => {
        if (language !== 'sh') throw new Error(`${title}: a block of "${language}", which no test runs`);
        const before = text.slice(0, index);
        return { code, line: line + before.split('\n').length, sees: before.includes(SEE), ran: false };
      });
      line += text.split('\n').length - 1;
      return { title, anchor: anchorOf(title), text, blocks };
    });
  }

  /** The commands of a section, those that mend or those that show that it is mended. */
  public blocks(anchor: string, sees = false): readonly Block[] {
    const section = this.sections.find((candidate) => candidate.anchor === anchor);
    if (!section) throw new Error(`the runbook has no section #${anchor}`);
    return section.blocks.filter((block) => block.sees === sees);
  }

  /** Line numbers of the commands that were not run. */
  public get neverRun(): string[] {
    return this.sections.flatMap(({ title, blocks }) =>
      blocks.filter(({ ran }) => !ran).map(({ line }) => `${title}, line ${line}`),
    );
  }
}

/** What GitHub makes of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** What a reader puts in the place of the examples, such as `{ WHO: 'alice' }`. */
export type Names = Readonly<Record<string, string>>;

/** One shell, that of a person: what was assigned and defined in a block is there in the next one. */
export class Operator {
  public static async begin(aws: LocalAws, runbook: Runbook, stack: string): Promise<Operator> {
    const operator = new Operator(aws, runbook);
    await operator.do('first', 0, { STACK: stack });
    await operator.do('first', 1);
    return operator;
  }

  private readonly memory = join(mkdtempSync(join(tmpdir(), 'operator-')), 'memory');
  private readonly variables = new Set<string>();
  private begun = false;

  private constructor(
    private readonly aws: LocalAws,
    private readonly runbook: Runbook,
  ) {}

  /** Runs a block of a section that mends. */
  public async do(anchor: string, index: number, names: Names = {}): Promise<string> {
    return this.run(this.runbook.blocks(anchor)[index], names);
  }

  /** Runs the block of a section that shows whether it is mended. */
  public async see(anchor: string, names: Names = {}): Promise<string> {
    const [block, ...more] = this.runbook.blocks(anchor, true);
    if (!block || more.length > 0) throw new Error(`#${anchor} does not have one block that shows that it is mended`);
    return this.run(block, names);
  }

  /** The command that a status or a message holds, as a reader would copy it. */
  public async follow(fields: string, which: RegExp): Promise<string> {
    const { blocked } = JSON.parse(`{${fields.trim()}}`) as { blocked: string };
    const command = [...blocked.matchAll(/aws [a-z]+ [^);]*/g)]
      .map(([found]) => found)
      .find((found) => which.test(found));
    if (!command) throw new Error(`no command like ${which} in: ${blocked}`);
    return this.aws.shell(command);
  }

  private async run(block: Block, names: Names): Promise<string> {
    const code = Object.entries(names).reduce((text, [name, value]) => {
      const assignment = new RegExp(`^${name}=.*$`, 'm');
      if (!assignment.test(text)) throw new Error(`line ${block.line} of the runbook does not say what ${name} is`);
      return text.replace(assignment, () => `${name}='${value}'`);
    }, block.code);
    for (const [, name] of code.matchAll(/^(?:export )?([A-Z_]+)=/gm)) this.variables.add(name);
    for (const [, names_] of code.matchAll(/^(?:export|read -r) ([A-Z_= ]+)/gm)) {
      names_.match(/[A-Z_]{2,}/g)?.forEach((name) => this.variables.add(name));
    }
    const now = await this.aws.emulator.now();
    block.ran = true;
    const output = await this.aws.shell(
      [
        'export AWS_MAX_ATTEMPTS=1', // what is refused here is refused for good
        ...(this.begun ? [`. '${this.memory}'`] : []),
        // Time is the emulator's.
        `date() { case $* in +%s) echo ${Math.floor(now.getTime() / 1000)} ;; '-u +%Y-%m-%dT%H:%M:%SZ') echo ${now.toISOString().slice(0, 19)}Z ;; *) false ;; esac; }`,
        code,
        `{ declare -p ${[...this.variables].join(' ')} 2>&3 || true; declare -f; } 3>&1 >'${this.memory}' 3>/dev/null`,
      ].join('\n'),
    );
    this.begun = true;
    return output;
  }
}

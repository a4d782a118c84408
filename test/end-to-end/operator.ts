/** An operator reads docs/runbook.md and pastes its commands into a shell: what the page holds, and what was run. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAws } from './support';

const VERIFY = '**Verify.**';

/** A block of commands. */
export interface Block {
  readonly code: string;
  readonly line: number;
  /** `names` has only names to fill in. `verify` shows whether the problem is gone. */
  readonly kind: 'names' | 'step' | 'verify';
  ran: boolean;
}

export interface Section {
  readonly title: string;
  readonly anchor: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What an operator fills in, such as `{ USER_NAME: 'alice' }`. */
export type Names = Readonly<Record<string, string>>;

export class Runbook {
  public readonly sections: readonly Section[];

  constructor(file: string) {
    const [head, ...chapters] = readFileSync(file, 'utf8').split(/^(?=## )/m);
    let line = head.split('\n').length;
    this.sections = chapters.map((text) => {
      const title = /^## (.*)$/m.exec(text)![1];
      const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: code, index }) => {
        if (language !== 'sh') throw new Error(`${title}: a block of "${language}", which no test runs`);
        const before = text.slice(0, index);
        const kind = /^(?:[A-Z_]+= *#.*\n)+$/.test(code) ? 'names' : before.includes(VERIFY) ? 'verify' : 'step';
        return { code, line: line + before.split('\n').length, kind, ran: false } satisfies Block;
      });
      line += text.split('\n').length - 1;
      return { title, anchor: anchorOf(title), text, blocks };
    });
  }

  public section(anchor: string): Section {
    const section = this.sections.find((candidate) => candidate.anchor === anchor);
    if (!section) throw new Error(`the runbook has no section #${anchor}`);
    return section;
  }

  public blocks(anchor: string, kind: Block['kind']): readonly Block[] {
    return this.section(anchor).blocks.filter((block) => block.kind === kind);
  }

  /** The block of a section with the names to fill in. */
  public fillIn(anchor: string, names: Names): string {
    const [block, ...more] = this.blocks(anchor, 'names');
    if (!block || more.length > 0) throw new Error(`#${anchor} does not have one block with names to fill in`);
    block.ran = true;
    return Object.entries(names).reduce((code, [name, value]) => {
      const placeholder = new RegExp(`^${name}=(?= *#)`, 'm');
      if (!placeholder.test(code)) throw new Error(`#${anchor} has no name ${name} to fill in`);
      return code.replace(placeholder, () => `${name}='${value}'`);
    }, block.code);
  }

  /** Names of all variables that its commands set. */
  public get variables(): string[] {
    const assigned = this.sections.flatMap(({ blocks }) =>
      blocks.flatMap(({ code }) => [...code.matchAll(/\b(?!IFS)([A-Z][A-Z_]*)=/g)].map(([, name]) => name)),
    );
    return [...new Set([...assigned, 'page'])];
  }

  /** Line numbers of the blocks that were not run. */
  public get neverRun(): string[] {
    return this.sections.flatMap(({ title, blocks }) =>
      blocks.filter(({ ran }) => !ran).map(({ line }) => `${title}, line ${line}`),
    );
  }
}

/** The anchor that GitHub gives to a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** The shell of a person: what a block sets and defines is there for the next one. */
export class Operator {
  public static async begin(aws: LocalAws, runbook: Runbook, names: Names): Promise<Operator> {
    const operator = new Operator(aws, runbook);
    await operator.do('set-the-names', 0, { REGION: aws.emulator.clientConfig.region, ...names });
    return operator;
  }

  private readonly memory = join(mkdtempSync(join(tmpdir(), 'operator-')), 'memory');
  private readonly filledIn: Record<string, Names> = {};
  private begun = false;

  private constructor(
    private readonly aws: LocalAws,
    private readonly runbook: Runbook,
  ) {}

  /** Runs a step of a section, after its names are filled in if there are any. */
  public async do(anchor: string, index: number, names?: Names): Promise<string> {
    return this.run(anchor, this.runbook.blocks(anchor, 'step')[index], names);
  }

  /** Runs the block of a section that verifies whether the problem is gone. */
  public async verify(anchor: string, names?: Names): Promise<string> {
    const [block, ...more] = this.runbook.blocks(anchor, 'verify');
    if (!block || more.length > 0) throw new Error(`#${anchor} does not have one block that verifies`);
    return this.run(anchor, block, names);
  }

  /** Runs the command that a status holds, as a reader copies it. */
  public async follow(fields: string, which: RegExp): Promise<string> {
    const { blocked } = JSON.parse(`{${fields.trim()}}`) as { blocked: string };
    const command = [...blocked.matchAll(/aws [a-z]+ [^);]*/g)]
      .map(([found]) => found)
      .find((found) => which.test(found));
    if (!command) throw new Error(`no command like ${which} in: ${blocked}`);
    return this.aws.shell(command);
  }

  private async run(anchor: string, block: Block, names?: Names): Promise<string> {
    const now = await this.aws.emulator.now();
    if (names) this.filledIn[anchor] = { ...this.filledIn[anchor], ...names };
    block.ran = true;
    const output = await this.aws.shell(
      [
        'export AWS_MAX_ATTEMPTS=1', // an error of a test is no transient one
        ...(this.begun ? [`. '${this.memory}'`] : []),
        // The time is the emulator's.
        `date() { case $* in +%s) echo ${Math.floor(now.getTime() / 1000)} ;; '-u -d @'*' +%Y-%m-%dT%H:%M:%SZ') command date "$@" ;; *) false ;; esac; }`,
        ...(names ? [this.runbook.fillIn(anchor, this.filledIn[anchor])] : []),
        block.code,
        `{ declare -p ${this.runbook.variables.join(' ')} 2>&3 || true; declare -f; } 3>&1 >'${this.memory}' 3>/dev/null`,
      ].join('\n'),
    );
    this.begun = true;
    return output;
  }
}

/** Pastes texts into an interactive shell, one after the other. @returns what the shell prints after each */
export async function pasteEach(aws: LocalAws, texts: readonly string[]): Promise<string[]> {
  const separator = '=== end of paste ===';
  const input = texts.map((text) => `${text}\necho '${separator}'\n`).join('');
  const output = await aws.shell(`bash --norc --noediting -i 2>&1 <<'PASTES'\nPS1= PS2=\n${input}PASTES`);
  const printed = output.split(`${separator}\n`);
  if (printed.length !== texts.length + 1) throw new Error(`the shell did not survive all pastes:\n${output}`);
  return printed.slice(0, -1);
}

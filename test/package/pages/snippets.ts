/** Compiles the TypeScript of the pages, each snippet as a module of its own. */
import { join } from 'path';
import ts from 'typescript';
import type { Fence } from './markdown';
import { ROOT } from './repository';

export interface Snippet extends Fence {
  readonly page: string;
}

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUnusedLocals: true, // for imports, see below
  noImplicitReturns: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: ['node'],
  paths: { 'cdk-access-key-rotation': [join(ROOT, 'src', 'index.ts')] },
};
const UNUSED = [6133, 6192, 6196];
const MARK = '/// here';

/** A snippet as jsii-rosetta completes it. Imports may stand anywhere in a module. */
function completed({ info, text }: Snippet, fixture: string): string {
  return info === 'ts nofixture' ? text : fixture.replace(MARK, () => text);
}

function isInImport(file: ts.SourceFile, position: number): boolean {
  return file.statements.some(
    (statement) => ts.isImportDeclaration(statement) && statement.pos <= position && position < statement.end,
  );
}

/** @returns errors as `page:line: message` */
export function compile(snippets: readonly Snippet[], fixture: string): string[] {
  const files = new Map(
    snippets.map((snippet, index) => [
      join(ROOT, `snippet-${index}.ts`),
      { snippet, text: completed(snippet, fixture) },
    ]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name)?.text ?? readFile(name);
  host.getSourceFile = (name, version) => {
    const file = files.get(name);
    return file ? ts.createSourceFile(name, file.text, version) : getSourceFile(name, version);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);

  const before = fixture.split(MARK)[0].split('\n').length - 1;
  return [...files].flatMap(([name, { snippet }]) => {
    const source = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ code, start }) => !UNUSED.includes(code) || isInImport(source, start!))
      .map(({ start, messageText }) => {
        const line = source.getLineAndCharacterOfPosition(start!).line - (snippet.info === 'ts nofixture' ? 0 : before);
        return `${snippet.page}:${snippet.line + 1 + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
  });
}

import { OLD_WORDS } from './old-words';

/** Marks of comments, lists and quotes, and of a string that goes on in the next line. */
const LINE_START = /^\s*(?:\/\*\*?|\*\/?|\/\/|#+ |>|[-+] (?:['"`])?|\|)?\s*/;
const LINE_END = /\s*(?:\*\/)?\s*$/;

/** One line out of many, because a phrase can go on in the next one; and where in it each of them starts. */
function joined(text: string): { line: string; starts: number[] } {
  const starts: number[] = [];
  let line = '';
  const lines = text.split('\n');
  lines.forEach((part, index) => {
    starts.push(line.length);
    const goesOn = /^\s*\+ ['"`]/.test(lines[index + 1] ?? '');
    const content = part.replace(LINE_START, '').replace(LINE_END, '');
    line += `${goesOn ? content.replace(/\s*['`"]$/, '') : content} `;
  });
  return { line, starts };
}

/** @returns the old words in a text, as `line: words → what to write instead` */
export function oldWordsIn(text: string): string[] {
  const { line, starts } = joined(text);
  return OLD_WORDS.flatMap(({ instead, words }) =>
    words.flatMap((word) =>
      [...line.matchAll(new RegExp(word, `g${word.flags}`))].map(({ index, 0: found }) => ({
        number: starts.filter((start) => start <= index).length,
        problem: `${found.trim()} → ${instead}`,
      })),
    ),
  )
    .sort((one, other) => one.number - other.number)
    .map(({ number, problem }) => `${number}: ${problem}`);
}

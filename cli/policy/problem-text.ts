import {posix} from 'node:path';
import type {SourceFile} from '../../engine/language/draft.ts';
import type {Problem} from '../../engine/language/problem.ts';
import {visible} from '../output.ts';

/** Problems for a person: place, message, the line and a caret. */
export function problemText(directory: string, files: readonly SourceFile[], problems: readonly Problem[]): string {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const shown = problems.map((problem) => {
    const place =
      problem.file === '' ? directory : `${posix.join(directory, problem.file)}:${problem.line}:${problem.column}`;
    return `${visible(`${place}  ${problem.message}`)}\n${snippet(texts.get(problem.file), problem)}`;
  });
  const fileCount = new Set(problems.map((problem) => problem.file).filter((file) => file !== '')).size;
  const where = fileCount === 0 ? '' : ` in ${counted(fileCount, 'file')}`;
  return `${shown.join('\n')}\n${counted(problems.length, 'problem')}${where}\n`;
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const MAX_WIDTH = 120;

function snippet(text: string | undefined, {line, column}: Problem): string {
  const source = line > 0 ? text?.split(/\r\n|\n|\r/)[line - 1] : undefined;
  if (source === undefined || source.trim() === '') return '';
  const from = Math.max(0, column - MAX_WIDTH + 20);
  const shown = visible(source.slice(from, from + MAX_WIDTH)).replaceAll('\t', ' ');
  const caret = ' '.repeat(visible(source.slice(from, column - 1)).length);
  const number = String(line);
  return `  ${number} | ${shown}\n  ${' '.repeat(number.length)} | ${caret}^\n`;
}

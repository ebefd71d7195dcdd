import type {Problem, ProblemCode} from './problem.ts';

/** A text with a name, in which offsets become lines and columns. */
export interface Source {
  file: string;
  text: string;
  problem: (offset: number, code: ProblemCode, message: string) => Problem;
  line: (offset: number) => number;
}

/** Lines and columns count from 1; a column counts UTF-16 units. */
export function createSource(file: string, text: string): Source {
  const starts = lineStarts(text);
  const lineIndex = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    file,
    text,
    line: (offset) => lineIndex(offset) + 1,
    problem: (offset, code, message) => {
      const index = lineIndex(offset);
      return {file, line: index + 1, column: offset - (starts[index] ?? 0) + 1, code, message};
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || (unit === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return starts;
}

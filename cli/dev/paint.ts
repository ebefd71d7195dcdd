import {styleText} from 'node:util';

/** Colours for a person's terminal; plain text where nobody looks or NO_COLOR asks for it. */
export interface Paint {
  bold: (text: string) => string;
  dim: (text: string) => string;
  good: (text: string) => string;
  attention: (text: string) => string;
}

/** @see https://no-color.org */
export function createPaint(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const coloured = isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      coloured ? styleText(format, text, {validateStream: false}) : text;
  return {bold: style('bold'), dim: style('dim'), good: style('green'), attention: style('yellow')};
}

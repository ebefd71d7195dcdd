import {WeirError} from '../../lib/errors.ts';

/** A piece of a filter and where it stands, counted from 1. */
export interface Token {
  kind: 'word' | 'text' | 'operator' | 'sign' | 'minus' | 'end';
  text: string;
  column: number;
}

const SPACE = /\s+/y;
const SIGN = /[()]/y;
const OPERATOR = /!=|<=|>=|[=<>:]/y;
const MINUS = /-(?=[\p{L}_(])/uy;
const NAME = /[^\s()"'=<>!:]+/y;
/** Values may hold colons without quotes: times, and subjects such as svc:billing. */
const VALUE = /[^\s()"'=<>!]+/y;
const TEXT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;

/**
 * Cuts a filter into its pieces; the last one is the end.
 *
 * @throws WeirError INVALID_ARGUMENT with the column of what is neither.
 */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(filter)?.[0];
  };
  while (at < filter.length) {
    const column = at + 1;
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const afterOperator = tokens.at(-1)?.kind === 'operator';
    const token = firstOf(column, [
      ['text', take(TEXT)],
      ['sign', take(SIGN)],
      ['operator', take(OPERATOR)],
      ['minus', afterOperator ? undefined : take(MINUS)],
      ['word', take(afterOperator ? VALUE : NAME)],
    ]);
    if (token === undefined) throw new WeirError('INVALID_ARGUMENT', `filter, column ${column}: a quote is not closed`);
    at += token.text.length;
    tokens.push(token.kind === 'text' ? {...token, text: unquoted(token.text)} : token);
  }
  return [...tokens, {kind: 'end', text: 'the end', column: at + 1}];
}

function firstOf(column: number, found: [Token['kind'], string | undefined][]): Token | undefined {
  for (const [kind, text] of found) if (text !== undefined) return {kind, text, column};
  return undefined;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}

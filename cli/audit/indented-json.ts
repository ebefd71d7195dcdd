/**
 * JSON text over several lines, with every token as it stands: white space outside strings is all that changes.
 * Any other text comes back as it is.
 */
export function indentedJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/gs) ?? [];
  let result = '';
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      depth++;
      const next = tokens[index + 1];
      result += token + (next === '}' || next === ']' ? '' : line());
    } else if (token === '}' || token === ']') {
      depth--;
      const previous = tokens[index - 1];
      result += (previous === '{' || previous === '[' ? '' : line()) + token;
    } else {
      result += token === ',' ? `,${line()}` : token === ':' ? ': ' : token;
    }
  }
  return result;
}

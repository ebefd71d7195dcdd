/** An answer as it was read. */
export interface PlainAnswer {
  status: number;
  body: string;
  /** Whether its end was there. */
  isWhole: boolean;
}

/**
 * Reads the answers of one connection; knows nothing of the code under test.
 *
 * @throws Error where they are not well-formed.
 */
export function readAnswers(text: string): PlainAnswer[] {
  const answers: PlainAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const head = /^HTTP\/1\.1 ([1-5]\d\d) [A-Za-z' -]+\r\n((?:[a-z0-9-]+: [\x20-\x7e]*\r\n)*)\r\n/.exec(rest);
    if (head === null) {
      // Only the very end of a connection may cut a head.
      if (rest.includes('\r\n\r\n')) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 200))}`);
      return answers;
    }
    const [whole, status = '', headers = ''] = head;
    rest = rest.slice(whole.length);
    if (status.startsWith('1')) continue;
    const length = /^content-length: (\d+)\r$/m.exec(headers)?.[1];
    const isChunked = /^transfer-encoding: chunked\r$/m.test(headers);
    if (length !== undefined && isChunked) throw new Error('an answer with two lengths');
    const {body, size, isWhole} = isChunked ? readChunks(rest) : readLength(rest, length);
    answers.push({status: Number(status), body, isWhole});
    rest = rest.slice(size);
    if (/^connection: close\r$/m.test(headers) && rest !== '') throw new Error('more than the last answer');
  }
  return answers;
}

function readLength(text: string, length: string | undefined) {
  const size = length === undefined ? text.length : Math.min(Number(length), text.length);
  return {body: text.slice(0, size), size, isWhole: length === undefined || size === Number(length)};
}

function readChunks(text: string) {
  let body = '';
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20));
    if (line === null) {
      if (text.length - at > 10) throw new Error(`no chunk: ${JSON.stringify(text.slice(at, at + 40))}`);
      return {body, size: text.length, isWhole: false};
    }
    const size = Number.parseInt(line[1] ?? '', 16);
    const from = at + line[0].length;
    const chunk = text.slice(from, from + size);
    const end = text.slice(from + size, from + size + 2);
    if (chunk.length < size || end.length < 2) return {body: body + chunk, size: text.length, isWhole: false};
    if (end !== '\r\n') throw new Error('a chunk of another length');
    body += chunk;
    at = from + size + 2;
    if (size === 0) return {body, size: at, isWhole: true};
  }
}

import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

/** What an upstream received. */
interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FakeUpstream {
  readonly url: string;
  readonly received: Received[];
  /** Requests whose connection closed before they were answered. */
  readonly aborted: () => number;
}

/** A provider that answers as the test says: for what a well-behaved one never does. */
export async function startUpstream(
  t: ExecutionContext,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<FakeUpstream> {
  const received: Received[] = [];
  let aborted = 0;
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) aborted += 1;
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({method: request.method ?? '', url: request.url ?? '', headers: request.headers, body});
      answer(request, response, body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    aborted: () => aborted,
  };
}

/** A chat completion with this text. */
export function completion(content: string): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-test-1',
    choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop'}],
    usage: {prompt_tokens: 3, completion_tokens: 5, total_tokens: 8},
  });
}

/** One event of a streamed chat completion. */
export function delta(content: string, finishReason: string | null = null): string {
  const choices = [{index: 0, delta: {content}, finish_reason: finishReason}];
  const chunk = {id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test-1', choices};
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

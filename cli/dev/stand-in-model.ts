import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import {bind} from '../../agent/listen/bind.ts';
import {answerTo, type StandInAnswer} from './stand-in-answers.ts';

/** A request as the model received it: what the agent really sent upstream. */
interface ReceivedRequest {
  method: string;
  path: string;
  body: string;
}

/** A small local model that speaks the OpenAI and Anthropic formats and answers with what it received. */
export interface StandInModel {
  /** `http://HOST:PORT`, without path. */
  readonly url: string;
  /** The newest request; undefined before the first. */
  readonly lastRequest: () => ReceivedRequest | undefined;
  readonly stop: () => Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Starts a stand-in for the providers.
 *
 * @param options.listen HOST:PORT; port 0 takes a free one.
 * @param options.paceMs pause between two events of a stream.
 * @throws WeirError PORT_IN_USE, CONFIG_INVALID or USAGE with what to change.
 */
export async function startStandInModel(options: {listen: string; paceMs: number}): Promise<StandInModel> {
  let last: ReceivedRequest | undefined;
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      response.destroy();
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://stand-in').pathname;
    const body = await readBody(request);
    last = {method: request.method ?? '', path, body};
    await send(response, answerTo(last.method, path, body), options.paceMs, stopping.signal);
  }

  const address = await bind(server, options.listen);
  return {
    url: `http://${address}`,
    lastRequest: () => last,
    stop: async () => {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Error(`request body over ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function send(
  response: ServerResponse,
  answer: StandInAnswer,
  paceMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (answer.kind === 'json') {
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.status, {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)});
    response.end(body);
    return;
  }
  response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-cache'});
  for (const {event, data} of answer.events) {
    if (response.destroyed) return;
    const name = event === undefined ? '' : `event: ${event}\n`;
    response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    if (paceMs > 0) await delay(paceMs, undefined, {signal});
  }
  response.end();
}

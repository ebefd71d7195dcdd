import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {WeirError} from '../lib/errors.ts';
import {parseHostPort} from '../lib/host-port.ts';

export interface HttpListenerOptions {
  /** HOST:PORT; port 0 takes a free one. */
  address: string;
  isReady: () => boolean;
  /** Brings the next look at the repository forward. */
  reconcile: () => void;
}

export interface HttpListener {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** A webhook may be called by anyone: it is a hint without content, acted on at most this often. */
const RECONCILE_EVERY_MS = 1_000;

/**
 * Serves health, readiness and the webhook of the policy repository.
 *
 * @throws WeirError PORT_IN_USE, or CONFIG_INVALID for an address this machine does not have.
 */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  const {host, port} = parseHostPort(options.address);
  const hint = coalesce(options.reconcile);
  const server = createServer({requestTimeout: 10_000, maxHeaderSize: 16_384}, (request, response) => {
    // The body of a webhook says nothing that is acted on.
    request.resume();
    respond(request, response, {isReady: options.isReady, hint: hint.call});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new WeirError('PORT_IN_USE', `${options.address} is in use by another process; choose another port`, {
              cause,
            })
          : new WeirError('CONFIG_INVALID', `cannot listen on ${options.address} (${String(cause.code)})`, {cause}),
      );
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${bound.port}`,
    stop: async () => {
      hint.stop();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function respond(
  {method, url = ''}: IncomingMessage,
  response: ServerResponse,
  {isReady, hint}: {isReady: () => boolean; hint: () => void},
): void {
  const answer = (status: number, text: string) => {
    response.writeHead(status, {'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store'});
    response.end(`${text}\n`);
  };
  switch (url.replace(/\?.*$/s, '')) {
    case '/-/healthz':
      answer(200, 'ok');
      return;
    case '/-/readyz':
      if (isReady()) answer(200, 'ready');
      else answer(503, 'not ready');
      return;
    case '/-/reconcile':
      if (method !== 'POST') {
        answer(405, 'use POST');
        return;
      }
      hint();
      answer(202, 'the repository is looked at soon');
      return;
    default:
      answer(404, 'not found');
  }
}

/** Calls at once, then at most once an interval; a call in between is made up for at its end, never lost. */
function coalesce(work: () => void): {call: () => void; stop: () => void} {
  let timer: NodeJS.Timeout | undefined;
  let isDue = false;
  const rest = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (!isDue) return;
      isDue = false;
      work();
      rest();
    }, RECONCILE_EVERY_MS);
  };
  return {
    call: () => {
      if (timer === undefined) {
        work();
        rest();
      } else {
        isDue = true;
      }
    },
    stop: () => {
      clearTimeout(timer);
    },
  };
}

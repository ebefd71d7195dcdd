import {createServer, type ServerResponse} from 'node:http';
import {bind} from './bind.ts';

/** What the admin port tells. */
export interface AdminSources {
  /** Undefined while the agent can take traffic; else why it cannot. */
  notReady: () => string | undefined;
  /** In Prometheus text format. */
  metrics: () => string;
}

/** The open admin port. */
export interface AdminListener {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves `/-/healthz`, `/-/readyz` and `/-/metrics`. Nothing there tells of any request's text.
 *
 * @throws WeirError PORT_IN_USE, CONFIG_INVALID or USAGE where it cannot listen there.
 */
export async function openAdminListener(options: {listen: string; sources: AdminSources}): Promise<AdminListener> {
  const {sources} = options;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'this port is read only\n');
      return;
    }
    switch (request.url) {
      case '/-/healthz':
        send(response, 200, 'ok\n');
        return;
      case '/-/readyz': {
        const reason = sources.notReady();
        send(response, reason === undefined ? 200 : 503, `${reason ?? 'ok'}\n`);
        return;
      }
      case '/-/metrics':
        send(response, 200, sources.metrics());
        return;
      default:
        send(response, 404, 'try /-/healthz, /-/readyz or /-/metrics\n');
    }
  });
  const address = await bind(server, options.listen);
  return {
    address,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {'content-type': 'text/plain; version=0.0.4; charset=utf-8'}).end(text);
}

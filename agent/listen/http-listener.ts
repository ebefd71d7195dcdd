import {createServer, type Socket} from 'node:net';
import {bind} from './bind.ts';
import {HttpConnection} from './http-connection.ts';
import {DEFAULT_LIMITS, type ListenerLimits} from './limits.ts';
import type {ExchangeHandler, Listener} from './listener.ts';

/**
 * Listens for HTTP/1.1 on one port and hands every request to `handler`, one after the other on each connection.
 *
 * @throws WeirError PORT_IN_USE, CONFIG_INVALID or USAGE where it cannot listen there.
 */
export async function openHttpListener(options: {
  listen: string;
  handler: ExchangeHandler;
  limits?: Partial<ListenerLimits>;
}): Promise<Listener> {
  const limits = {...DEFAULT_LIMITS, ...options.limits};
  const connections = new Set<HttpConnection>();
  let isDraining = false;
  const server = createServer({noDelay: true}, (socket: Socket) => {
    const connection = new HttpConnection(socket, limits, {
      handler: options.handler,
      isDraining: () => isDraining,
      onClosed: () => {
        connections.delete(connection);
      },
    });
    connections.add(connection);
  });
  server.maxConnections = limits.connections;
  const clock = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.checkTime(now);
  }, limits.checkIntervalMs);
  clock.unref();
  const address = await bind(server, options.listen).catch((error: unknown) => {
    clearInterval(clock);
    throw error;
  });
  return {
    address,
    stopAccepting: () => {
      isDraining = true;
      server.close();
      for (const connection of connections) connection.endIfIdle();
    },
    close: async () =>
      new Promise((resolve) => {
        clearInterval(clock);
        server.close(() => {
          resolve();
        });
        for (const connection of connections) connection.destroy();
      }),
  };
}

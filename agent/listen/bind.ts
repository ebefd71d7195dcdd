import type {AddressInfo, Server} from 'node:net';
import {WeirError} from '../../lib/errors.ts';
import {parseHostPort} from '../../lib/host-port.ts';

/**
 * Binds a server and says where.
 *
 * @param listen HOST:PORT; port 0 takes a free one.
 * @throws WeirError PORT_IN_USE, CONFIG_INVALID or USAGE with what to change.
 */
export async function bind(server: Server, listen: string): Promise<string> {
  const {host, port} = parseHostPort(listen);
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      reject(bindError(error, listen));
    };
    server.once('error', refuse);
    server.listen({host, port}, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return formatAddress(server.address() as AddressInfo); // bound to a port, never to a path
}

function formatAddress({address, port}: AddressInfo): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function bindError(error: NodeJS.ErrnoException, listen: string): WeirError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new WeirError(
        'PORT_IN_USE',
        `${listen} is already in use; stop what listens there or choose another port`,
      );
    case 'EACCES':
      return new WeirError('CONFIG_INVALID', `this user may not listen on ${listen}; choose a port above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new WeirError('CONFIG_INVALID', `${listen} is not an address of this machine`);
    default:
      return new WeirError('CONFIG_INVALID', `cannot listen on ${listen}: ${error.code ?? error.message}`);
  }
}

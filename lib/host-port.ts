import {isIP} from 'node:net';
import {WeirError} from './errors.ts';

/**
 * Reads `HOST:PORT`; an IPv6 address stands in brackets.
 *
 * @throws WeirError USAGE
 */
export function parseHostPort(text: string): {host: string; port: number} {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]/\s]+)):(?<port>[0-9]{1,5})$/.exec(text);
  const host = match?.groups?.['v6'] ?? match?.groups?.['host'];
  const port = Number(match?.groups?.['port']);
  if (host === undefined || !(port <= 65_535)) {
    throw new WeirError('USAGE', `"${text}" is not HOST:PORT; write for example 127.0.0.1:8443 or [::1]:8443`);
  }
  return {host, port};
}

/** Whether a host names this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

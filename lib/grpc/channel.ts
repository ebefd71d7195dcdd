import {isIP} from 'node:net';
import {checkServerIdentity as checkIdentity, createSecureContext, type PeerCertificate} from 'node:tls';
import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientOptions,
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
} from '@grpc/grpc-js';
import {WeirError} from '../errors.ts';
import {isLoopback, parseHostPort} from '../host-port.ts';
import {explainUnreachable} from './unreachable.ts';

/** How a client reaches a server: in the clear on this machine only, or by TLS. */
export type ClientTransport =
  | {kind: 'insecure'}
  /** `ca`: PEM of the roots to trust; undefined for those of the system. */
  | {kind: 'tls'; ca: Buffer | undefined};

/** How a server is reached. */
export type ServerTransport = {kind: 'insecure'} | {kind: 'tls'; certificate: Buffer; key: Buffer};

/** Largest gRPC message either side takes. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A dead peer is noticed within 40 s, also without calls. */
const KEEPALIVE: ChannelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

const LIMITS: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};

/** What TLS is asked for in place of an IP address, which it takes no name of. */
const NAME_OF_AN_ADDRESS = 'controlplane.invalid';

/** A generated client class. */
type ClientConstructor<Made> = new (
  address: string,
  credentials: ChannelCredentials,
  options: Partial<ClientOptions>,
) => Made;

/** One connection to a control plane; every client made from it shares the channel. */
export interface GrpcConnection {
  readonly address: string;
  readonly client: <Made>(constructor: ClientConstructor<Made>) => Made;
  /** Puts an unreachable control plane into a person's words; other errors stay as they are. */
  readonly explain: (error: unknown) => unknown;
  readonly close: () => void;
}

/**
 * Opens a channel; it connects at the first call and reconnects for ever.
 *
 * @throws WeirError USAGE for an address without port, or plaintext to another machine.
 */
export function connectGrpc(address: string, transport: ClientTransport): GrpcConnection {
  const {host} = parseHostPort(address);
  if (transport.kind === 'insecure') requireLoopback(host, address);
  const credentials = clientCredentials(transport, host);
  silenceGrpc();
  const owner = new Client(address, credentials, {
    ...KEEPALIVE,
    ...LIMITS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.enable_http_proxy': transport.kind === 'tls' ? 1 : 0,
    ...(isIP(host) === 0 ? {} : {'grpc.ssl_target_name_override': NAME_OF_AN_ADDRESS}),
  });
  const channel = owner.getChannel();
  return {
    address,
    client: (constructor) => new constructor(address, credentials, {channelOverride: channel}),
    explain: (error) => explainUnreachable(error, address, transport.kind),
    close: () => {
      owner.close();
    },
  };
}

/** Options of every server: limits, keepalive, and tolerance for the keepalive of our own clients. */
const SERVER_OPTIONS: ChannelOptions = {...KEEPALIVE, ...LIMITS, 'grpc.max_concurrent_streams': 10_000};

/** A server that takes calls, and the address it got. */
export interface ListeningServer {
  /** HOST:PORT with the port that was given, also where 0 was asked for. */
  readonly address: string;
  readonly port: number;
  /** Lets running calls end until the signal aborts, then cuts them. */
  readonly stop: (signal: AbortSignal) => Promise<void>;
}

/**
 * Starts a gRPC server.
 *
 * @param address HOST:PORT; port 0 takes a free one.
 * @param addServices called before the port opens.
 * @throws WeirError USAGE for plaintext beyond this machine, PORT_IN_USE, CONFIG_INVALID for an unusable certificate.
 */
export async function listenGrpc(
  address: string,
  transport: ServerTransport,
  addServices: (server: Server) => void,
): Promise<ListeningServer> {
  const {host} = parseHostPort(address);
  const credentials = checkListener(address, transport);
  silenceGrpc();
  const server = new Server(SERVER_OPTIONS);
  addServices(server);
  const port = await bind(server, address, credentials);
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stop: async (signal) => {
      await shutDown(server, signal);
    },
  };
}

/**
 * What a server's address and transport come to, found out without opening anything.
 *
 * @throws WeirError USAGE for plaintext beyond this machine, CONFIG_INVALID for an unusable certificate.
 */
export function checkListener(address: string, transport: ServerTransport): ServerCredentials {
  const {host} = parseHostPort(address);
  if (transport.kind === 'insecure') requireLoopback(host, address);
  return serverCredentials(transport);
}

async function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) {
        resolve(port);
        return;
      }
      server.forceShutdown();
      const inUse = error.message.includes('EADDRINUSE');
      reject(
        inUse
          ? new WeirError('PORT_IN_USE', `${address} is in use by another process; choose another port`, {cause: error})
          : new WeirError('CONFIG_INVALID', `cannot listen on ${address}: ${error.message}`, {cause: error}),
      );
    });
  });
}

async function shutDown(server: Server, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = () => {
      server.forceShutdown();
      resolve();
    };
    if (signal.aborted) {
      cut();
      return;
    }
    signal.addEventListener('abort', cut, {once: true});
    server.tryShutdown(() => {
      signal.removeEventListener('abort', cut);
      resolve();
    });
  });
}

function clientCredentials(transport: ClientTransport, host: string): ChannelCredentials {
  if (transport.kind === 'insecure') return ChannelCredentials.createInsecure();
  try {
    // The certificate has to name the host that was asked for; also an address, which TLS itself cannot ask for.
    const checkServerIdentity = (_name: string, certificate: PeerCertificate) => checkIdentity(host, certificate);
    return ChannelCredentials.createSsl(transport.ca ?? null, null, null, {checkServerIdentity});
  } catch (error) {
    throw new WeirError('CONFIG_INVALID', 'the CA file holds no usable PEM certificate', {cause: error});
  }
}

function serverCredentials(transport: ServerTransport): ServerCredentials {
  if (transport.kind === 'insecure') return ServerCredentials.createInsecure();
  try {
    // grpc-js reads them only when the port opens, and its error then names no file.
    createSecureContext({cert: transport.certificate, key: transport.key});
    return ServerCredentials.createSsl(null, [{cert_chain: transport.certificate, private_key: transport.key}]);
  } catch (error) {
    throw new WeirError('CONFIG_INVALID', 'the TLS certificate and key are unusable or do not belong together', {
      cause: error,
    });
  }
}

function requireLoopback(host: string, address: string): void {
  if (isLoopback(host)) return;
  throw new WeirError('USAGE', `--insecure is for loopback addresses, and ${address} is not one; use TLS there`);
}

/** grpc-js writes its own lines to standard error; every error it names there reaches us as one, too. */
function silenceGrpc(): void {
  setLogVerbosity(logVerbosity.NONE);
}

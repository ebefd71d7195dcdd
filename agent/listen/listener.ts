import type {IncomingHttpHeaders} from 'node:http';

/** A request as a caller sent it, whatever the transport. */
export interface InboundRequest {
  /** Upper case. */
  method: string;
  /** Without query; a doubled leading slash is one. */
  path: string;
  /** Without the question mark; empty for none. */
  query: string;
  /** Names are lower-case. */
  headers: Readonly<IncomingHttpHeaders>;
  /** Address the caller connected from, without port. */
  clientAddress: string;
  /**
   * The whole body. To be called at most once.
   *
   * @param onBytes told of every part before it is kept; a WeirError that it throws ends the reading.
   * @throws WeirError BODY_TOO_LARGE, BODY_TIMEOUT, or CANCELLED where the caller left.
   */
  body: (limitBytes: number, onBytes?: (bytes: number) => void) => Promise<Buffer>;
}

/** Headers of an answer; names are lower-case. */
export type OutboundHeaders = Record<string, string | readonly string[]>;

/** Takes the answer to one request. Nothing here throws: what is written after the caller left is dropped. */
export interface Responder {
  /** Status and headers were handed over. */
  readonly headSent: boolean;
  /** Sends an interim `102 Processing`; only before the head. */
  interim: () => void;
  /** Sets status and headers; they leave with the first bytes, or with `flush`. */
  head: (status: number, headers: OutboundHeaders) => void;
  flush: () => void;
  /** False: the caller reads slower than this; wait for `drained`. */
  write: (bytes: Buffer) => boolean;
  /** Resolves when the caller has read enough to go on, or left. */
  drained: () => Promise<void>;
  /** Ends a response, with its last bytes where there are some. */
  end: (bytes?: Buffer) => void;
  /** Sends head and whole body in one go. */
  answer: (status: number, headers: OutboundHeaders, body: Buffer) => void;
  /** Cuts the connection: the caller sees that the response is incomplete. */
  destroy: () => void;
  /** Called once when the caller leaves before the response was complete; at once where it already has. */
  onGone: (listener: () => void) => void;
}

/** Handles one request to its end; must not throw. */
export type ExchangeHandler = (request: InboundRequest, responder: Responder) => void;

/** An open port. */
export interface Listener {
  /** As bound: `127.0.0.1:8787`. */
  readonly address: string;
  /** Stops accepting, ends idle connections; running requests go on. */
  stopAccepting: () => void;
  /** Ends every connection and frees the port. */
  readonly close: () => Promise<void>;
}

/** Limits of the wire, before anything is known of the caller. */
export interface ListenerLimits {
  /** Request line and headers together. */
  headerBytes: number;
  headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  /** How often the two above are checked. */
  checkIntervalMs: number;
  /** An idle connection is kept this long; above the 60 s of common load balancers. */
  keepAliveMs: number;
  connections: number;
  /** What a connection may send ahead of the answer to its request; more ends it. */
  pipelinedBytes: number;
}

export const DEFAULT_LIMITS: Readonly<ListenerLimits> = {
  headerBytes: 64 * 1024,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 120_000,
  checkIntervalMs: 5_000,
  keepAliveMs: 75_000,
  connections: 20_000,
  pipelinedBytes: 64 * 1024,
};

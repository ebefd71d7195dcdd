import type {ClientDuplexStream, Metadata, ServiceError} from '@grpc/grpc-js';
import type {Clock} from '../../lib/clock.ts';
import {WeirError} from '../../lib/errors.ts';
import {fromServiceError} from '../../lib/grpc/client.ts';
import {sleep} from '../../lib/sleep.ts';
import type {
  Hello,
  PolicySyncServiceClient,
  Status,
  SyncRequest,
  SyncResponse,
} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {Conversation} from './conversation.ts';

export interface SyncStreamOptions {
  client: PolicySyncServiceClient;
  metadata: Metadata;
  conversation: Conversation;
  hello: Hello;
  status: () => Status;
  clock: Clock;
  /** The control plane answered: the connection stands. */
  onWelcome: () => void;
  /** Gives a way to send a status at once, while the stream lives. */
  onStatusSender: (send: (() => void) | undefined) => void;
}

const HEARTBEAT_MS = 15_000;
const TICK_MS = 1_000;
/** Silent heartbeats after which the control plane counts as gone. */
const MISSED_HEARTBEATS = 4;

/**
 * Runs one policy stream until it ends.
 *
 * @throws WeirError with what ended it, if it was not the signal or the control plane's own wish.
 */
export async function runSyncStream(options: SyncStreamOptions, signal: AbortSignal): Promise<void> {
  const {client, metadata, conversation, hello, status, clock, onStatusSender} = options;
  const call = client.sync(metadata);
  const leave = () => {
    call.cancel();
  };
  signal.addEventListener('abort', leave, {once: true});
  let heartbeatMs = HEARTBEAT_MS;
  let heardAtMs = clock.monotonicMs();
  let reportedAtMs = heardAtMs;
  const silence = new AbortController();
  const report = () => {
    reportedAtMs = clock.monotonicMs();
    write(call, {message: {$case: 'status', value: status()}});
  };
  const ticker = setInterval(() => {
    const nowMs = clock.monotonicMs();
    if (nowMs - heardAtMs > MISSED_HEARTBEATS * heartbeatMs) {
      silence.abort();
      leave();
    } else if (nowMs - reportedAtMs >= heartbeatMs) {
      report();
    }
  }, TICK_MS);
  try {
    write(call, {message: {$case: 'hello', value: hello}});
    onStatusSender(report);
    for await (const response of call as AsyncIterable<SyncResponse>) {
      heardAtMs = clock.monotonicMs();
      if (response.message?.$case === 'welcome') {
        heartbeatMs = Math.max(TICK_MS, response.message.value.heartbeatMs);
        options.onWelcome();
      } else if (response.message?.$case === 'goAway') {
        await sleep(response.message.value.afterMs, signal);
        return;
      }
      for (const request of await conversation.receive(response)) write(call, request);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (silence.signal.aborted) throw new WeirError('UNAVAILABLE', 'the control plane has gone silent', {cause: error});
    throw isServiceError(error) ? fromServiceError(error) : error;
  } finally {
    clearInterval(ticker);
    onStatusSender(undefined);
    signal.removeEventListener('abort', leave);
    // The call may still fail on its way out; nobody waits for it any more.
    call.on('error', () => undefined);
    call.cancel();
  }
}

/** Messages are few and small, each an answer or a heartbeat, so the queue of a slow stream stays short. */
function write(call: ClientDuplexStream<SyncRequest, SyncResponse>, request: SyncRequest): void {
  if (call.writable) call.write(request);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}

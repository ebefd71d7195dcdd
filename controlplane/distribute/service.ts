import type {KeyObject} from 'node:crypto';
import {WeirError} from '../../lib/errors.ts';
import {bidi, type CallContext, type OnCallError, type Send} from '../../lib/grpc/server.ts';
import type {Logger} from '../../lib/log.ts';
import type {PolicySyncServiceServer, SyncRequest, SyncResponse} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {AgentAuthority, AgentIdentity} from '../enroll/authority.ts';
import type {Fleet, FleetConnection} from '../fleet/fleet.ts';
import type {BundleFeed} from '../reconcile/feed.ts';
import type {BundleStore} from '../store/bundle-store.ts';
import {blobMessages} from './blob-messages.ts';
import {type Conversation, createConversation} from './conversation.ts';
import {signLease} from './lease.ts';

export interface PolicySyncOptions {
  feed: BundleFeed;
  store: BundleStore;
  fleet: Fleet;
  authority: AgentAuthority;
  signingKey: KeyObject;
  now: () => number;
  random: () => number;
  log: Logger;
  onError: OnCallError;
  /** Time between two leases, and between two statuses of an agent. */
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;
const TICK_MS = 1_000;

/**
 * Streams signed bundles to agents.
 *
 * @param stopping ends every stream; agents come back by themselves.
 */
export function createPolicySyncService(options: PolicySyncOptions, stopping: AbortSignal): PolicySyncServiceServer {
  return {
    sync: bidi(async (requests, context, send) => {
      const agent = options.authority.agentOf(context.metadata);
      const connection = options.fleet.connect(agent.uid);
      try {
        await converse(requests, {context, send, agent, connection, stopping}, options);
      } finally {
        connection.close();
      }
    }, options.onError),
  };
}

interface Stream {
  context: CallContext;
  send: Send<SyncResponse>;
  agent: AgentIdentity;
  connection: FleetConnection;
  stopping: AbortSignal;
}

/** Runs one stream until the agent leaves, another takes its place, or the server stops. */
async function converse(
  requests: AsyncIterable<SyncRequest>,
  stream: Stream,
  options: PolicySyncOptions,
): Promise<void> {
  const {feed, signingKey, heartbeatMs = HEARTBEAT_MS, now, random} = options;
  const {context, send, agent, connection, stopping} = stream;
  const conversation = createConversation({
    wanted: feed.active,
    lease: (bundle) => signLease(bundle, now(), signingKey),
    refused: {has: connection.hasRefused, add: connection.refuse},
    heartbeatMs,
    now,
    random,
  });
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  // One event at a time: what is sent leaves in the order of what happened.
  let tail = Promise.resolve();
  const dispatch = async (answer: () => SyncResponse[] | AsyncIterable<SyncResponse>): Promise<void> => {
    tail = tail.then(async () => {
      for await (const message of answer()) await send(message);
    });
    return tail;
  };
  const dispatchAside = (answer: () => SyncResponse[]) => {
    dispatch(answer).catch(failure.reject);
  };
  const unsubscribe = feed.onPublish(() => {
    dispatchAside(conversation.onPublish);
  });
  const ticker = setInterval(() => {
    if (agent.expiresAtMs <= now()) failure.reject(new WeirError('UNAUTHENTICATED', 'the session ended; enrol again'));
    else dispatchAside(conversation.onTick);
  }, TICK_MS);
  const leave = () => {
    failure.reject(new WeirError('UNAVAILABLE', 'the control plane stops or the agent connected again; come back'));
  };
  const ending = AbortSignal.any([stopping, connection.replaced]);
  if (ending.aborted) leave();
  ending.addEventListener('abort', leave, {once: true});
  try {
    const reading = read(requests, async (request) => dispatch(() => answerTo(request, conversation, stream, options)));
    await Promise.race([reading, failure.promise]);
  } catch (error) {
    // The agent left: its own end of the stream says so, and there is nobody to tell.
    if (!context.signal.aborted) throw error;
  } finally {
    clearInterval(ticker);
    unsubscribe();
    ending.removeEventListener('abort', leave);
  }
}

async function read(
  requests: AsyncIterable<SyncRequest>,
  handle: (request: SyncRequest) => Promise<void>,
): Promise<void> {
  for await (const request of requests) await handle(request);
}

function answerTo(
  {message}: SyncRequest,
  conversation: Conversation,
  {agent, connection}: Stream,
  {store, log}: PolicySyncOptions,
): SyncResponse[] | AsyncIterable<SyncResponse> {
  switch (message?.$case) {
    case 'hello': {
      connection.hello(message.value);
      return conversation.onHello(message.value);
    }
    case 'ack': {
      const answer = conversation.onAck(message.value);
      connection.acked(message.value);
      const {generation, digest, compileMs} = message.value;
      log.info('bundle active on an agent', {agent: agent.uid, generation, digest, compileMs});
      return answer;
    }
    case 'nack': {
      connection.nacked(message.value);
      const {generation, digest, problems} = message.value;
      const reason = problems[0]?.message ?? 'no reason given';
      log.error('bundle refused by an agent', {agent: agent.uid, generation, digest, reason: reason.slice(0, 500)});
      return conversation.onNack(message.value);
    }
    case 'status': {
      const answer = conversation.onStatus(message.value);
      connection.status(message.value);
      return answer;
    }
    case 'wantBlobs':
      return blobMessages(message.value.nonce, conversation.onWantBlobs(message.value), store);
    case undefined:
      throw new WeirError('PROTOCOL', 'the agent sent a message of an unknown kind; upgrade the control plane');
  }
}

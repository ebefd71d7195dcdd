import type {Metadata} from '@grpc/grpc-js';
import {WeirError} from '../../lib/errors.ts';
import {pageOf, pageToken} from '../../lib/grpc/paging.ts';
import {type OnCallError, unary} from '../../lib/grpc/server.ts';
import type {Agent, FleetServiceServer, ListAgentsResponse} from '../../proto/gen/weir/admin/v1/fleet.ts';
import type {AgentStore, StoredAgent} from '../store/agent-store.ts';
import type {Fleet} from './fleet.ts';

export interface FleetServiceOptions {
  agents: AgentStore;
  fleet: Fleet;
  /** How far an agent's records are committed; undefined where it never shipped any. */
  cursorOf: (uid: string) => Promise<{epoch: bigint; nextSeq: bigint} | undefined>;
  /** Throws WeirError for a caller who may not read this. */
  authorize: (metadata: Metadata) => unknown;
  onError: OnCallError;
}

const UID_PREFIX = /^[0-9a-f-]{1,36}$/;

/** Answers which agents there are and what they enforce. */
export function createFleetService(options: FleetServiceOptions): FleetServiceServer {
  const {agents, fleet, cursorOf, authorize, onError} = options;
  return {
    listAgents: unary(async ({pageSize, pageToken: token}, context): Promise<ListAgentsResponse> => {
      authorize(context.metadata);
      const page = pageOf(pageSize, token, UID_PREFIX);
      const found = await agents.list({after: page.after ?? '', limit: page.size + 1});
      const shown = found.slice(0, page.size);
      const last = shown.at(-1);
      const more = found.length > shown.length && last !== undefined;
      return {agents: await Promise.all(shown.map(toMessage)), nextPageToken: more ? pageToken(last.uid) : ''};
    }, onError),
    getAgent: unary(async ({agentUid}, context) => {
      authorize(context.metadata);
      return {agent: await toMessage(await oneAgent(agentUid))};
    }, onError),
  };

  async function oneAgent(prefix: string): Promise<StoredAgent> {
    if (!UID_PREFIX.test(prefix)) throw new WeirError('INVALID_ARGUMENT', 'agent_uid is empty or not part of a UUID');
    const [agent, other] = await agents.withPrefix(prefix, 2);
    if (agent === undefined) throw new WeirError('NOT_FOUND', `no agent's uid starts with ${prefix}`);
    if (other !== undefined) {
      throw new WeirError('INVALID_ARGUMENT', `more than one agent's uid starts with ${prefix}; give more of it`);
    }
    return agent;
  }

  async function toMessage(stored: StoredAgent): Promise<Agent> {
    const present = fleet.presence(stored.uid);
    const cursor = await cursorOf(stored.uid);
    const {activeGeneration, activeDigest, mode, lastNack, spoolBytes, spoolRecords, lastSeenAtMs} = present ?? stored;
    return {
      agentUid: stored.uid,
      labels: stored.labels,
      version: stored.version,
      connected: present !== undefined,
      enrolledAt: new Date(stored.enrolledAtMs),
      lastSeenAt: new Date(lastSeenAtMs),
      activeGeneration,
      activeDigest,
      inSync: present !== undefined && fleet.isInSync(activeDigest),
      mode,
      lastNack,
      spoolBytes,
      spoolRecords,
      nextSeq: cursor?.nextSeq ?? 0n,
      epoch: cursor?.epoch ?? 0n,
    };
  }
}

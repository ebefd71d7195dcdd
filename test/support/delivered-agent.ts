import type {LoadBundle} from '../../agent/sync/active-policy.ts';
import {type PolicySync, startPolicySync} from '../../agent/sync/policy-sync.ts';
import {type AgentSession, createAgentSession} from '../../agent/sync/session.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {type Clock, SYSTEM_CLOCK} from '../../lib/clock.ts';
import {connectGrpc} from '../../lib/grpc/channel.ts';
import type {Logger} from '../../lib/log.ts';
import {JOIN} from './control-plane.ts';

/** The part of an agent that gets policy. */
export interface DeliveredAgent {
  readonly session: AgentSession;
  readonly sync: PolicySync;
  readonly stop: () => Promise<void>;
}

/** Starts what `agent/server.ts` starts for policy. */
export async function startDeliveredAgent(options: {
  address: string;
  stateDir: string;
  log: Logger;
  joinToken?: string;
  clock?: Clock;
  loadBundle?: LoadBundle;
}): Promise<DeliveredAgent> {
  const {address, stateDir, log, joinToken = JOIN.token, clock = SYSTEM_CLOCK} = options;
  const connection = connectGrpc(address, {kind: 'insecure'});
  const shared = {version: '0.0.0', clock, random: Math.random, log};
  const session = await createAgentSession({connection, joinToken, stateDir, ...shared});
  const load = () => ({spoolBytes: 7n, spoolRecords: 1n, nextSeq: 3n, openExchanges: 0n});
  const sync = await startPolicySync({session, loadBundle: options.loadBundle ?? loadBundle, load, ...shared});
  let stopped: Promise<void> | undefined;
  return {
    session,
    sync,
    stop: async () => {
      stopped ??= stop();
      return stopped;
    },
  };

  async function stop(): Promise<void> {
    await sync.stop();
    await session.stop();
    connection.close();
  }
}

import {setTimeout as delay} from 'node:timers/promises';
import {FleetServiceClient} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {PolicyServiceClient} from '../../proto/gen/weir/admin/v1/policy.ts';
import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {AdminConnection} from '../connect.ts';

const POLL_MS = 50;
const PATIENCE_MS = 20_000;

/**
 * Waits until the agent enforces a commit: one that starts goes on with the policy it had, which may name
 * a model that is not where it was.
 *
 * @param commit undefined for whatever is served.
 * @returns the problems where the control plane refused the commit, or the agent what was made of it; empty where it
 * is enforced, or time is over.
 */
export async function untilEnforced(
  commit: string | undefined,
  admin: AdminConnection,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const policy = admin.client(PolicyServiceClient);
  const fleet = admin.client(FleetServiceClient);
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const {active, refused, agentsInSync} = await admin.call(policy.getPolicyStatus.bind(policy), {}, signal);
    if (refused !== undefined && (commit === undefined || refused.commit === commit)) return refused.problems;
    const isServed = active !== undefined && (commit === undefined || active.commit === commit);
    if (isServed && agentsInSync > 0) return [];
    if (isServed) {
      const {agents} = await admin.call(fleet.listAgents.bind(fleet), {pageSize: 100, pageToken: ''}, signal);
      const nack = agents.find(({connected}) => connected)?.lastNack;
      if (nack?.generation === active.generation) return nack.problems;
    }
    await delay(POLL_MS, undefined, {signal});
  }
  return [];
}

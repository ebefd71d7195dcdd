import {
  type Bundle,
  GetPolicyStatusResponse,
  PolicyServiceClient,
  ReconcileState,
} from '../proto/gen/weir/admin/v1/policy.ts';
import type {Problem} from '../proto/gen/weir/agent/v1/policy_sync.ts';
import {defineCommand} from './command.ts';
import {CONNECTION_FLAGS, withControlPlane} from './connect.ts';
import {formatFields, OUTPUT_FLAG, print, timeText, visible} from './output.ts';

const STATES: Readonly<Record<number, string>> = {
  [ReconcileState.STARTING]: 'starting: nothing was published yet',
  [ReconcileState.READY]: 'ready: the newest commit is served',
  [ReconcileState.STALLED]: 'stalled: the newest commit is refused; only another commit helps',
  [ReconcileState.RETRYING]: 'retrying: the repository could not be read; it is tried again',
};

export const statusCommand = defineCommand({
  name: 'weir status',
  summary: 'Shows which policy is served, which commit was refused and why, and which agents enforce it.',
  flags: {...OUTPUT_FLAG, ...CONNECTION_FLAGS},
  examples: ['weir status', 'weir status --output json'],
  run: async (flags, io) =>
    withControlPlane(flags, async ({call, client}) => {
      const service = client(PolicyServiceClient);
      const response = await call(service.getPolicyStatus.bind(service), {}, io.signal);
      print(io.stdout, flags.output, GetPolicyStatusResponse.toJSON(response), () => statusText(response));
      return 0;
    }),
});

function statusText(status: GetPolicyStatusResponse): string {
  const {active, refused, agentsInSync, agentsConnected} = status;
  const why = agentsInSync < agentsConnected ? '; weir fleet list shows which do not' : '';
  const facts = formatFields([
    ['policy', STATES[status.state] ?? 'unknown'],
    ['repository', `${status.repository} (branch ${status.branch}, path ${status.path})`],
    ['serving', active === undefined ? 'nothing: agents without a bundle refuse all traffic' : bundleText(active)],
    ['newest commit', status.observedCommit],
    ['last look', timeText(status.lastFetchAt)],
    ['last error', status.lastError],
    ['next try', timeText(status.retryAt)],
    ['agents', `${agentsInSync} of ${agentsConnected} connected agents enforce what is served${why}`],
  ]);
  if (refused === undefined) return facts;
  const count = refused.problems.length === 1 ? '1 problem' : `${refused.problems.length} problems`;
  return `${facts}\ncommit ${refused.commit} was refused (${timeText(refused.at)}), ${count}:\n${refused.problems
    .map((problem) => `  ${problemText(problem)}\n`)
    .join('')}`;
}

function bundleText({commit, generation, rules, documents, publishedAt, subject}: Bundle): string {
  const size = `${rules} rules in ${documents} documents`;
  return `generation ${generation} of ${timeText(publishedAt)}: ${commit.slice(0, 12)} "${subject}", ${size}`;
}

/** As compilers write it, so that editors and people find the place. */
function problemText({file, line, column, code, message}: Problem): string {
  const place = [file, line, column].filter((part) => part !== 0 && part !== '').join(':');
  return visible(`${place === '' ? '' : `${place}: `}${message} [${code}]`).replaceAll('\n', ' ');
}

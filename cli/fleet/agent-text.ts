import type {Agent} from '../../proto/gen/weir/admin/v1/fleet.ts';
import {AgentMode} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import {formatFields, formatTable, span, timeText} from '../output.ts';

const SHORT_UID = 8;

const MODES: Readonly<Record<number, string>> = {
  [AgentMode.FRESH]: 'fresh',
  [AgentMode.STALE_SOFT]: 'stale (soon)',
  [AgentMode.STALE]: 'stale',
  [AgentMode.EXPIRED]: 'expired: refuses',
  [AgentMode.UNCONFIGURED]: 'without policy: refuses',
};

/** The table of `weir fleet list`. */
export function agentsTable(agents: readonly Agent[], nowMs: number): string {
  if (agents.length === 0) return 'no agent has joined yet; start one with weir agent --token …\n';
  const rows = agents.map((agent) => [
    agent.agentUid.slice(0, SHORT_UID),
    agent.connected ? 'connected' : 'away',
    labelsText(agent),
    agent.version,
    policyText(agent),
    modeText(agent),
    `${agent.spoolRecords}`,
    agent.lastSeenAt === undefined ? '' : `${span(agent.lastSeenAt.getTime(), nowMs)} ago`,
  ]);
  return formatTable(['AGENT', 'STATE', 'LABELS', 'VERSION', 'POLICY', 'MODE', 'SPOOLED', 'SEEN'], rows);
}

/** The text of `weir fleet show`. */
export function agentText(agent: Agent): string {
  const nack = agent.lastNack;
  const facts = formatFields([
    ['agent', agent.agentUid],
    ['state', agent.connected ? 'connected' : 'away'],
    ['labels', labelsText(agent)],
    ['version', agent.version],
    ['policy', policyText(agent)],
    ['digest', agent.activeDigest],
    ['mode', modeText(agent)],
    ['joined', timeText(agent.enrolledAt)],
    ['last seen', timeText(agent.lastSeenAt)],
    ['spool', `${agent.spoolRecords} records, ${agent.spoolBytes} bytes not yet taken`],
    ['records', `epoch ${agent.epoch}, taken up to ${agent.nextSeq}`],
    ['refused', nack === undefined ? undefined : `generation ${nack.generation}, digest ${nack.digest}`],
  ]);
  if (nack === undefined || nack.problems.length === 0) return facts;
  const problems = nack.problems.map((problem) => [
    [problem.file, problem.line, problem.column].filter((part) => part !== 0 && part !== '').join(':'),
    problem.code,
    problem.message,
  ]);
  return `${facts}\n${formatTable(['PLACE', 'CODE', 'PROBLEM'], problems)}`;
}

function labelsText({labels}: Agent): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',');
}

function policyText({activeGeneration, inSync, lastNack}: Agent): string {
  const refused =
    lastNack !== undefined && lastNack.generation > activeGeneration
      ? `, refused ${lastNack.generation} (weir fleet show)`
      : '';
  if (activeGeneration === 0n) return `none${refused}`;
  return `generation ${activeGeneration}${inSync ? ', in sync' : ', behind'}${refused}`;
}

function modeText({mode}: Agent): string {
  return MODES[mode] ?? '';
}

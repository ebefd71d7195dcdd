import type {Command} from './command.ts';

/** A command as the list shows it; its module is loaded only when it runs, so that `weir --help` stays fast. */
export interface CommandEntry {
  name: string;
  summary: string;
  load: () => Promise<Command>;
}

/** Every command of `weir`, in the order of `weir --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'dev',
    summary: 'control plane, agent and example policies in one process',
    load: async () => (await import('./dev/dev.ts')).devCommand,
  },
  {
    name: 'controlplane',
    summary: 'reconciles the policy repository and serves agents, reviewers and auditors',
    load: async () => (await import('../controlplane/main.ts')).controlplaneCommand,
  },
  {
    name: 'agent',
    summary: 'proxies the traffic of one network and enforces the policy',
    load: async () => (await import('../agent/main.ts')).agentCommand,
  },
  {
    name: 'policy validate',
    summary: 'checks a policy repository and prints every problem',
    load: async () => (await import('./policy/validate.ts')).validateCommand,
  },
  {
    name: 'policy test',
    summary: 'runs the PolicyTest documents of a repository',
    load: async () => (await import('./policy/test.ts')).testCommand,
  },
  {
    name: 'policy explain',
    summary: 'says what each rule looks for, and what it makes live streams wait for',
    load: async () => (await import('./policy/explain.ts')).explainCommand,
  },
  {
    name: 'policy detectors',
    summary: 'lists detectors, or tries them on a text',
    load: async () => (await import('./policy/detectors.ts')).detectorsCommand,
  },
  {
    name: 'approvals list',
    summary: 'lists the requests that wait for approval',
    load: async () => (await import('./approvals/list.ts')).approvalsListCommand,
  },
  {
    name: 'approvals show',
    summary: 'shows a held request as it would be sent',
    load: async () => (await import('./approvals/show.ts')).approvalsShowCommand,
  },
  {
    name: 'approvals approve',
    summary: 'lets a held request go on',
    load: async () => (await import('./approvals/review.ts')).approveCommand,
  },
  {
    name: 'approvals deny',
    summary: 'refuses a held request',
    load: async () => (await import('./approvals/review.ts')).denyCommand,
  },
  {
    name: 'audit sessions',
    summary: 'lists conversations and runs',
    load: async () => (await import('./audit/sessions.ts')).sessionsCommand,
  },
  {
    name: 'audit exchanges',
    summary: 'lists exchanges: who sent what to which model, and what the policy did',
    load: async () => (await import('./audit/exchanges.ts')).exchangesCommand,
  },
  {
    name: 'audit show',
    summary: 'shows one exchange with its request and response',
    load: async () => (await import('./audit/show.ts')).showCommand,
  },
  {
    name: 'audit replay',
    summary: 'plays an exchange back at its own pace',
    load: async () => (await import('./audit/replay.ts')).replayCommand,
  },
  {
    name: 'fleet list',
    summary: 'lists the agents and what each enforces',
    load: async () => (await import('./fleet/list.ts')).fleetListCommand,
  },
  {
    name: 'fleet show',
    summary: 'shows one agent',
    load: async () => (await import('./fleet/show.ts')).fleetShowCommand,
  },
  {
    name: 'status',
    summary: 'shows which policy is served, which commit was refused, and why',
    load: async () => (await import('./status.ts')).statusCommand,
  },
];

import {curlCommand, DEMO_CALLS, type DemoCall} from './demo-calls.ts';
import {type DevKeys, keyHash} from './dev-keys.ts';
import type {Paint} from './paint.ts';

/** What a person needs to know of running demo servers. */
export interface DevFacts {
  agentUrl: string;
  /** `HOST:PORT` of the control plane's gRPC server. */
  grpcAddress: string;
  keys: DevKeys;
  /** Where the policies are, and whether commits there are enforced at once. */
  repository: string;
  isOwnRepository: boolean;
  /** Dialects answered by the stand-in model, e.g. `OpenAI and Anthropic`; empty for none. */
  standsInFor: string;
  logFile: string;
}

const DEFAULT_GRPC = '127.0.0.1:8443';

/** What `weir dev` prints once everything runs: addresses, the key, and five commands to paste. */
export function introText(facts: DevFacts, paint: Paint): string {
  const {agentUrl, keys, repository, standsInFor} = facts;
  const model =
    standsInFor === ''
      ? 'the providers themselves, with the keys of your environment'
      : `a stand-in for ${standsInFor} that answers with what it received (no provider key in the environment)`;
  const policies = facts.isOwnRepository
    ? `${repository}  (edit and commit: enforced within a second or two)`
    : `${repository}  (use a key of its own, or add an ApiKey for the demo key: hash "${keyHash(keys.callerKey)}")`;
  const rows: [name: string, value: string][] = [
    ['Agent', paint.bold(agentUrl)],
    ['Key', paint.bold(keys.callerKey)],
    ['Model', model],
    ['Policies', policies],
    ['Log', facts.logFile],
  ];
  const head = rows.map(([name, value]) => `  ${paint.dim(name.padEnd(10))}${value}\n`).join('');
  const commands = pasteCommands(facts).map(
    ({title, command}, index) => `\n${paint.dim(`  # ${index + 1}. ${title}`)}\n${command}\n`,
  );
  return `\n${paint.good('  Weir is running.')} Point an SDK at the agent, or paste these into another terminal here.\n\n${head}${commands.join('')}\n${paint.dim('  Ctrl-C stops; a later start continues with the same data.')}\n`;
}

function pasteCommands({agentUrl, grpcAddress, keys}: DevFacts): {title: string; command: string}[] {
  const address = grpcAddress === DEFAULT_GRPC ? '' : ` --controlplane ${grpcAddress}`;
  const access = `--insecure --admin-token ${keys.adminToken}${address}`;
  const commandFor = (call: DemoCall): string => {
    const curl = curlCommand(call, agentUrl, keys.callerKey);
    if (call.name !== 'held') return `${curl}; echo`;
    // A subshell of its own, so that an interactive shell says nothing of background jobs.
    return `( (${curl}; echo) &\n  sleep 1; npx weir approvals approve --reason 'read and fine' ${access}; wait )`;
  };
  return [
    ...DEMO_CALLS.map((call) => ({title: call.title, command: commandFor(call)})),
    {title: 'What the auditor sees of all four', command: `npx weir audit exchanges ${access}`},
  ];
}

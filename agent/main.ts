import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {type CommandIo, defineCommand} from '../lib/command.ts';
import {WeirError} from '../lib/errors.ts';
import type {ClientTransport} from '../lib/grpc/channel.ts';
import {createLogger} from '../lib/log.ts';
import {untilAborted} from '../lib/until-aborted.ts';
import {parseCredentialBinding, requireVariables} from './credentials/binding.ts';
import {parseAnalyzerHost} from './inspect/analyzer-hosts.ts';
import {startAgent} from './server.ts';

/**
 * An exchange leaves little that survives it: helpers of the collector cost more CPU than they take off the main
 * thread, which shares its core with them.
 */
const COLLECTOR_FLAGS = ['--no-parallel-scavenge', '--no-concurrent-sweeping', '--no-concurrent-array-buffer-sweeping'];

/** `weir agent`: runs until SIGTERM or SIGINT, then drains. */
export const agentCommand = defineCommand({
  name: 'weir agent',
  summary: 'Proxies the traffic of one network to the model providers and enforces the policy on it.',
  flags: {
    controlplane: {type: 'string', required: true, placeholder: 'HOST:PORT', help: 'gRPC address of the control plane'},
    token: {type: 'string', required: true, secret: true, help: 'join token; it carries the labels of this agent'},
    state: {type: 'string', required: true, placeholder: 'DIR', help: 'identity, last policy and spool of this agent'},
    listen: {type: 'string', default: '127.0.0.1:8787', placeholder: 'HOST:PORT', help: 'where callers connect'},
    adminListen: {
      type: 'string',
      default: '127.0.0.1:8788',
      placeholder: 'HOST:PORT',
      help: 'health, readiness and metrics',
    },
    credential: {
      type: 'list',
      placeholder: 'NAME=SOURCE@HOST',
      help: 'provider key: env:VARIABLE or file:PATH, and the hosts it may go to',
    },
    externalDetector: {
      type: 'list',
      placeholder: 'HOST[:PORT]',
      help: 'host of an external detector that texts may be sent to; http://HOST[:PORT] without TLS',
    },
    insecure: {type: 'boolean', help: 'plaintext gRPC, to this machine only'},
    controlplaneCa: {
      type: 'string',
      placeholder: 'FILE',
      help: 'PEM roots that vouch for the control plane; those of the system otherwise',
    },
    drain: {type: 'duration', default: 30_000, help: 'how long running requests may go on after SIGTERM'},
    logLevel: {type: 'string', default: 'info', choices: ['debug', 'info', 'warn', 'error'], help: 'to standard error'},
  },
  examples: [
    'weir agent --controlplane weir.example.com:8443 --token $JOIN_TOKEN --state /var/lib/weir-agent \\',
    '    --credential openai-key=env:OPENAI_API_KEY@api.openai.com',
    'weir agent --controlplane 127.0.0.1:8443 --token $JOIN_TOKEN --state ./agent --insecure \\',
    '    --credential openai-key=file:/run/secrets/openai@api.openai.com,eu.api.openai.com',
  ],
  run: async (flags, io) => {
    for (const flag of COLLECTOR_FLAGS) setFlagsFromString(flag);
    const log = createLogger({level: flags.logLevel, write: (line) => void io.stderr.write(line)});
    const credentials = flags.credential.map(parseCredentialBinding);
    requireVariables(credentials, io.env);
    const agent = await startAgent({
      controlplane: flags.controlplane,
      transport: transportOf(flags),
      joinToken: flags.token,
      stateDir: flags.state,
      listen: flags.listen,
      adminListen: flags.adminListen,
      credentials,
      analyzerHosts: flags.externalDetector.map(parseAnalyzerHost),
      environment: io.env,
      drainMs: flags.drain,
      log,
    });
    try {
      await agent.ready(io.signal);
      sayReady(io, {listen: agent.address, adminListen: agent.adminAddress, agent: agent.uid});
      await untilAborted(io.signal);
    } catch (error) {
      if (!io.signal.aborted) throw error;
    } finally {
      log.info('stopping');
      await agent.stop();
    }
    return 0;
  },
});

function transportOf(flags: {insecure: boolean; controlplaneCa: string | undefined}): ClientTransport {
  if (flags.insecure) {
    if (flags.controlplaneCa === undefined) return {kind: 'insecure'};
    throw new WeirError('USAGE', '--insecure and --controlplane-ca exclude each other; keep one');
  }
  return {kind: 'tls', ca: flags.controlplaneCa === undefined ? undefined : readCa(flags.controlplaneCa)};
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new WeirError('USAGE', `--controlplane-ca: ${path} cannot be read`, {cause});
  }
}

function sayReady({stdout}: CommandIo, addresses: Record<string, string>): void {
  stdout.write(`${JSON.stringify({ready: true, ...addresses})}\n`);
}

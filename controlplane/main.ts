import {readFileSync} from 'node:fs';
import {type CommandIo, defineCommand} from '../lib/command.ts';
import {WeirError} from '../lib/errors.ts';
import type {ServerTransport} from '../lib/grpc/channel.ts';
import {createLogger} from '../lib/log.ts';
import {untilAborted} from '../lib/until-aborted.ts';
import {startControlPlane} from './server.ts';

/** `weir controlplane`: runs until it is told to stop. */
export const controlplaneCommand = defineCommand({
  name: 'weir controlplane',
  summary: 'Reconciles the policy repository and serves agents, reviewers and auditors.',
  flags: {
    repo: {type: 'string', required: true, placeholder: 'URL', help: 'policy repository: path, https or ssh'},
    branch: {type: 'string', default: 'main', placeholder: 'NAME', help: 'branch to follow'},
    path: {type: 'string', default: '.', placeholder: 'DIR', help: 'folder of the repository that holds policy'},
    data: {type: 'string', required: true, placeholder: 'DIR', help: 'database, keys and mirror'},
    grpcListen: {type: 'string', default: '127.0.0.1:8443', placeholder: 'HOST:PORT', help: 'gRPC; port 0 takes any'},
    httpListen: {
      type: 'string',
      default: '127.0.0.1:8080',
      placeholder: 'HOST:PORT',
      help: 'health, and POST /-/reconcile as a webhook',
    },
    tlsCert: {type: 'string', placeholder: 'FILE', help: 'PEM certificate chain of the gRPC port'},
    tlsKey: {type: 'string', placeholder: 'FILE', help: 'PEM private key of it'},
    insecure: {type: 'boolean', help: 'plaintext gRPC, on a loopback address only'},
    joinToken: {
      type: 'list',
      secret: true,
      placeholder: 'TOKEN:k=v,k=v',
      help: 'admits agents, and gives them these labels',
    },
    adminToken: {
      type: 'list',
      secret: true,
      placeholder: 'TOKEN[:subject=S,group=G]',
      help: 'admits people; without subject: everything',
    },
    pollInterval: {type: 'duration', default: 15_000, min: 100, help: 'time between two looks at the repository'},
    otlpEndpoint: {type: 'string', placeholder: 'URL', help: 'OTLP gRPC receiver that telemetry is passed on to'},
    acceptRewrite: {
      type: 'string',
      placeholder: 'COMMIT',
      help: 'take this commit although it does not descend from the active one',
    },
    logLevel: {
      type: 'string',
      choices: ['debug', 'info', 'warn', 'error'],
      default: 'info',
      help: 'least level of lines on standard error',
    },
  },
  examples: [
    'weir controlplane --repo https://git.example.com/policy.git --data /var/lib/weir \\',
    '    --grpc-listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem --join-token "$JOIN:env=prod"',
    'weir controlplane --repo ./policy --data ./data --insecure --poll-interval 1s',
  ],
  run: async (flags, io) => {
    const log = createLogger({level: flags.logLevel, write: (line) => io.stderr.write(line)});
    const server = await startControlPlane({
      repository: flags.repo,
      branch: flags.branch,
      path: flags.path,
      dataDir: flags.data,
      grpcListen: flags.grpcListen,
      httpListen: flags.httpListen,
      transport: transportOf(flags),
      pollIntervalMs: flags.pollInterval,
      joinTokens: flags.joinToken,
      adminTokens: flags.adminToken,
      otlpEndpoint: flags.otlpEndpoint,
      acceptRewrite: flags.acceptRewrite,
      log,
    });
    if (server.firstAdminToken !== undefined) showOnce(server.firstAdminToken, io);
    const ready = {ready: true, grpc: server.grpcAddress, http: server.httpAddress};
    io.stdout.write(`${JSON.stringify(ready)}\n`);
    await untilAborted(io.signal);
    log.info('stopping');
    await server.stop();
    log.info('stopped');
    return 0;
  },
});

/** To the terminal and nowhere else: it is not a line of the log. */
function showOnce(token: string, io: CommandIo): void {
  io.stderr.write(
    `\nNo --admin-token is configured, so one was made. It is shown this once and kept as a digest only:\n\n` +
      `    export WEIR_ADMIN_TOKEN=${token}\n\n`,
  );
}

function transportOf(flags: {
  insecure: boolean;
  tlsCert: string | undefined;
  tlsKey: string | undefined;
}): ServerTransport {
  const {insecure, tlsCert, tlsKey} = flags;
  if (insecure) {
    if (tlsCert === undefined && tlsKey === undefined) return {kind: 'insecure'};
    throw new WeirError('USAGE', '--insecure and --tls-cert exclude each other; leave one out');
  }
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new WeirError('USAGE', 'give --tls-cert and --tls-key, or --insecure on a loopback address');
  }
  return {kind: 'tls', certificate: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey)};
}

function readPem(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new WeirError('USAGE', `${flag} ${path} cannot be read (${code})`, {cause});
  }
}

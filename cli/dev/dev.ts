import {randomBytes} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {parseAnalyzerHost} from '../../agent/inspect/analyzer-hosts.ts';
import {type RunningAgent, startAgent} from '../../agent/server.ts';
import {type ControlPlane, startControlPlane} from '../../controlplane/server.ts';
import {WeirError} from '../../lib/errors.ts';
import {flagName} from '../../lib/flags.ts';
import {createLogger, type Logger} from '../../lib/log.ts';
import {untilAborted} from '../../lib/until-aborted.ts';
import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import {type CommandIo, defineCommand} from '../command.ts';
import {type ConnectionOptions, withControlPlane} from '../connect.ts';
import {prepareRepository} from './demo-repository.ts';
import {type DevKeys, keyHash, loadDevKeys} from './dev-keys.ts';
import {untilEnforced} from './enforced.ts';
import {introText} from './intro.ts';
import {createPaint} from './paint.ts';
import {EXAMPLE_POLICIES, needsStandIn, type ProviderPlan, planProviders} from './providers.ts';
import {type StandInModel, startStandInModel} from './stand-in-model.ts';
import {runTour} from './tour.ts';

const DRAIN_MS = 5_000;
const POLL_MS = 1_000;
/** Fast enough to read along, slow enough to see that it streams. */
const STREAM_PACE_MS = 40;

const FLAGS = {
  tour: {type: 'boolean', help: 'make the calls of the demo on ports and data of its own, show each, and stop'},
  data: {type: 'string', default: '.weir/dev', placeholder: 'DIR', help: 'where everything is kept between starts'},
  repo: {type: 'string', placeholder: 'URL', help: 'a policy repository of your own in place of the example'},
  listen: {type: 'string', default: '127.0.0.1:8787', placeholder: 'HOST:PORT', help: 'where callers reach the agent'},
  adminListen: {type: 'string', default: '127.0.0.1:8788', placeholder: 'HOST:PORT', help: 'health and metrics'},
  modelListen: {type: 'string', default: '127.0.0.1:8789', placeholder: 'HOST:PORT', help: 'the stand-in model'},
  grpcListen: {type: 'string', default: '127.0.0.1:8443', placeholder: 'HOST:PORT', help: 'control plane, gRPC'},
  httpListen: {type: 'string', default: '127.0.0.1:8080', placeholder: 'HOST:PORT', help: 'control plane, health'},
  otlpEndpoint: {type: 'string', placeholder: 'URL', help: 'OTLP gRPC receiver that traces are passed on to'},
  externalDetector: {type: 'list', placeholder: 'HOST[:PORT]', help: 'analyzer that texts may be sent to'},
} as const;

interface DevOptions {
  data: string;
  repo: string | undefined;
  listen: string;
  adminListen: string;
  modelListen: string;
  grpcListen: string;
  httpListen: string;
  otlpEndpoint: string | undefined;
  externalDetector: readonly string[];
}

/** Everything that `weir dev` runs. */
interface DevSession {
  agent: RunningAgent;
  controlPlane: ControlPlane;
  connection: ConnectionOptions;
  model: StandInModel | undefined;
  plan: ProviderPlan;
  keys: DevKeys;
  repository: string;
  logFile: string;
}

/** `weir dev`: control plane, agent, example policies and a model in one process. */
export const devCommand = defineCommand({
  name: 'weir dev',
  summary: 'control plane, agent and example policies in one process',
  flags: FLAGS,
  examples: ['weir dev', 'weir dev --tour', 'weir dev --repo git@example.com:security/policies.git --data ./weir'],
  run: async (values, io) => {
    const options = values.tour ? withPlacesOfTour(values) : values;
    const closers: (() => Promise<void>)[] = [];
    try {
      const session = await startSession(options, io, closers);
      return options.tour ? await tour(session, io) : await serve(session, options, io);
    } catch (error) {
      throw withHint(error, options);
    } finally {
      for (const close of closers.toReversed()) await close();
    }
  },
});

const ANY_PORT = '127.0.0.1:0';
const TOUR_PLACES = {
  data: '.weir/tour',
  listen: ANY_PORT,
  adminListen: ANY_PORT,
  modelListen: ANY_PORT,
  grpcListen: ANY_PORT,
  httpListen: ANY_PORT,
} as const;

/** Where nobody says otherwise, the tour keeps out of the way of a `weir dev` that runs. */
function withPlacesOfTour<Options extends Record<keyof typeof TOUR_PLACES, string>>(options: Options): Options {
  const keys = Object.keys(TOUR_PLACES) as (keyof typeof TOUR_PLACES)[];
  const unsaid = keys.filter((key) => options[key] === FLAGS[key].default);
  return {...options, ...Object.fromEntries(unsaid.map((key) => [key, TOUR_PLACES[key]]))};
}

async function serve(session: DevSession, options: DevOptions, io: CommandIo): Promise<number> {
  const facts = {
    agentUrl: `http://${session.agent.address}`,
    grpcAddress: session.controlPlane.grpcAddress,
    keys: session.keys,
    repository: session.repository,
    isOwnRepository: options.repo === undefined,
    standsInFor: session.plan.played.join(' and '),
    logFile: session.logFile,
  };
  io.stdout.write(introText(facts, createPaint(io.isTTY, io.env)));
  await untilAborted(io.signal);
  io.stdout.write('\nStopping; running exchanges may end.\n');
  return 0;
}

async function tour(session: DevSession, io: CommandIo): Promise<number> {
  const {keys, connection, agent, model, plan} = session;
  const isAsExpected = await withControlPlane(connection, async (admin) =>
    runTour(
      {
        agentUrl: `http://${agent.address}`,
        callerKey: keys.callerKey,
        admin,
        model: plan.played.includes('OpenAI') ? model : undefined,
        paint: createPaint(io.isTTY, io.env),
        say: (line) => io.stdout.write(`${line}\n`),
      },
      io.signal,
    ),
  );
  io.stdout.write(isAsExpected ? '\nAll four ended as the policies say.\n' : '\nNot all ended as expected.\n');
  return isAsExpected ? 0 : 1;
}

async function startSession(options: DevOptions, io: CommandIo, closers: (() => Promise<void>)[]): Promise<DevSession> {
  const data = resolve(options.data);
  await mkdir(data, {recursive: true, mode: 0o700});
  const logFile = join(data, 'weir.log');
  const log = openLog(logFile, closers);
  const keys = await loadDevKeys(data);
  const model = needsStandIn(io.env)
    ? await startStandInModel({listen: options.modelListen, paceMs: STREAM_PACE_MS})
    : undefined;
  if (model !== undefined) closers.push(model.stop);
  const plan = planProviders(io.env, model?.url);
  const repository = options.repo ?? join(data, 'policies');
  const demo = {directory: repository, examples: EXAMPLE_POLICIES, callerKeyHash: keyHash(keys.callerKey)};
  const commit =
    options.repo === undefined ? await prepareRepository({...demo, standIns: plan.standIns}, io.signal) : undefined;
  // Join tokens are needed at each start only, so this one is known to nobody.
  const joinToken = randomBytes(24).toString('hex');
  const controlPlane = await startControlPlane({
    repository,
    branch: 'main',
    path: '.',
    dataDir: join(data, 'controlplane'),
    grpcListen: options.grpcListen,
    httpListen: options.httpListen,
    otlpEndpoint: options.otlpEndpoint,
    acceptRewrite: undefined,
    pollIntervalMs: POLL_MS,
    joinTokens: [`${joinToken}:env=dev`],
    adminTokens: [keys.adminToken],
    transport: {kind: 'insecure'},
    log: log.with({part: 'controlplane'}),
  });
  closers.push(controlPlane.stop);
  const agent = await startAgent({
    controlplane: controlPlane.grpcAddress,
    transport: {kind: 'insecure'},
    joinToken,
    stateDir: join(data, 'agent'),
    listen: options.listen,
    adminListen: options.adminListen,
    credentials: plan.credentials,
    analyzerHosts: options.externalDetector.map(parseAnalyzerHost),
    environment: plan.environment,
    drainMs: DRAIN_MS,
    log: log.with({part: 'agent'}),
  });
  closers.push(agent.stop);
  const connection = {
    controlplane: controlPlane.grpcAddress,
    adminToken: keys.adminToken,
    insecure: true,
    controlplaneCa: undefined,
  };
  const problems = await withControlPlane(connection, async (admin) => untilEnforced(commit, admin, io.signal));
  sayProblems(problems, repository, io);
  return {agent, controlPlane, connection, model, plan, keys, repository, logFile};
}

/** A repository that a person edits may be broken at the start; what was enforced before goes on. */
function sayProblems(problems: readonly Problem[], repository: string, io: CommandIo): void {
  if (problems.length === 0) return;
  io.stderr.write(`The newest commit of ${repository} is refused; what was enforced before it stays:\n`);
  for (const {file, line, column, message} of problems) {
    const place = [file, line, column].filter((part) => part !== 0 && part !== '').join(':');
    io.stderr.write(`  ${place === '' ? '' : `${place} `}${message}\n`);
  }
}

/** The same error; of a port that is taken, also the flag that moves it. */
function withHint(error: unknown, options: DevOptions): unknown {
  if (!(error instanceof WeirError)) return error;
  if (error.code === 'DATA_IN_USE') {
    const message = `${options.data} is in use by another weir; stop it, or name another directory with --data`;
    return new WeirError('DATA_IN_USE', message, {cause: error});
  }
  const {listen, adminListen, modelListen, grpcListen, httpListen} = options;
  const addresses = {listen, adminListen, modelListen, grpcListen, httpListen};
  const taken = Object.entries(addresses).find(([, address]) => error.message.includes(address));
  if (error.code !== 'PORT_IN_USE' || taken === undefined) return error;
  const [flag, address] = taken;
  const message = `${address} is in use; stop what listens there (another weir dev?), or move it with --${flagName(flag)}`;
  return new WeirError('PORT_IN_USE', message, {cause: error});
}

function openLog(file: string, closers: (() => Promise<void>)[]): Logger {
  const stream = createWriteStream(file, {flags: 'a', mode: 0o600});
  closers.push(
    async () =>
      new Promise((resolve) => {
        stream.end(resolve);
      }),
  );
  return createLogger({level: 'info', write: (line) => stream.write(line)});
}

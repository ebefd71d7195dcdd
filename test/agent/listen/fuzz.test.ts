import {once} from 'node:events';
import {createServer as createHttpServer, type IncomingMessage, METHODS} from 'node:http';
import {type AddressInfo, connect, type Server, type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {openHttpListener} from '../../../agent/listen/http-listener.ts';
import type {InboundRequest, Responder} from '../../../agent/listen/listener.ts';
import {createHttpUpstream} from '../../../agent/proxy/http-upstream.ts';
import {Cancellation} from '../../../lib/cancellation.ts';
import {errorCode, WeirError} from '../../../lib/errors.ts';
import {waitFor} from '../../support/wait.ts';
import {Dice, mutated, request} from './fuzzed-requests.ts';
import {readAnswers} from './plain-answers.ts';

/** Longer by these: `WEIR_FUZZ_SECONDS=300 WEIR_FUZZ_SEED=7 ava test/agent/listen/fuzz.test.ts`. */
const SECONDS = Number(process.env['WEIR_FUZZ_SECONDS'] ?? 4);
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);
const PARALLEL = 16;

/** What was taken for one request. */
interface Taken {
  method: string;
  target: string;
  body: string;
}

interface Case {
  text: string;
  /** Where it is cut into writes. */
  cuts: number[];
  isMutated: boolean;
  ending: 'wait' | 'end' | 'destroy' | 'reset';
  names: string[];
}

function makeCase(seed: number): Case {
  const dice = new Dice(seed);
  const names = Array.from({length: 1 + dice.below(3)}, (_, at) => `r${seed}-${at}`);
  const whole = names.map((name) => request(dice, name)).join('');
  const mutations = dice.below(4);
  let text = whole;
  for (let count = 0; count < mutations; count++) text = mutated(dice, text);
  const ending = dice.oneOf<Case['ending']>(['wait', 'wait', 'wait', 'end', 'destroy', 'reset']);
  if (ending === 'destroy' || ending === 'reset') text = text.slice(0, dice.below(text.length + 1));
  const cuts = Array.from({length: dice.below(6)}, () => dice.below(text.length + 1)).toSorted((a, b) => a - b);
  return {text, cuts, isMutated: text !== whole, ending, names};
}

/** A provider that answers in every way there is, well or badly; what it answers with is what it was sent. */
async function startProvider(t: ExecutionContext) {
  const paths = new Set<string>();
  let count = 0;
  const server = createHttpServer((incoming, response) => {
    paths.add(`${incoming.method} ${incoming.url}`);
    void bodyOf(incoming).then((body) => {
      const dice = new Dice(count++);
      switch (dice.below(12)) {
        case 0:
          incoming.socket.destroy();
          return;
        case 1:
          incoming.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ncut');
          return;
        case 2:
          incoming.socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n');
          return;
        case 3:
          response.writeProcessing();
          response.end(body);
          return;
        case 4:
          response.writeHead(200, {connection: 'close'}).end(body);
          return;
        case 5:
          response.write(body.slice(0, 5));
          setImmediate(() => response.end(body.slice(5)));
          return;
        default:
          response.writeHead(200, {'content-length': Buffer.byteLength(body, 'latin1')}).end(body, 'latin1');
      }
    });
  });
  return {origin: `http://127.0.0.1:${await listening(t, server)}`, paths};
}

async function listening(t: ExecutionContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  incoming.on('error', () => undefined);
  return new Promise((resolve) => {
    let body = '';
    incoming.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    incoming.on('end', () => {
      resolve(body);
    });
  });
}

/** Passes requests on, half of the answers as they come and half of them whole. */
function relay(origin: string, taken: (request: Taken) => void, client: ReturnType<typeof createHttpUpstream>) {
  let count = 0;
  const answer = async (inbound: InboundRequest, responder: Responder, cancellation: Cancellation) => {
    const body = await inbound.body(100_000);
    const query = inbound.query === '' ? '' : `?${inbound.query}`;
    taken({method: inbound.method, target: `${inbound.path}${query}`, body: body.toString('latin1')});
    const times = {connectTimeoutMs: 2_000, firstByteTimeoutMs: 2_000, idleTimeoutMs: 2_000};
    const headers = {'x-name': String(inbound.headers['a'] ?? '')};
    const upstream = await client.send({origin, method: 'POST', path: '/relay', headers, body, ...times}, cancellation);
    const isStreamed = count++ % 2 === 0;
    if (isStreamed) responder.head(upstream.status, {});
    const parts: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      upstream.read({
        data: (chunk) => {
          if (isStreamed) responder.write(chunk);
          else parts.push(chunk);
        },
        end: resolve,
        fail: reject,
      });
    });
    if (isStreamed) responder.end();
    else responder.answer(upstream.status, {}, Buffer.concat(parts));
  };
  return (inbound: InboundRequest, responder: Responder) => {
    const cancellation = new Cancellation();
    responder.onGone(() => {
      cancellation.cancel(new WeirError('CANCELLED', 'the caller left'));
    });
    answer(inbound, responder, cancellation).catch((error: unknown) => {
      if (errorCode(error) === 'INTERNAL') throw error;
      if (responder.headSent) responder.destroy();
      else responder.answer(502, {}, Buffer.from(errorCode(error)));
    });
  };
}

/** Sends a case; all that was answered, and whether the peer closed. */
async function play(port: number, {text, cuts, ending, isMutated, names}: Case) {
  const socket: Socket = connect({port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true});
  let answered = '';
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      resolve();
    }),
  );
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (more: string) => {
    answered += more;
  });
  socket.on('end', () => socket.end());
  for (const [at, cut] of [...cuts, text.length].entries()) {
    socket.write(text.slice(cuts[at - 1] ?? 0, cut), 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const isOver = () => socket.destroyed || (!isMutated && countOf(answered) >= names.length);
  if (ending === 'destroy') socket.destroy();
  else if (ending === 'reset') socket.resetAndDestroy();
  else if (ending === 'end') socket.end();
  else if (!isMutated) await waitFor('every answer', 10_000, () => (isOver() ? true : undefined));
  // What became of broken bytes shows soon, or never: they may be the start of something longer.
  else await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 30))]);
  if (ending !== 'end') socket.destroy();
  await closed;
  return answered;
}

function countOf(text: string): number {
  return text.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0;
}

/** What Node's own parser takes the same bytes for. */
async function startWitness(t: ExecutionContext) {
  const taken = new Map<Socket, Taken[]>();
  const take = (incoming: IncomingMessage, response: {end: () => unknown}) => {
    const entry = {
      method: incoming.method ?? '',
      target: (incoming.url ?? '').replace(/^\/\//, '/').replace(/^([^?]*)\?$/, '$1'),
      body: '',
    };
    void bodyOf(incoming).then((body) => {
      taken.get(incoming.socket)?.push({...entry, body});
      response.end();
    });
  };
  const server = createHttpServer({maxHeaderSize: 65_536}, take);
  server.on('checkContinue', take).on('checkExpectation', take);
  server.on('connection', (socket: Socket) => taken.set(socket, []));
  const port = await listening(t, server);
  return async (text: string): Promise<Taken[]> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).resume();
    const [peer] = await accepted;
    const closed = new Promise((resolve) => peer.once('close', resolve));
    socket.end(text, 'latin1');
    await closed;
    socket.destroy();
    const all = taken.get(peer) ?? [];
    taken.delete(peer);
    return all;
  };
}

/** One witness at a time: its connections are told apart by their order. */
function inTurn<Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) {
  let last: Promise<unknown> = Promise.resolve();
  return async (...args: Args): Promise<Result> => {
    const next = last.then(async () => run(...args));
    last = next.catch(() => undefined);
    return next;
  };
}

/** What of Weir's reading can be compared: neither parser takes more methods, or targets, than it knows. */
function comparable(taken: readonly Taken[]): readonly Taken[] {
  const end = taken.findIndex(({method, target}) => !METHODS.includes(method) || !/^\/[!-~]*$/.test(target));
  return end === -1 ? taken : taken.slice(0, end);
}

test('whatever is sent, nothing is taken for a request but what another strict parser takes for one', async (t) => {
  t.timeout((SECONDS + 60) * 1_000);
  const provider = await startProvider(t);
  const witness = inTurn(await startWitness(t));
  const client = createHttpUpstream();
  const runs = {cases: 0, requests: 0, answers: 0, refused: 0};
  const runCase = async (one: Case) => {
    const taken: Taken[] = [];
    const listener = await openHttpListener({
      listen: '127.0.0.1:0',
      handler: relay(provider.origin, (request) => taken.push(request), client),
    });
    const answered = await play(Number(listener.address.split(':')[1]), one);
    await listener.close();
    const answers = readAnswers(answered);
    const named = JSON.stringify(one);
    const theirs = (await witness(one.text)).filter(({method, target}) => method !== 'HEAD' || target !== '/');
    const ours = comparable(taken);
    t.deepEqual(ours, theirs.slice(0, ours.length), named);
    t.true(answers.length <= taken.length + 1, named);
    runs.cases += 1;
    runs.requests += taken.length;
    runs.answers += answers.length;
    runs.refused += answers.filter(({status}) => status >= 400 && status < 500).length;
  };
  const until = performance.now() + SECONDS * 1_000;
  let seed = SEED * 1_000_000;
  const work = async () => {
    while (performance.now() < until) await runCase(makeCase(seed++));
  };
  await Promise.all(Array.from({length: PARALLEL}, work));
  t.log(runs);
  t.true(runs.requests > 0 && runs.refused > 0);
  t.deepEqual([...provider.paths], ['POST /relay']);
  await client.close();
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  await waitFor('every socket to close', 5_000, () => (sockets() === 0 ? true : undefined));
});

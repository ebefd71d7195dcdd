import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {parseArgs} from 'node:util';
import {ExportResultCode} from '@opentelemetry/core';
import {plainRecord, wholeContent} from '../../agent/record/content.ts';
import {encodeSpans} from '../../agent/telemetry/otlp-spans.ts';
import {createTracing} from '../../agent/telemetry/tracing.ts';
import {decideRequest} from '../../engine/decide/decide-request.ts';
import {guardResponse} from '../../engine/dialect/guard-response.ts';
import {createStreamGuard} from '../../engine/dialect/stream-guard.ts';
import {encodeFrame, FIRST_CHAIN} from '../../lib/record-frame.ts';
import {createSealer, rawPublicKey} from '../../lib/seal.ts';
import type {Bench} from '../bench.ts';
import {exampleExchange} from './example-exchange.ts';

const ROUNDS = 9;
const ROUND_MS = 150;
/** Exchanges whose spans leave together. */
const EXPORT_EVERY = 150;

/** What single steps of an exchange cost, in one process and without any input or output. */
export const STAGES_BENCH: Bench = {
  name: 'stages',
  summary: 'CPU of the single steps of an exchange over the example policies, without input and output',
  usage: 'stages [--only reading,deciding,…]',
  run: async (argv) => {
    const {values} = parseArgs({args: [...argv], options: {only: {type: 'string', default: ''}}});
    const only = values.only === '' ? undefined : values.only.split(',');
    for (const [name, step] of Object.entries(await steps())) {
      if (only?.some((word) => name.includes(word)) === false) continue;
      process.stdout.write(`${name.padEnd(48)} ${(await bestMicros(step)).toFixed(1).padStart(9)} µs\n`);
    }
    return 0;
  },
};

async function steps(): Promise<Record<string, () => unknown>> {
  const example = await exampleExchange();
  const {bundle, load, dialect, route, requestBody, request, caller, agent, responseBody, chunks} = example;
  const {matcher} = bundle;
  const decision = decideRequest(bundle, {request, caller, agent});
  const plan = decision.response;
  const recordKey = rawPublicKey(generateKeyPairSync('x25519').publicKey);
  const sealer = createSealer(recordKey, (ephemeralKey) => ephemeralKey);
  const bytes = Buffer.from(requestBody);
  const exchangeId = randomUUID();
  let seq = 0;
  const part = () => plainRecord(exchangeId, {$case: 'content', value: {exchangeId, of: 'request', index: 0, bytes}});
  const {body} = part();
  return {
    'loading the bundle': load,
    'reading a request of 1 KB': () => dialect.readRequest(route, requestBody),
    'deciding on it': () => decideRequest(bundle, {request, caller, agent}),
    'reading and judging an answer of 1 KB': () => guardResponse({dialect, route, matcher, plan, body: responseBody}),
    'judging a stream of 200 chunks': () => {
      const guard = createStreamGuard({dialect, route, matcher, plan});
      for (const chunk of chunks) guard.push(chunk);
      return guard.end();
    },
    'hashing 1 KB of content for a record': () => wholeContent('application/json', bytes),
    'encoding a record of 1 KB': part,
    'sealing it and moving the chain on': () =>
      encodeFrame(sealer, FIRST_CHAIN, {seq: seq++, behind: 0, kind: 4, exchangeId, body}),
    'three spans and their export': tracingStep(),
  };
}

function tracingStep(): () => unknown {
  const tracing = createTracing({
    exporter: {
      export: (spans, done) => {
        encodeSpans(spans);
        done({code: ExportResultCode.SUCCESS});
      },
      shutdown: async () => Promise.resolve(),
    },
    resource: {'service.instance.id': 'bench'},
  });
  const request = {method: 'POST', path: '/', query: '', headers: {}, clientAddress: '', body: async () => NO_BODY};
  let exchanges = 0;
  return () => {
    const trace = tracing.begin(request);
    trace.decision()({'weir.verdict': 'allow', 'weir.rules': [], 'weir.policy.generation': 1});
    const upstream = trace.upstream('chat gpt-bench', {'gen_ai.request.model': 'gpt-bench', 'server.port': 443});
    upstream.end({'http.response.status_code': 200, 'gen_ai.usage.input_tokens': 200}, undefined);
    trace.end('POST /v1/chat/completions', {'weir.outcome': 'completed', 'weir.caller.subject': 'bench'}, undefined);
    return ++exchanges % EXPORT_EVERY === 0 ? tracing.flush() : undefined;
  };
}

const NO_BODY = Promise.resolve(Buffer.alloc(0));

/** CPU of one run of a step: the best round, since whatever else the machine does only adds. */
async function bestMicros(step: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage();
    const until = performance.now() + ROUND_MS;
    let count = 0;
    do {
      const pending = step();
      if (pending instanceof Promise) await pending;
      count++;
    } while (performance.now() < until);
    const {user, system} = process.cpuUsage(before);
    if (round > 0) best = Math.min(best, (user + system) / count); // the first round only warms up
    await new Promise(setImmediate);
  }
  return best;
}

import {BinaryReader, WireType} from '@bufbuild/protobuf/wire';
import {Metadata, Server, ServerCredentials} from '@grpc/grpc-js';
import {SpanKind} from '@opentelemetry/api';
import test, {type ExecutionContext} from 'ava';
import type {InboundRequest} from '../../../agent/listen/listener.ts';
import {OtlpSpanExporter} from '../../../agent/telemetry/otlp-exporter.ts';
import {createTracing} from '../../../agent/telemetry/tracing.ts';
import {connectGrpc} from '../../../lib/grpc/channel.ts';
import {waitFor} from '../../support/wait.ts';
import {completion, startUpstream} from '../proxy/fake-upstream.ts';
import {CALLER_KEY, chat, startProxy} from '../proxy/running-proxy.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

test("an exchange is one trace: the caller's own, and the provider sees its last span", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(completion('canary of the answer'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  await fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${CALLER_KEY}`,
      traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-00`,
      tracestate: 'vendor=canary',
    },
    body: JSON.stringify({model: 'gpt-test', messages: [{role: 'user', content: 'canary TICKET-8'}]}),
  });
  const spans = await weir.spans();
  t.deepEqual(spans.map(({name, kind}) => [name, kind]).toSorted(), [
    ['POST /v1/chat/completions', SpanKind.SERVER],
    ['chat gpt-test', SpanKind.CLIENT],
    ['weir.decide', SpanKind.INTERNAL],
  ]);
  const [server, client, decide] = [SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL].map((kind) =>
    spans.find((span) => span.kind === kind),
  );
  t.deepEqual([...new Set(spans.map((span) => span.spanContext().traceId))], [TRACE_ID]);
  t.is(server?.parentSpanContext?.spanId, '00f067aa0ba902b7');
  t.is(client?.parentSpanContext?.spanId, server?.spanContext().spanId);
  t.is(decide?.parentSpanContext?.spanId, server?.spanContext().spanId);
  const [received] = upstream.received;
  t.is(received?.headers['traceparent'], `00-${TRACE_ID}-${client?.spanContext().spanId}-01`);
  t.is(received?.headers['tracestate'], undefined);
  t.like(client?.attributes, {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-test',
    'gen_ai.response.model': 'gpt-test-1',
    'gen_ai.usage.input_tokens': 3,
    'gen_ai.usage.output_tokens': 5,
    'server.address': '127.0.0.1',
  });
  t.like(decide?.attributes, {'weir.verdict': 'mask'});
  t.is((await weir.last()).started.traceId, TRACE_ID);
  const all = JSON.stringify(spans.map(({name, attributes, events}) => ({name, attributes, events})));
  t.false(all.includes('canary') || all.includes('TICKET'), `got ${all}`);
});

test("a failed exchange marks its spans with the error's code", async (t) => {
  const weir = await startProxy(t, {upstreamUrl: 'http://127.0.0.1:1'});
  await chat(weir.url, 'hello');
  const spans = await weir.spans();
  for (const kind of [SpanKind.SERVER, SpanKind.CLIENT]) {
    const span = spans.find((one) => one.kind === kind);
    t.is(span?.attributes['error.type'], 'upstream_unreachable');
  }
});

/** A receiver of OTLP that keeps what it got and who sent it. */
async function receiver(t: ExecutionContext) {
  const got: {bytes: Buffer; authorization: unknown}[] = [];
  const server = new Server();
  const same = (bytes: Buffer) => bytes;
  const service = {
    export: {
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  } as const;
  server.addService(service, {
    export: (call: {request: Buffer; metadata: Metadata}, done: (error: null, bytes: Buffer) => void) => {
      got.push({bytes: call.request, authorization: call.metadata.get('authorization')[0]});
      done(null, Buffer.alloc(0));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  t.teardown(() => {
    server.forceShutdown();
  });
  return {address: `127.0.0.1:${port}`, got};
}

/** Fields of a protobuf message: numbers to raw values. */
function fields(bytes: Uint8Array): Map<number, (Uint8Array | number | bigint | string)[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, (Uint8Array | number | bigint | string)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value =
      type === WireType.LengthDelimited
        ? reader.bytes()
        : type === WireType.Bit64
          ? reader.fixed64()
          : type === WireType.Bit32
            ? reader.fixed32()
            : reader.uint64();
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

function child(bytes: unknown, ...path: number[]): Uint8Array {
  let at = bytes as Uint8Array;
  for (const field of path) at = fields(at).get(field)?.[0] as Uint8Array;
  return at;
}

const REQUEST = {method: 'POST', path: '/', query: '', headers: {}, clientAddress: ''} as unknown as InboundRequest;

test('spans are exported as OTLP with the session of the moment', async (t) => {
  const {address, got} = await receiver(t);
  const connection = connectGrpc(address, {kind: 'insecure'});
  t.teardown(connection.close);
  let token = 'first-not-a-real-token';
  const metadata = () => {
    const made = new Metadata();
    made.set('authorization', `Bearer ${token}`);
    return Promise.resolve(made);
  };
  const tracing = createTracing({
    exporter: new OtlpSpanExporter({connection, metadata, onDropped: () => undefined}),
    resource: {'service.instance.id': 'agent-1'},
  });
  const trace = tracing.begin(REQUEST);
  trace
    .upstream('chat m', {'gen_ai.request.model': 'm', 'server.port': 443})
    .end({ratio: 0.5, list: ['a', 'b']}, 'timeout');
  trace.end('POST /x', {ok: true}, undefined);
  await tracing.flush();
  token = 'second-not-a-real-token';
  tracing.begin(REQUEST).end('GET', {}, undefined);
  await tracing.stop();
  t.deepEqual(
    got.map(({authorization}) => authorization),
    ['Bearer first-not-a-real-token', 'Bearer second-not-a-real-token'],
  );
  const resourceSpans = child(got[0]?.bytes, 1);
  const resource = Buffer.from(child(resourceSpans, 1)).toString('latin1');
  t.true(resource.includes('service.instance.id') && resource.includes('agent-1'));
  const spans = fields(child(resourceSpans, 2)).get(2) ?? [];
  t.is(spans.length, 2);
  const [client, server] = spans.map((span) => fields(span as Uint8Array));
  t.is(Buffer.from(client?.get(1)?.[0] as Uint8Array).toString('hex'), trace.traceId);
  t.deepEqual(client?.get(4), server?.get(2), 'the parent of the CLIENT span is the SERVER span');
  t.is(Buffer.from(client?.get(5)?.[0] as Uint8Array).toString(), 'chat m');
  t.is(client?.get(6)?.[0], 3n, 'SPAN_KIND_CLIENT');
  t.is(client?.get(9)?.length, 5);
  t.is(fields(client?.get(15)?.[0] as Uint8Array).get(3)?.[0], 2n, 'STATUS_CODE_ERROR');
  const [startNs = 0n, endNs = 0n] = [client?.get(7)?.[0], client?.get(8)?.[0]] as bigint[];
  t.true(endNs >= startNs && startNs > 1_700_000_000_000_000_000n);
});

test('a control plane that is away costs spans, not memory or time', async (t) => {
  const connection = connectGrpc('127.0.0.1:1', {kind: 'insecure'});
  t.teardown(connection.close);
  let dropped = 0;
  const tracing = createTracing({
    exporter: new OtlpSpanExporter({
      connection,
      metadata: () => Promise.resolve(new Metadata()),
      onDropped: (spans) => {
        dropped += spans;
      },
    }),
    resource: {},
  });
  for (let count = 0; count < 600; count++) tracing.begin(REQUEST).end('GET', {}, undefined);
  await waitFor('the first batch to be given up', 8_000, () => (dropped >= 512 ? true : undefined));
  await t.throwsAsync(tracing.stop());
});

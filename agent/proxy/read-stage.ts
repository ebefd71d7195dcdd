import {isUtf8} from 'node:buffer';
import {WeirError} from '../../lib/errors.ts';
import {type Exchange, established} from './exchange.ts';
import {identifyStage} from './identify-stage.ts';
import {outsideRuns} from './outside-texts.ts';
import type {ProxyParts} from './parts.ts';
import type {Stage} from './stage.ts';

const NO_BODY = Buffer.alloc(0);

/** Reads the whole body and finds the texts in it. */
export const readStage: Stage = async (exchange, parts) => {
  const {request} = exchange;
  const announced = established(exchange.destination, 'destination');
  const limitBytes = announced.provider.maxRequestBytes;
  const bytes = announced.route.method === 'POST' ? await readBody(exchange, parts, limitBytes) : NO_BODY;
  // A body may take its time, and must not keep a revoked key or an older policy alive meanwhile.
  const policy = parts.policy();
  if (policy?.bundle !== exchange.bundle || policy?.mode === 'EXPIRED') await identifyStage(exchange, parts);
  const {provider, dialect, route} = established(exchange.destination, 'destination');
  const text = bytes.toString('utf8');
  const reading = dialect.readRequest(route, text);
  exchange.body = {
    bytes,
    text,
    reading,
    facts: {
      provider: provider.name,
      dialect: dialect.name,
      operation: route.operation,
      model: reading.model,
      stream: reading.stream,
      sizeBytes: bytes.length,
      statedDataset: statedDataset(request.headers['x-weir-dataset']) ?? reading.dataset,
      tools: reading.tools,
      runs: [...reading.runs, ...outsideRuns(dialect, request)],
      uninspectable: reading.uninspectable,
    },
  };
};

async function readBody(exchange: Exchange, {bodies}: ProxyParts, limitBytes: number): Promise<Buffer> {
  const {request} = exchange;
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new WeirError('BODY_UNREADABLE', 'the request body is compressed; send it without content-encoding');
  }
  const bytes = await request.body(limitBytes, (size) => {
    bodies.take(size);
    exchange.heldBytes += size;
  });
  // What we inspect must be what the provider parses: bad UTF-8 is read differently by different parsers.
  if (!isUtf8(bytes)) throw new WeirError('BODY_UNREADABLE', 'the request body is not valid UTF-8');
  return bytes;
}

function statedDataset(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\w.:-]{1,256}$/.test(header)) return header;
  throw new WeirError(
    'BODY_UNREADABLE',
    'x-weir-dataset must name one data set of letters, digits, ".", ":", "_", "-"',
  );
}

/** What one measurement asks of a target. */
export interface Workload {
  name: string;
  kind: 'json' | 'sse';
  connections: number;
}

/** How a request reaches the upstream through a target. */
export interface Address {
  port: number;
  /** Header lines beside host, content-type and content-length. */
  headers: Readonly<Record<string, string>>;
}

/** What the load generator saw during one measurement. */
export interface LoadResult {
  requests: number;
  /** Answers that were not 200, and broken connections. */
  errors: number;
  /** Empty where there were none. */
  firstError: string;
  seconds: number;
  p50Micros: number;
  p99Micros: number;
  /** Median time to the first byte of a body. */
  firstByteMicros: number;
}

export interface LoadJob {
  workload: Workload;
  address: Address;
  seconds: number;
}

/** What every target is asked: one caller at a time, then many. @param concurrency callers of the JSON workload. */
export function workloadsAt(concurrency: number): readonly Workload[] {
  const streams = Math.max(2, Math.ceil(concurrency / 4));
  return [
    workload('json', 1),
    workload('json', concurrency),
    workload('sse', 1),
    // A stream keeps a target busy for longer than one answer does.
    workload('sse', streams),
  ];
}

function workload(kind: Workload['kind'], connections: number): Workload {
  return {name: `${kind.toUpperCase()}, ${connections} connection${connections === 1 ? '' : 's'}`, kind, connections};
}

/** Events in a streamed answer. */
export const STREAM_CHUNKS = 200;
/** Events that arrive together. */
export const EVENTS_PER_WRITE = 20;
const BODY_BYTES = 1024;
const PATH = '/v1/chat/completions';
const WORDS = 'the river runs under the old bridge and past the quiet mill where nobody has lived for years '.split(
  ' ',
);

/** The bytes of one request: a chat completion whose body is 1 KB. */
export function requestBytes(workload: Workload, address: Address): Buffer {
  const body = requestBody(workload.kind === 'sse');
  const headers = Object.entries(address.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `POST ${PATH} HTTP/1.1\r\nhost: 127.0.0.1:${address.port}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${headers.join('')}\r\n${body}`,
  );
}

/** The bodies that the upstream answers with. */
export function responseBodies(): {json: string; events: readonly string[]} {
  const json = (content: string) =>
    JSON.stringify({
      id: 'chatcmpl-bench',
      object: 'chat.completion',
      created: 1_780_000_000,
      model: 'gpt-bench',
      choices: [{index: 0, message: {role: 'assistant', content}, logprobs: null, finish_reason: 'stop'}],
      usage: {prompt_tokens: 200, completion_tokens: 150, total_tokens: 350},
    });
  const event = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({
      id: 'chatcmpl-bench',
      object: 'chat.completion.chunk',
      created: 1_780_000_000,
      model: 'gpt-bench',
      choices: [{index: 0, delta, logprobs: null, finish_reason: finish}],
    })}\n\n`;
  const events = Array.from({length: STREAM_CHUNKS - 2}, (_, index) => event({content: ` ${wordAt(index)}`}, null));
  return {
    json: json(prose(BODY_BYTES - json('').length)),
    events: [event({role: 'assistant', content: ''}, null), ...events, `${event({}, 'stop')}data: [DONE]\n\n`],
  };
}

/** The body of one request. */
export function requestBody(stream: boolean): string {
  const body = (content: string) =>
    JSON.stringify({model: 'gpt-bench', messages: [{role: 'user', content}], temperature: 0.2, stream});
  return body(prose(BODY_BYTES - body('').length));
}

function prose(length: number): string {
  let text = '';
  for (let index = 0; text.length < length; index++) text += `${wordAt(index)} `;
  return text.slice(0, length);
}

function wordAt(index: number): string {
  return WORDS[index % (WORDS.length - 1)] ?? '';
}

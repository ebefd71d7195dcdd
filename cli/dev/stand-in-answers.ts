import {createHash} from 'node:crypto';

/** A JSON body or a list of server-sent events, in a provider's own wire format. */
export type StandInAnswer =
  | {kind: 'json'; status: number; body: unknown}
  | {kind: 'events'; events: readonly {event: string | undefined; data: unknown}[]};

const MODELS = ['gpt-stand-in', 'claude-stand-in', 'text-embedding-stand-in'];
const DIMENSIONS = 16;

type JsonObject = Record<string, unknown>;

/** What the stand-in says to a request: an echo of what it received, so that a person sees what the agent masked. */
export function answerTo(method: string, path: string, body: string): StandInAnswer {
  if (method === 'GET' && path === '/v1/models') return json(200, modelList());
  const request = method === 'POST' ? parseObject(body) : undefined;
  if (request === undefined)
    return json(method === 'POST' ? 400 : 404, openaiError(`no such thing: ${method} ${path}`));
  switch (path) {
    case '/v1/chat/completions':
      return request['stream'] === true ? chatEvents(request) : json(200, chatCompletion(request));
    case '/v1/messages':
      return request['stream'] === true ? messageEvents(request) : json(200, message(request));
    case '/v1/embeddings':
      return json(200, embeddings(request));
    default:
      return json(404, openaiError(`no such thing: ${method} ${path}`));
  }
}

function json(status: number, body: unknown): StandInAnswer {
  return {kind: 'json', status, body};
}

function echoOf(request: JsonObject): string {
  const messages = Array.isArray(request['messages']) ? (request['messages'] as unknown[]) : [];
  const last = messages.findLast((one) => isObject(one) && one['role'] !== 'assistant');
  return `I received: ${isObject(last) ? textOf(last['content']) : ''}`;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as unknown[])
    .map((part) => (isObject(part) ? (typeof part['text'] === 'string' ? part['text'] : textOf(part['content'])) : ''))
    .join('');
}

function chatCompletion(request: JsonObject): unknown {
  const content = echoOf(request);
  const choices = Array.from({length: choiceCount(request)}, (_, index) => ({
    index,
    message: {role: 'assistant', content, refusal: null},
    logprobs: null,
    finish_reason: 'stop',
  }));
  return {...chatFrame(request, 'chat.completion'), choices, usage: chatUsage(request, content)};
}

function chatEvents(request: JsonObject): StandInAnswer {
  const frame = chatFrame(request, 'chat.completion.chunk');
  const content = echoOf(request);
  const indexes = Array.from({length: choiceCount(request)}, (_, index) => index);
  const chunk = (delta: JsonObject, finish: string | null) =>
    indexes.map((index) => ({
      event: undefined,
      data: {...frame, choices: [{index, delta, logprobs: null, finish_reason: finish}]},
    }));
  const options = request['stream_options'];
  const usage =
    isObject(options) && options['include_usage'] === true
      ? [{event: undefined, data: {...frame, choices: [], usage: chatUsage(request, content)}}]
      : [];
  return {
    kind: 'events',
    events: [
      ...chunk({role: 'assistant', content: '', refusal: null}, null),
      ...words(content).flatMap((word) => chunk({content: word}, null)),
      ...chunk({}, 'stop'),
      ...usage,
      {event: undefined, data: '[DONE]'},
    ],
  };
}

function chatFrame(request: JsonObject, object: string): JsonObject {
  return {id: `chatcmpl-${idOf(request)}`, object, created: 1_780_000_000, model: modelOf(request)};
}

function chatUsage(request: JsonObject, content: string): JsonObject {
  const prompt = words(JSON.stringify(request['messages'] ?? '')).length;
  const completion = words(content).length * choiceCount(request);
  return {prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion};
}

function choiceCount(request: JsonObject): number {
  const n = request['n'];
  return typeof n === 'number' && Number.isInteger(n) && n >= 1 && n <= 8 ? n : 1;
}

function message(request: JsonObject): unknown {
  const text = echoOf(request);
  return {...messageFrame(request), content: [{type: 'text', text}], stop_reason: 'end_turn', usage: usageOf(text)};
}

function messageEvents(request: JsonObject): StandInAnswer {
  const text = echoOf(request);
  const named = (data: JsonObject & {type: string}) => ({event: data.type, data});
  return {
    kind: 'events',
    events: [
      named({
        type: 'message_start',
        message: {...messageFrame(request), content: [], stop_reason: null, usage: usageOf('')},
      }),
      named({type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}}),
      ...words(text).map((word) =>
        named({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text: word}}),
      ),
      named({type: 'content_block_stop', index: 0}),
      named({
        type: 'message_delta',
        delta: {stop_reason: 'end_turn', stop_sequence: null},
        usage: {output_tokens: words(text).length},
      }),
      named({type: 'message_stop'}),
    ],
  };
}

function messageFrame(request: JsonObject): JsonObject {
  return {id: `msg_${idOf(request)}`, type: 'message', role: 'assistant', model: modelOf(request), stop_sequence: null};
}

function usageOf(text: string): JsonObject {
  return {input_tokens: 1, output_tokens: words(text).length};
}

function embeddings(request: JsonObject): unknown {
  const input: unknown[] = Array.isArray(request['input']) ? (request['input'] as unknown[]) : [request['input']];
  const base64 = request['encoding_format'] === 'base64';
  const data = input.map((text, index) => {
    const vector = vectorOf(JSON.stringify(text));
    return {object: 'embedding', index, embedding: base64 ? base64Of(vector) : [...vector]};
  });
  return {
    object: 'list',
    data,
    model: modelOf(request),
    usage: {prompt_tokens: input.length, total_tokens: input.length},
  };
}

/** The same text has the same vector; nothing more can be said for it. */
function vectorOf(text: string): Float32Array {
  const digest = createHash('sha256').update(text).digest();
  return Float32Array.from({length: DIMENSIONS}, (_, index) => (digest[index] ?? 0) / 255);
}

function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}

function modelList(): unknown {
  return {object: 'list', data: MODELS.map((id) => ({id, object: 'model', created: 1_780_000_000, owned_by: 'weir'}))};
}

function openaiError(text: string): unknown {
  return {error: {message: text, type: 'invalid_request_error', param: null, code: null}};
}

function modelOf(request: JsonObject): string {
  return typeof request['model'] === 'string' ? request['model'] : 'gpt-stand-in';
}

function idOf(request: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 24);
}

/** Words with the space before them, so that joining them gives the text back. */
function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function parseObject(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

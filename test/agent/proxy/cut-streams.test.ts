import test, {type ExecutionContext} from 'ava';
import {Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {anthropicView, openAiView} from '../../engine/dialect/support/client-view.ts';
import {startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, startProxy, testPolicy} from './running-proxy.ts';

const CARDS = `    - name: cards
      on: [response]
      find: { patterns: ['CARD-[0-9]{4,12}'] }
      action: mask
      mask: { keep: { last: 2 } }
    - name: addresses
      on: [request]
      find: { detectors: [email] }
      action: mask
      mask: { restore: { tools: ["*"] } }
`;

/** Decided text, then one that may still become more of a finding, whose token needs all of it. */
const PIECES = ['see TICKET-1', '7 and CARD-12345', ' now CARD', '-678'];
const DECIDED = 'see [tickets] and ********45 now ';
/** With a real end behind it, what was held is not long enough for a finding. */
const ENDED = `${DECIDED}CARD-678`;

interface Wire {
  path: string;
  events: (pieces: readonly string[], kind: 'text' | 'call') => string[];
  textOf: (stream: string, kind: 'text' | 'call') => string;
  isToldToBeCut: (stream: string) => boolean;
}

const WIRES: Readonly<Record<'openai' | 'anthropic', Wire>> = {
  openai: {
    path: '/v1/chat/completions',
    events: (pieces, kind) =>
      pieces.map((piece) => {
        const call = {tool_calls: [{index: 0, id: 'c', function: {name: 'f', arguments: piece}}]};
        const choice = {index: 0, delta: kind === 'text' ? {content: piece} : call, finish_reason: null};
        return `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice]})}\n\n`;
      }),
    textOf: (stream, kind) => openAiView(stream).texts[kind === 'text' ? '0/content' : '0/0/c'] ?? '',
    isToldToBeCut: (stream) => stream.includes('data: {"error":') && !stream.includes('[DONE]'),
  },
  anthropic: {
    path: '/v1/messages',
    events: (pieces, kind) => {
      const event = (data: {type: string} & Record<string, unknown>) =>
        `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
      const start = kind === 'text' ? {type: 'text', text: ''} : {type: 'tool_use', id: 'c', name: 'f', input: {}};
      const deltaOf = (piece: string) =>
        kind === 'text' ? {type: 'text_delta', text: piece} : {type: 'input_json_delta', partial_json: piece};
      const usage = {input_tokens: 1, output_tokens: 1};
      const message = {id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage};
      return [
        event({type: 'message_start', message}),
        event({type: 'content_block_start', index: 0, content_block: start}),
        ...pieces.map((piece) => event({type: 'content_block_delta', index: 0, delta: deltaOf(piece)})),
      ];
    },
    textOf: (stream, kind) => anthropicView(stream).texts[kind === 'text' ? '0/text' : '0/input'] ?? '',
    isToldToBeCut: (stream) => stream.includes('event: error') && !stream.includes('message_stop'),
  },
};

async function send(
  t: ExecutionContext,
  options: {wire: Wire; kind: 'text' | 'call'; how: 'reset' | 'end'; prompt: string},
) {
  const {wire, kind, how, prompt} = options;
  const pieces = kind === 'text' ? PIECES : PIECES.map((piece, i) => (i === 0 ? `{"a": "${piece}` : piece));
  const upstream = await startUpstream(t, (_request, response) => {
    const all = wire.events(pieces, kind).join('');
    response.writeHead(200, {'content-type': 'text/event-stream'}).write(all, () => {
      setTimeout(() => (how === 'reset' ? response.destroy() : response.end()), 20);
    });
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy: testPolicy(upstream.url, CARDS)});
  const messages = [{role: 'user', content: prompt}];
  const response = await fetch(weir.url + wire.path, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'm', max_tokens: 9, stream: true, messages}),
  });
  const stream = await response.text();
  return {stream, text: wire.textOf(stream, kind), ended: (await weir.last()).ended};
}

for (const [name, wire] of Object.entries(WIRES)) {
  for (const kind of ['text', 'call'] as const) {
    const start = kind === 'text' ? '' : '{"a": "';
    // With a value to restore, the stream goes through restoring too.
    for (const prompt of ['hello', 'mail joe@example.com']) {
      test(`${name}: of a ${kind} that breaks off nothing undecided is released, prompted with ${prompt}`, async (t) => {
        const {stream, text, ended} = await send(t, {wire, kind, how: 'reset', prompt});
        t.is(text, start + DECIDED);
        t.true(wire.isToldToBeCut(stream));
        t.is(ended.response?.inline.toString(), stream);
        t.like(ended, {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_UNREACHABLE'});
      });

      test(`${name}: a ${kind} that ends early is masked like the whole of what came, prompted with ${prompt}`, async (t) => {
        const {stream, text, ended} = await send(t, {wire, kind, how: 'end', prompt});
        t.is(text, start + ENDED);
        t.is(wire.textOf(ended.response?.inline.toString() ?? '', kind), text);
        t.false(stream.includes('[DONE]'));
        t.like(ended, {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_INVALID'});
      });
    }
  }
}

test('a placeholder that is cut short goes out as what it is, and the rest of the value never comes', async (t) => {
  const upstream = await startUpstream(t, (_request, response, body) => {
    const [placeholder = ''] = /\[email-[a-z2-7]{16}\]/.exec(body) ?? [];
    const events = WIRES.openai.events([`to ${placeholder} and ${placeholder.slice(0, 12)}`], 'text');
    response.writeHead(200, {'content-type': 'text/event-stream'}).end(events.join(''));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url, policy: testPolicy(upstream.url, CARDS)});
  const messages = [{role: 'user', content: 'mail joe@example.com'}];
  const response = await fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'm', stream: true, messages}),
  });
  const text = openAiView(await response.text()).texts['0/content'] ?? '';
  t.regex(text, /^to joe@example\.com and \[email-[a-z2-7]{5}$/);
  t.false((await weir.last()).ended.response?.inline.toString().includes('joe'));
});

import test from 'ava';
import fc from 'fast-check';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard, type StreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {anthropicView, type ClientView, openAiView} from './support/client-view.ts';
import {cutAt, cuttings, deltasOf} from './support/cuttings.ts';
import {type Fixture, fixtures} from './support/fixtures.ts';
import {EMAIL, emails, nothing, type planFor} from './support/plans.ts';

type Plan = ReturnType<typeof planFor>;
type Source = Pick<Fixture, 'dialect' | 'route'>;

const STREAMS = fixtures('streams');
const NOTHING = nothing();
const EMAILS = emails();

function guardOf({dialect, route}: Source, {matcher, plan}: Plan): StreamGuard {
  return createStreamGuard({dialect, route, matcher, plan});
}

function run(guard: StreamGuard, chunks: Iterable<Buffer>): {text: string; complete: boolean} {
  const out: Buffer[] = [];
  for (const chunk of chunks) out.push(guard.push(chunk));
  const {bytes, complete} = guard.end();
  return {text: Buffer.concat([...out, bytes]).toString(), complete};
}

function viewOf({dialect}: Source, stream: string): ClientView {
  return dialect.name === 'openai' ? openAiView(stream) : anthropicView(stream);
}

/** Masking of whole texts; tool arguments are masked leaf by leaf, so they are compared as values. */
function maskedTexts({texts}: ClientView): Record<string, unknown> {
  const masked = Object.entries(texts).map(([lane, text]) => [lane, plain(text.replace(EMAIL, '[EMAIL]'))] as const);
  return Object.fromEntries(masked);
}

function plain(text: string): unknown {
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
}

function textsOf({texts}: ClientView): Record<string, unknown> {
  return Object.fromEntries(Object.entries(texts).map(([lane, text]) => [lane, plain(text)] as const));
}

for (const fixture of STREAMS) {
  test(`${fixture.name} passes byte for byte, however it is cut, when nothing is found`, (t) => {
    for (const chunks of cuttings(fixture.bytes)) {
      t.is(run(guardOf(fixture, NOTHING), chunks).text, fixture.text);
    }
  });

  test(`${fixture.name} is masked as a whole, however its bytes are cut`, (t) => {
    const expected = maskedTexts(viewOf(fixture, fixture.text));
    const whole = run(guardOf(fixture, EMAILS), [fixture.bytes]).text;
    t.deepEqual(textsOf(viewOf(fixture, whole)), expected);
    for (const chunks of cuttings(fixture.bytes)) t.is(run(guardOf(fixture, EMAILS), chunks).text, whole);
  });

  test(`${fixture.name} is read the same with and without rules`, (t) => {
    const guarded = guardOf(fixture, NOTHING);
    const witness = createStreamGuard({...fixture, ...NOTHING, plan: undefined});
    const complete = run(guarded, [fixture.bytes]).complete;
    t.deepEqual(run(witness, cutAt(fixture.bytes, [7, 100, 1e6])), {text: fixture.text, complete});
    t.deepEqual(witness.summary, guarded.summary);
  });
}

test('a chunk that is whole and clean comes back as the same buffer', (t) => {
  for (const fixture of STREAMS) t.is(guardOf(fixture, NOTHING).push(fixture.bytes), fixture.bytes);
});

const piece = fc.constantFrom('a', 'jo', '@', 'x', '.', 'com', '.org', ' ', 'é', '😀', '"', '\\', '\n', '1');
const text = fc.array(piece, {maxLength: 30}).map((pieces) => pieces.join(''));
const sizes = fc.array(fc.integer({min: 1, max: 5}), {minLength: 1, maxLength: 20});

const openAi: Source = {
  dialect: DIALECTS.openai,
  route: {operation: 'chat', method: 'POST', upstreamPath: '/chat/completions'},
};
const anthropic: Source = {
  dialect: DIALECTS.anthropic,
  route: {operation: 'chat', method: 'POST', upstreamPath: '/v1/messages'},
};

function openAiStream(events: readonly {index: number; delta: object; finish?: string}[]): Buffer {
  const lines = events.map(({index, delta, finish}) => {
    const choices = [{index, delta, finish_reason: finish ?? null}];
    return `data: ${JSON.stringify({id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices})}\n\n`;
  });
  return Buffer.from(`${lines.join('')}data: [DONE]\n\n`);
}

function anthropicStream(blocks: readonly (readonly string[])[]): Buffer {
  const frame = (event: {type: string}): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const lines = blocks.flatMap((deltas, index) => [
    frame(Object.assign({type: 'content_block_start'}, {index, content_block: {type: 'text', text: ''}})),
    ...deltas.map((delta) =>
      frame(Object.assign({type: 'content_block_delta'}, {index, delta: {type: 'text_delta', text: delta}})),
    ),
    frame(Object.assign({type: 'content_block_stop'}, {index})),
  ]);
  return Buffer.from(lines.join('') + frame({type: 'message_stop'}));
}

test('for every text, cutting into deltas and cutting of bytes the client gets the masking of the whole', (t) => {
  fc.assert(
    fc.property(text, sizes, sizes, (whole, lengths, byteSizes) => {
      const deltas = deltasOf(whole, lengths);
      const expected = whole.replace(EMAIL, '[EMAIL]');
      const events = [
        ...deltas.map((content) => ({index: 0, delta: {content}})),
        {index: 0, delta: {}, finish: 'stop'},
      ];
      const chat = run(guardOf(openAi, EMAILS), cutAt(openAiStream(events), byteSizes));
      t.is(openAiView(chat.text).texts['0/content'] ?? '', expected);
      t.true(chat.complete);
      // Readers join adjacent blocks: the space keeps an address from standing in both.
      const blocks = [deltas, [' ', ...deltas]];
      const message = run(guardOf(anthropic, EMAILS), cutAt(anthropicStream(blocks), byteSizes));
      const {texts} = anthropicView(message.text);
      t.deepEqual([texts['0/text'] ?? '', texts['1/text'] ?? ''], [expected, ` ${expected}`]);
    }),
    {numRuns: 300},
  );
});

test('generated streams pass byte for byte when nothing is found', (t) => {
  fc.assert(
    fc.property(text, sizes, sizes, (whole, lengths, byteSizes) => {
      const deltas = deltasOf(whole, lengths);
      if (!deltas.every((delta) => delta.isWellFormed())) return;
      const events = [
        ...deltas.map((content) => ({index: 0, delta: {content}})),
        {index: 0, delta: {}, finish: 'stop'},
      ];
      for (const [source, bytes] of [
        [openAi, openAiStream(events)],
        [anthropic, anthropicStream([deltas, ['x']])],
      ] as const) {
        t.is(run(guardOf(source, NOTHING), cutAt(bytes, byteSizes)).text, bytes.toString());
      }
    }),
    {numRuns: 200},
  );
});

test('lanes are independent however they interleave', (t) => {
  fc.assert(
    fc.property(text, text, sizes, fc.array(fc.boolean(), {maxLength: 60}), (one, two, lengths, order) => {
      const queues = [deltasOf(one, lengths), deltasOf(two, lengths)];
      const events: {index: number; delta: object; finish?: string}[] = [];
      while (queues.some((queue) => queue.length > 0)) {
        const index = (order.shift() ?? queues[0]?.length === 0) ? 1 : 0;
        const content = queues[index]?.shift();
        if (content !== undefined) events.push({index, delta: {content}});
      }
      for (const index of [0, 1]) events.push({index, delta: {}, finish: 'stop'});
      const {texts} = openAiView(run(guardOf(openAi, EMAILS), [openAiStream(events)]).text);
      t.is(texts['0/content'] ?? '', one.replace(EMAIL, '[EMAIL]'));
      t.is(texts['1/content'] ?? '', two.replace(EMAIL, '[EMAIL]'));
    }),
    {numRuns: 200},
  );
});

test('tool arguments stay JSON and their strings are masked, however they are cut', (t) => {
  const spelling = fc.constantFrom(0, 1);
  fc.assert(
    fc.property(fc.array(text, {minLength: 1, maxLength: 3}), spelling, sizes, (leaves, indent, lengths) => {
      const whole = JSON.stringify({leaves, n: 1}, null, indent);
      const deltas = deltasOf(whole, lengths).map((fragment) => ({
        index: 0,
        delta: {tool_calls: [{index: 0, function: {arguments: fragment}}]},
      }));
      const stream = openAiStream([...deltas, {index: 0, delta: {}, finish: 'tool_calls'}]);
      const {texts} = openAiView(run(guardOf(openAi, EMAILS), [stream]).text);
      t.deepEqual(plain(texts['0/0/'] ?? ''), {leaves: leaves.map((leaf) => leaf.replace(EMAIL, '[EMAIL]')), n: 1});
    }),
    {numRuns: 200},
  );
});

test('a block releases everything before the match, then the dialect ends the stream as refused', (t) => {
  const whole = 'write to joe@example.com or not';
  for (const lengths of [[1e6], whole.split('').map(() => 1), whole.split('').map(() => 3)]) {
    const deltas = deltasOf(whole, lengths);
    const guard = guardOf(openAi, emails('block'));
    const events = [...deltas.map((content) => ({index: 0, delta: {content}})), {index: 0, delta: {}, finish: 'stop'}];
    const {text: sent} = run(guard, [openAiStream(events)]);
    t.is(openAiView(sent).texts['0/content'], 'write to ');
    t.true(sent.endsWith('"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}\n\ndata: [DONE]\n\n'));
    t.like(guard.summary.blocked, {code: 'no_addresses'});

    const other = guardOf(anthropic, emails('block'));
    const view = anthropicView(run(other, [anthropicStream([['fine'], deltas, ['never sent']])]).text);
    t.deepEqual(view.texts, {'0/text': 'fine', '1/text': 'write to '});
    t.deepEqual(view.events.slice(-3), [
      {type: 'content_block_stop', index: 1},
      {type: 'message_delta', delta: {stop_reason: 'refusal', stop_sequence: null}, usage: {output_tokens: 0}},
      {type: 'message_stop'},
    ]);
    t.is(other.push(Buffer.from('data: {}\n\n')).length, 0);
  }
});

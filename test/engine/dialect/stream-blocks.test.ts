import Anthropic from '@anthropic-ai/sdk';
import test from 'ava';
import fc from 'fast-check';
import {guardResponse} from '../../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard, type StreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {cutAt, deltasOf} from './support/cuttings.ts';
import {emails, planFor} from './support/plans.ts';

const SOURCE = {
  dialect: DIALECTS.anthropic,
  route: {operation: 'chat', method: 'POST', upstreamPath: '/v1/messages'},
} as const;
const EMAILS = emails();
/** What stands whole in a block may be hidden by the end of the one before. */
const NUMBERS = planFor('\\b1[12]*1\\b', 'mask', '[N]');
const GREEDY = planFor('a=[^ ]+', 'mask', '[A]');

interface Block {
  type: string;
  text?: string;
}

const MESSAGE = {id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: null, stop_sequence: null};
const USAGE = {input_tokens: 1, output_tokens: 1};

function frame(event: {type: string}): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function event(type: string, more: object): string {
  return frame({type, ...more});
}

/** Events of a message, each block's text in deltas of the given lengths. */
function eventsOf(blocks: readonly Block[], lengths: readonly number[] = [3]): string[] {
  const content = blocks.flatMap(({type, text}, index) => {
    const tool = {type, id: `t${index}`, name: 'find', input: {}};
    const deltas = text === undefined ? [] : deltasOf(text, lengths);
    return [
      event('content_block_start', {index, content_block: text === undefined ? tool : {type, text: ''}}),
      ...deltas.map((delta) => event('content_block_delta', {index, delta: {type: 'text_delta', text: delta}})),
      event('content_block_stop', {index}),
    ];
  });
  return [
    event('message_start', {message: {...MESSAGE, content: [], usage: USAGE}}),
    ...content,
    event('message_delta', {delta: {stop_reason: 'end_turn', stop_sequence: null}, usage: {output_tokens: 1}}),
    event('message_stop', {}),
  ];
}

function open({matcher, plan} = EMAILS): StreamGuard {
  return createStreamGuard({...SOURCE, matcher, plan});
}

function run(guard: StreamGuard, chunks: readonly Buffer[]): string {
  const out = chunks.map((chunk) => guard.push(chunk));
  return Buffer.concat([...out, guard.end().bytes]).toString();
}

const bytesOf = (events: readonly string[]): Buffer => Buffer.from(events.join(''));

/** What the official client makes of a stream. */
async function accumulated(stream: string): Promise<Block[]> {
  const client = new Anthropic({
    apiKey: 'fake',
    fetch: () => Promise.resolve(new Response(stream, {headers: {'content-type': 'text/event-stream'}})),
  });
  const request = {model: 'm', max_tokens: 1, messages: [{role: 'user', content: 'x'}]} as const;
  const live = client.messages.stream({...request, messages: [...request.messages]});
  const said: string[] = [];
  live.on('text', (delta) => said.push(delta));
  const {content} = await live.finalMessage();
  const texts = content.filter((block) => block.type === 'text');
  if (said.join('') !== texts.map(({text}) => text).join('')) throw new Error('deltas and message differ');
  return content.map((block) => (block.type === 'text' ? {type: 'text', text: block.text} : {type: block.type}));
}

/** What becomes of the same answer as JSON. */
function whole(blocks: readonly Block[], {matcher, plan} = EMAILS): Block[] {
  const content = blocks.map(({type, text}, index) =>
    text === undefined ? {type, id: `t${index}`, name: 'find', input: {}} : {type, text},
  );
  const body = JSON.stringify({...MESSAGE, content, usage: USAGE});
  const answer = JSON.parse(guardResponse({...SOURCE, matcher, plan, body}).body) as {content: Block[]};
  return answer.content.map(({type, text}) => (text === undefined ? {type} : {type, text}));
}

const text = (said: string): Block => ({type: 'text', text: said});

test('a value over two adjacent blocks is masked as in the same answer as JSON', async (t) => {
  const blocks = [text('write to jane@exa'), text('mple.com now')];
  const output = run(open(), [bytesOf(eventsOf(blocks))]);
  t.deepEqual(await accumulated(output), [text('write to [EMAIL]'), text(' now')]);
  t.deepEqual(whole(blocks), [text('write to [EMAIL]'), text(' now')]);
});

const piece = fc.constantFrom('a', 'jo', '@', 'x', '.com', '.org', ' ', '1', '11', '12', 'a=', '😀');
const said = fc.array(piece, {maxLength: 6}).map((pieces) => pieces.join(''));
const block = fc.oneof({arbitrary: said.map(text), weight: 4}, {arbitrary: fc.constant({type: 'tool_use'}), weight: 1});
const sizes = fc.array(fc.integer({min: 1, max: 40}), {minLength: 1, maxLength: 8});

for (const [name, plan] of Object.entries({addresses: EMAILS, 'whole numbers': NUMBERS, 'open values': GREEDY})) {
  test(`streams of blocks with ${name} say what the same answer says as JSON, however they are cut`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, {maxLength: 5}), sizes, sizes, async (blocks, lengths, byteSizes) => {
        const bytes = bytesOf(eventsOf(blocks, lengths));
        const output = run(open(plan), [bytes]);
        t.is(run(open(plan), cutAt(bytes, byteSizes)), output);
        t.deepEqual(await accumulated(output), whole(blocks, plan));
      }),
      {numRuns: 400},
    );
  });
}

test('the end of a block waits only for what is held', (t) => {
  const guard = open();
  const events = eventsOf([text('all is said. '), text('jo'), text('e')], [100]);
  const passed = events.map((one) => guard.push(Buffer.from(one)).toString() === one);
  // Up to the first text that may still be an address.
  t.deepEqual(passed.slice(0, 5), [true, true, true, true, true]);
  t.false(passed[5]);
});

test('a block that is refused behind one that waits leaves the events in order', async (t) => {
  const {matcher, plan} = planFor('no@no\\.com', 'block');
  const blocks = [text('jo no@'), text('no.com and more')];
  const output = run(open({matcher, plan}), [bytesOf(eventsOf(blocks))]);
  t.false(output.includes('no@'));
  t.deepEqual(await accumulated(output), [text('jo '), text('')]);
});

test('a stream that breaks off releases what waits, masked', (t) => {
  const events = eventsOf([text('to joe@x'), text('.com')]).slice(0, -3);
  const output = run(open(), [bytesOf(events)]);
  t.true(output.includes('[EMAIL]'));
  t.false(output.includes('joe'));
});

test('a text that goes on after the end of its block ends the stream', (t) => {
  const events = eventsOf([text('to joe@x')]);
  const late = event('content_block_delta', {index: 0, delta: {type: 'text_delta', text: '.com'}});
  const guard = open();
  const output = run(guard, [bytesOf([...events.slice(0, -2), late])]);
  t.is(guard.summary.failure?.code, 'UPSTREAM_INVALID');
  t.false(output.includes('.com'));
});

import {once} from 'node:events';
import type {ServerResponse} from 'node:http';
import {connect} from 'node:net';
import test from 'ava';
import {Action, Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {waitFor} from '../../support/wait.ts';
import {DONE, delta, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, startProxy} from './running-proxy.ts';

const SSE = {'content-type': 'text/event-stream; charset=utf-8'};

function textOf(stream: string): string {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => {
      const chunk = JSON.parse(event.slice(6)) as {choices?: {delta?: {content?: string}}[]};
      return chunk.choices?.[0]?.delta?.content ?? '';
    })
    .join('');
}

test('a stream in which nothing is found passes as it came, live', async (t) => {
  let provider: ServerResponse | undefined;
  const upstream = await startUpstream(t, (_request, response) => {
    provider = response.writeHead(200, SSE);
    response.write(delta('one '));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const response = await chat(weir.url, 'count', {stream: true});
  t.is(response.headers.get('content-type'), SSE['content-type']);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  t.is((await reader?.read())?.value, delta('one '), 'the first event arrives while the provider still thinks');
  provider?.write(delta('two'));
  t.is((await reader?.read())?.value, delta('two'));
  provider?.end(delta('', 'stop') + DONE);
  let rest = '';
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) rest += read.value;
  t.is(rest, delta('', 'stop') + DONE);

  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.COMPLETED, status: 200, finishReasons: ['stop'], responseModel: 'gpt-test-1'});
  t.is(ended.response?.inline.toString(), delta('one ') + delta('two') + delta('', 'stop') + DONE);
  t.is(ended.chunks.length, 3);
  t.true((ended.timeToFirstByte?.nanos ?? 0) > 0);
});

test('a finding that is spread over events is masked', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE);
    for (const piece of ['see TIC', 'KET-1', '23 and', ' go']) response.write(delta(piece));
    response.end(delta('', 'stop') + DONE);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const text = await (await chat(weir.url, 'hello', {stream: true})).text();
  t.is(textOf(text), 'see [tickets] and go');
  const {ended} = await weir.last();
  t.is(ended.responseVerdict?.action, Action.MASK);
  t.is(ended.response?.inline.toString(), text);
});

test("a block in the middle of a stream ends it in the dialect's own way, and stops the provider", async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE);
    response.write(delta('about '));
    response.write(delta('project nightfall '));
    response.write(delta('secret canary'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const text = await (await chat(weir.url, 'hello', {stream: true})).text();
  t.regex(text, /"finish_reason":"content_filter"/);
  t.true(text.endsWith(DONE));
  t.false(text.includes('nightfall') || text.includes('canary'), `got ${text}`);
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.BLOCKED, status: 200, errorCode: 'BLOCKED'});
  t.is(ended.responseVerdict?.action, Action.BLOCK);
  await waitFor('the provider to be stopped', 2_000, () => (upstream.aborted() === 1 ? true : undefined));
});

test('the sentinel waits until the end is recorded, also where the provider keeps the connection', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE).write(delta('all', 'stop') + DONE);
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const gate = Promise.withResolvers<undefined>();
  weir.recorder.endGate = gate.promise;
  const response = await chat(weir.url, 'hello', {stream: true});
  let text = '';
  const done = (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  })();
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.false(text.includes('[DONE]'));
  gate.resolve(undefined);
  await done;
  t.is(text, delta('all', 'stop') + DONE);
});

test('a stream whose end cannot be recorded is cut off, and recorded later as what the caller got', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE).write(delta('all'), () => {
      setTimeout(() => response.end(delta('', 'stop') + DONE), 20);
    });
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  weir.recorder.fail = 'ended';
  const response = await chat(weir.url, 'hello', {stream: true});
  let text = '';
  await t.throwsAsync(async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  });
  t.is(text, delta('all'));
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.CUT, status: 200, errorCode: 'RECORD_NOT_DURABLE'});
  t.is(ended.response?.inline.toString(), text);
  t.is(
    ended.chunks.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0),
    text.length,
  );
});

test('a provider that breaks off is told to the caller and recorded', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE).write(delta('half'), () => {
      setTimeout(() => response.destroy(), 20);
    });
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const text = await (await chat(weir.url, 'hello', {stream: true})).text();
  t.true(text.startsWith(delta('half')), `got ${text}`);
  t.regex(text, /data: \{"error":/);
  t.false(text.includes('[DONE]'));
  t.like((await weir.last()).ended, {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_UNREACHABLE'});
});

test('a stream that ends without its sentinel ends without it, and the record says so', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE).end(delta('half'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  t.is(await (await chat(weir.url, 'hello', {stream: true})).text(), delta('half'));
  t.like((await weir.last()).ended, {outcome: Outcome.UPSTREAM_ERROR, errorCode: 'UPSTREAM_INVALID'});
});

test.serial('a caller that leaves stops the provider at once, before the first byte and after', async (t) => {
  const upstream = await startUpstream(t, (_request, response, body) => {
    if (body.includes('after')) response.writeHead(200, SSE).write(delta('some'));
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  for (const when of ['before', 'after']) {
    let fastestMs = Number.POSITIVE_INFINITY;
    // A busy machine delays one or the other, never all.
    for (let round = 0; round < 5; round++) {
      const {length: calls} = upstream.received;
      const leave = new AbortController();
      const call = fetch(`${weir.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
        body: JSON.stringify({model: 'm', stream: true, messages: [{role: 'user', content: when}]}),
        signal: leave.signal,
      }).catch(() => undefined);
      await waitFor('the provider', 2_000, () => (upstream.received.length > calls ? true : undefined));
      if (when === 'after') await (await call)?.body?.getReader().read();
      const leftAt = performance.now();
      leave.abort();
      while (upstream.aborted() <= calls) await new Promise((resolve) => setTimeout(resolve, 1));
      fastestMs = Math.min(fastestMs, performance.now() - leftAt);
      const {ended} = await weir.last();
      t.like(ended, {outcome: Outcome.CLIENT_GONE, status: when === 'after' ? 200 : 0, errorCode: 'CANCELLED'});
      t.is(ended.response?.inline.toString() ?? '', when === 'after' ? delta('some') : '');
    }
    t.true(fastestMs < 50, `${fastestMs} ms, leaving ${when} the first byte`);
  }
});

test('a caller that reads slowly slows the provider down', async (t) => {
  const piece = delta('x'.repeat(60_000));
  let written = 0;
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, SSE);
    const more = () => {
      while (!response.destroyed && written < 2_000) {
        written += 1;
        if (!response.write(piece)) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  });
  const weir = await startProxy(t, {upstreamUrl: upstream.url});
  const socket = connect(Number(new URL(weir.url).port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  const body = JSON.stringify({model: 'm', stream: true, messages: [{role: 'user', content: 'flood'}]});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${CALLER_KEY}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, 'data');
  socket.pause();
  let before = -1;
  await waitFor('the provider to stand still', 10_000, async () => {
    if (written === before) return true;
    before = written;
    return new Promise((resolve) => setTimeout(resolve, 150, undefined));
  });
  t.true(written < 400, `${written} of 2000 events of 60 kB were taken from the provider`);
  socket.resume();
  await waitFor('the stream to go on', 10_000, () => (written > before + 20 ? true : undefined));
});

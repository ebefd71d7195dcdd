import type {ServerResponse} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import {Action, Outcome, type Verdict} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {type FakeAnalyzer, startAnalyzer} from '../../support/fake-analyzer.ts';
import {waitFor} from '../../support/wait.ts';
import {completion, DONE, delta, type FakeUpstream, startUpstream} from './fake-upstream.ts';
import {CALLER_KEY, chat, type RunningProxy, startProxy, testPolicy} from './running-proxy.ts';

const SSE = {'content-type': 'text/event-stream'};
const NAME = 'Ada Example';
const KNOWN = {[NAME]: 'PERSON', Oslo: 'LOCATION'};

/** One event of a streamed completion, as far as these tests read it. */
interface Chunk {
  choices: {delta: {content?: string}}[];
}

interface Setting {
  weir: RunningProxy;
  upstream: FakeUpstream;
  analyzer: FakeAnalyzer;
  policy: (rules: string, external?: string) => string;
}

/** The rules stand in a policy of their own beside that of all proxy tests. */
function policyWith(upstreamUrl: string, analyzerUrl: string, rules: string, external = ''): string {
  return `${testPolicy(upstreamUrl)}
---
apiVersion: weir/v1
kind: Detector
metadata: { name: names }
spec: { external: { url: "${analyzerUrl}", entities: [PERSON, LOCATION], timeout: 2s${external} } }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: people }
spec:
  rules:
${rules}
`;
}

const MASK = `    - name: persons
      on: [request, response]
      find: { detectors: [names] }
      action: mask`;

async function setting(
  t: ExecutionContext,
  options: {
    rules?: string;
    external?: string;
    answer?: (response: ServerResponse) => void;
    hold?: Parameters<typeof startProxy>[1]['hold'];
    heartbeatEveryMs?: number;
  } = {},
): Promise<Setting> {
  const analyzer = await startAnalyzer(KNOWN);
  t.teardown(analyzer.stop);
  const upstream = await startUpstream(t, (_request, response) => {
    if (options.answer === undefined) response.setHeader('content-type', 'application/json').end(completion('hello'));
    else options.answer(response);
  });
  const policy = (rules: string, external = '') => policyWith(upstream.url, analyzer.url, rules, external);
  const weir = await startProxy(t, {
    upstreamUrl: upstream.url,
    policy: policy(options.rules ?? MASK, options.external),
    ...(options.hold !== undefined && {hold: options.hold}),
    ...(options.heartbeatEveryMs !== undefined && {heartbeatEveryMs: options.heartbeatEveryMs}),
  });
  return {weir, upstream, analyzer, policy};
}

/** What a rule of the policy `people` did, as a verdict holds it. */
function people(verdict: Verdict | undefined): {action: Action; findings: string[]}[] {
  return (verdict?.rules ?? [])
    .filter(({policy}) => policy === 'people')
    .map(({action, findings}) => ({
      action,
      findings: findings.map(({finding, place, count}) => `${finding} ${place} ${count}`),
    }));
}

function textOf(stream: string): string {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => (JSON.parse(event.slice(6)) as Chunk).choices[0]?.delta.content ?? '')
    .join('');
}

test('what an external detector finds is masked, recorded and counted like any finding', async (t) => {
  const {weir, upstream, analyzer} = await setting(t);
  const response = await chat(weir.url, `🎉 write to ${NAME} in Oslo about TICKET-7`);
  t.is(response.status, 200);
  const sent = upstream.received[0]?.body ?? '';
  t.regex(sent, /🎉 write to \[REDACTED:person\] in \[REDACTED:location\] about \[tickets\]/);
  const {started} = await weir.last();
  t.is(started.request?.inline.toString(), sent);
  t.is(started.verdict?.action, Action.MASK);
  t.deepEqual(people(started.verdict), [{action: Action.MASK, findings: ['location prompt 1', 'person prompt 1']}]);
  t.deepEqual(
    analyzer.asked.map(({text}) => text),
    [`🎉 write to ${NAME} in Oslo about TICKET-7`, 'hello'],
  );
});

test('a span says that an external detector was asked, and nothing of the text', async (t) => {
  const {weir} = await setting(t);
  await chat(weir.url, `from ${NAME}`);
  const spans = (await weir.spans()).filter(({name}) => name === 'weir.inspect');
  t.is(spans.length, 2, 'one for the request, one for the response');
  t.like(spans[0]?.attributes, {'weir.detector': 'names', 'server.address': '127.0.0.1', 'weir.inspect.texts': 1});
  t.notRegex(JSON.stringify(spans.map(({attributes}) => attributes)), /Ada|hello/);
});

test('an analyzer gets only texts that a rule which applies looks at', async (t) => {
  const rule = (more: string, find: string) => `    - name: persons
      on: [request]${more}
      find: { detectors: [names]${find} }
      action: mask`;
  const messages = [
    {role: 'system', content: 'be kind'},
    {role: 'user', content: 'hi'},
  ];
  const tools = [{type: 'function', function: {name: 'find_person', description: 'finds somebody'}}];
  const ask = async (rules: string) => {
    const {weir, analyzer} = await setting(t, {rules});
    t.is((await chat(weir.url, '', {messages, tools})).status, 200);
    return analyzer.asked.map(({text}) => text).sort();
  };
  t.deepEqual(await ask(rule('', '')), ['be kind', 'hi'], 'prose, not names of tools and parameters');
  t.deepEqual(await ask(rule('', ', in: [prompt]')), ['hi']);
  t.deepEqual(await ask(rule('', ', in: [toolDefinition]')), ['find_person', 'finds somebody']);
  t.deepEqual(await ask(rule('\n      callers: { groups: [other] }', '')), []);
  t.deepEqual(await ask(rule('\n      when: request.model == "other"', '')), []);
});

test('an analyzer that is down refuses the request, in a way that clients try again', async (t) => {
  const {weir, upstream, analyzer} = await setting(t);
  await analyzer.stop();
  const response = await chat(weir.url, `from ${NAME}`);
  t.is(response.status, 503);
  t.is(response.headers.get('x-should-retry'), 'true');
  const {error} = (await response.json()) as {error: {code: string; message: string}};
  t.is(error.code, 'external_detector_failed');
  t.regex(error.message, /people\/persons could not be checked/);
  t.is(upstream.received.length, 0);
  const {started, ended} = await weir.last();
  t.like(ended, {outcome: Outcome.BLOCKED, status: 503, errorCode: 'EXTERNAL_DETECTOR_FAILED'});
  t.like(started.verdict, {action: Action.BLOCK, code: 'external_detector_failed'});
  t.deepEqual(people(started.verdict), [{action: Action.BLOCK, findings: ['unanswered:names prompt 1']}]);
  t.notRegex(started.request?.inline.toString() ?? '', /Ada/, 'what could not be checked is not kept');
});

test('a failure that the detector says to ignore lets the text pass, and the verdict tells', async (t) => {
  const {weir, upstream, analyzer} = await setting(t, {external: ', onFailure: ignore'});
  await analyzer.stop();
  const response = await chat(weir.url, `from ${NAME} on TICKET-7`);
  t.is(response.status, 200);
  t.regex(upstream.received[0]?.body ?? '', /from Ada Example on \[tickets\]/);
  const {started, ended} = await weir.last();
  t.is(started.verdict?.action, Action.MASK);
  t.deepEqual(people(started.verdict), [{action: Action.ALLOW, findings: ['unanswered:names prompt 1']}]);
  t.is(ended.responseVerdict?.action, Action.ALLOW);
  t.deepEqual(people(ended.responseVerdict), [{action: Action.ALLOW, findings: ['unanswered:names response 1']}]);
});

test('a rule that only watches blocks nothing when its analyzer is down', async (t) => {
  const {weir, analyzer} = await setting(t, {rules: `${MASK}\n      mode: shadow`});
  await analyzer.stop();
  t.is((await chat(weir.url, `from ${NAME}`)).status, 200);
  const {started} = await weir.last();
  t.is(started.verdict?.action, Action.ALLOW);
});

test('an external detector can block, and ask for approval', async (t) => {
  const blocking = await setting(t, {rules: MASK.replace('action: mask', 'action: block')});
  const refused = await chat(blocking.weir.url, `from ${NAME}`);
  t.is(refused.status, 400);
  t.like(((await refused.json()) as {error: object}).error, {code: 'blocked'});
  t.is((await chat(blocking.weir.url, 'from nobody')).status, 200);

  const rules = `    - name: persons
      find: { detectors: [names] }
      action: approve
      approve: { reviewers: [leads] }`;
  const holding = await setting(t, {rules});
  t.is((await chat(holding.weir.url, `from ${NAME}`)).status, 503);
  t.is(holding.weir.held.length, 1);
});

test('what was held is decided again with what the detectors of the active bundle say', async (t) => {
  const rules = `    - name: persons
      find: { detectors: [names] }
      action: approve
      approve: { reviewers: [leads] }`;
  const running: {weir?: RunningProxy; policy?: string; stop?: () => Promise<void>} = {};
  const hold = async () => {
    await running.stop?.();
    if (running.weir?.policy !== undefined && running.policy !== undefined) {
      running.weir.policy = {bundle: bundleFrom(running.policy), mode: 'FRESH'};
    }
    return {kind: 'approved', holdId: 'hold-1', reviewers: ['ana@example.com']} as const;
  };
  const {weir, upstream, analyzer, policy} = await setting(t, {rules, hold});
  t.is((await chat(weir.url, `from ${NAME}`)).status, 200, 'the same facts, the same decision');
  t.is(upstream.received.length, 1);
  t.is(analyzer.asked.length, 1, 'remembered');

  Object.assign(running, {weir, policy: policy(rules, ', minScore: 0.6'), stop: analyzer.stop});
  const response = await chat(weir.url, `to ${NAME}`);
  t.is(response.status, 503, 'another detector, which answers no more');
  t.like(((await response.json()) as {error: object}).error, {code: 'external_detector_failed'});
  t.is(upstream.received.length, 1);
  const {released} = await weir.last();
  t.is(released?.verdict?.action, Action.BLOCK);
});

test('names in a JSON answer are masked, in its text and in arguments of tools, and nothing else is', async (t) => {
  const message = {
    role: 'assistant',
    content: `ask ${NAME}`,
    tool_calls: [
      {id: 'call_Oslo', type: 'function', function: {name: 'mail', arguments: JSON.stringify({to: NAME, in: 'Oslo'})}},
    ],
  };
  const body = {
    id: 'chatcmpl-Oslo',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-Oslo',
    choices: [{index: 0, message, finish_reason: 'tool_calls'}],
  };
  const {weir} = await setting(t, {
    answer: (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
  });
  const answer = (await (await chat(weir.url, 'hi')).json()) as typeof body;
  t.like(answer, {id: 'chatcmpl-Oslo', model: 'gpt-Oslo'});
  const masked = answer.choices[0]?.message;
  t.is(masked?.content, 'ask [REDACTED:person]');
  t.is(masked?.tool_calls[0]?.id, 'call_Oslo');
  t.deepEqual(JSON.parse(masked?.tool_calls[0]?.function.arguments ?? ''), {
    to: '[REDACTED:person]',
    in: '[REDACTED:location]',
  });
  const {ended} = await weir.last();
  t.deepEqual(people(ended.responseVerdict), [
    {action: Action.MASK, findings: ['location response 1', 'person response 2']},
  ]);
});

test('an answer that cannot be checked is withheld', async (t) => {
  const {weir, analyzer} = await setting(t, {rules: MASK.replace('[request, response]', '[response]')});
  analyzer.answer = (_request, response) => response.writeHead(500).end();
  const response = await chat(weir.url, 'hi');
  t.is(response.status, 503);
  t.like(((await response.json()) as {error: object}).error, {code: 'external_detector_failed'});
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.BLOCKED, errorCode: 'EXTERNAL_DETECTOR_FAILED'});
  t.like(ended.responseVerdict, {action: Action.BLOCK, code: 'external_detector_failed'});
});

test('a stream waits for its end with signs of life, then comes as it came, masked', async (t) => {
  let provider: ServerResponse | undefined;
  const {weir} = await setting(t, {
    heartbeatEveryMs: 20,
    answer: (response) => {
      provider = response.writeHead(200, SSE);
      response.write(delta('ask Ada Exa'));
    },
  });
  const response = await chat(weir.url, 'hi', {stream: true});
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? '';
  t.regex(text, /^(: waiting\n\n)+$/, 'a comment while the provider goes on');
  for (const piece of ['mple ', 'about the', ' weather']) provider?.write(delta(piece));
  // The provider keeps the connection: its own last event ends the stream.
  provider?.write(delta('', 'stop') + DONE);
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value;
  t.is(textOf(text), 'ask [REDACTED:person] about the weather');
  t.true(text.endsWith(DONE));
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.COMPLETED, finishReasons: ['stop']});
  t.deepEqual(people(ended.responseVerdict), [{action: Action.MASK, findings: ['person response 1']}]);
  t.is(ended.response?.inline.toString(), text.replaceAll(': waiting\n\n', ''));
});

test('a stream in which an external detector finds nothing comes byte for byte', async (t) => {
  const stream = `${delta('so')}${delta(' far')}${delta('', 'stop')}${DONE}`;
  const {weir} = await setting(t, {answer: (response) => response.writeHead(200, SSE).end(stream)});
  t.is(await (await chat(weir.url, 'hi', {stream: true})).text(), stream);
});

test('a stream that cannot be checked ends in an error, without any of its text', async (t) => {
  const {weir, analyzer} = await setting(t, {
    rules: MASK.replace('[request, response]', '[response]'),
    answer: (response) => response.writeHead(200, SSE).end(`${delta(NAME)}${delta('', 'stop')}${DONE}`),
  });
  analyzer.answer = (_request, response) => response.writeHead(200).end('{}');
  const text = await (await chat(weir.url, 'hi', {stream: true})).text();
  t.regex(text, /"code":"external_detector_failed"/);
  t.notRegex(text, /Ada/);
  const {ended} = await weir.last();
  t.like(ended, {outcome: Outcome.BLOCKED, errorCode: 'EXTERNAL_DETECTOR_FAILED'});
});

test('a stream that the provider breaks off releases nothing', async (t) => {
  const {weir} = await setting(t, {
    answer: (response) => {
      response.writeHead(200, {...SSE, 'content-length': '100000'}).write(delta(`ask ${NAME}`));
      setImmediate(() => response.destroy());
    },
  });
  const text = await (await chat(weir.url, 'hi', {stream: true})).text();
  t.notRegex(text, /Ada|person/);
  t.regex(text, /"error"/);
  const {ended} = await weir.last();
  t.is(ended.outcome, Outcome.UPSTREAM_ERROR);
});

test('rules without an external detector keep their streams live beside those with one on requests', async (t) => {
  let provider: ServerResponse | undefined;
  const {weir, analyzer} = await setting(t, {
    rules: MASK.replace('[request, response]', '[request]'),
    answer: (response) => {
      provider = response.writeHead(200, SSE);
      response.write(delta('one '));
    },
  });
  const response = await chat(weir.url, 'hi', {stream: true});
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  t.is((await reader?.read())?.value, delta('one '));
  provider?.end(DONE);
  await reader?.read();
  t.deepEqual(
    analyzer.asked.map(({text}) => text),
    ['hi'],
  );
});

test('a caller that leaves while the analyzer is asked sends nothing, and frees the analyzer', async (t) => {
  const {weir, upstream, analyzer} = await setting(t);
  analyzer.answer = () => undefined;
  const caller = new AbortController();
  const asking = fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'gpt-test', messages: [{role: 'user', content: `from ${NAME}`}]}),
    signal: caller.signal,
  });
  await waitFor('the analyzer to be asked', 2_000, () => analyzer.asked[0]);
  caller.abort();
  await t.throwsAsync(asking, {name: 'AbortError'});
  await waitFor('the call to be given up', 2_000, () => (analyzer.givenUp() === 1 ? true : undefined));
  const {started, ended} = await weir.last();
  t.is(ended.outcome, Outcome.CLIENT_GONE);
  t.is(started.request, undefined, 'undecided, so nothing of it is kept');
  t.is(upstream.received.length, 0);
});

test('a caller that leaves while a stream waits stops the provider, and is recorded as gone', async (t) => {
  const {weir, upstream} = await setting(t, {
    heartbeatEveryMs: 20,
    answer: (response) => response.writeHead(200, SSE).write(delta(`ask ${NAME}`)),
  });
  const caller = new AbortController();
  const response = await fetch(`${weir.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'},
    body: JSON.stringify({model: 'gpt-test', stream: true, messages: [{role: 'user', content: 'hi'}]}),
    signal: caller.signal,
  });
  const reader = response.body?.getReader();
  await reader?.read();
  caller.abort();
  await waitFor('the provider to be stopped', 2_000, () => (upstream.aborted() === 1 ? true : undefined));
  const {ended} = await weir.last();
  t.is(ended.outcome, Outcome.CLIENT_GONE);
  t.is(ended.response, undefined);
});

test('a name that a rule restores goes to the provider as a placeholder and comes back, whole and streamed', async (t) => {
  const rules = `    - name: persons
      find: { detectors: [names] }
      action: mask
      mask: { restore: {} }
    - name: said
      on: [response]
      find: { detectors: [names] }
      action: mask`;
  const upstream: {text?: string} = {};
  const {weir, upstream: provider} = await setting(t, {
    rules,
    answer: (response) => {
      const asked = JSON.parse(provider.received.at(-1)?.body ?? '') as {
        stream?: boolean;
        messages: {content: string}[];
      };
      upstream.text = asked.messages[0]?.content ?? '';
      const answer = `you asked: ${upstream.text}`;
      if (asked.stream !== true) {
        response.setHeader('content-type', 'application/json').end(completion(answer));
        return;
      }
      response.writeHead(200, SSE);
      for (const unit of answer) response.write(delta(unit));
      response.end(delta('', 'stop') + DONE);
    },
  });
  const whole = (await (await chat(weir.url, `who is ${NAME}?`)).json()) as {choices: {message: {content: string}}[]};
  t.is(whole.choices[0]?.message.content, `you asked: who is ${NAME}?`);
  t.notRegex(upstream.text ?? '', /Ada/);
  const streamed = await (await chat(weir.url, `where is ${NAME}?`, {stream: true})).text();
  t.is(textOf(streamed), `you asked: where is ${NAME}?`);
  t.notRegex(upstream.text ?? '', /Ada/);
  const {ended} = await weir.last();
  t.notRegex(ended.response?.inline.toString() ?? '', /Ada/, 'the record keeps the placeholder');
});

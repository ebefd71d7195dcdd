import Anthropic from '@anthropic-ai/sdk';
import test, {type ExecutionContext} from 'ava';
import OpenAI from 'openai';
import {keyHash} from '../../../cli/dev/dev-keys.ts';
import {startUpstream} from '../proxy/fake-upstream.ts';
import {CALLER_KEY, chat, type RunningProxy, startProxy, testPolicy} from '../proxy/running-proxy.ts';
import {startEchoModel} from './echo-model.ts';

const OTHER_KEY = 'weir_test_other-not-a-real-key';
const PLACEHOLDER = /\[email-[a-z2-7]{16}\]/g;
const JOE = 'joe@example.com';
const ANN = 'ann@example.com';

const RESTORING = `    - name: addresses
      on: [request]
      find: { detectors: [email], in: [prompt, system] }
      action: mask
      mask: { restore: { tools: ["crm_*"] } }
    - name: addresses-in-answers
      on: [response]
      find: { detectors: [email] }
      action: mask
---
apiVersion: weir/v1
kind: ApiKey
metadata: { name: sales }
spec: { hash: "${keyHash(OTHER_KEY)}", subject: "svc:sales", groups: [engineering] }
`;

interface Restoring {
  weir: RunningProxy;
  /** Another agent of the same group. */
  second: RunningProxy;
  /** What the model was sent, by request. */
  sent: () => string[];
}

async function start(t: ExecutionContext): Promise<Restoring> {
  const model = await startEchoModel(t);
  const options = {upstreamUrl: model.url, policy: testPolicy(model.url, RESTORING)};
  return {
    weir: await startProxy(t, options),
    second: await startProxy(t, options),
    sent: () => model.received.map(({body}) => body),
  };
}

const openAi = ({url}: RunningProxy, apiKey = CALLER_KEY) => new OpenAI({apiKey, baseURL: `${url}/v1`, maxRetries: 0});
const anthropic = ({url}: RunningProxy) => new Anthropic({apiKey: CALLER_KEY, baseURL: url, maxRetries: 0});

function chatOf(
  content: string,
  tool?: string,
): {model: string; messages: OpenAI.ChatCompletionMessageParam[]; tools?: OpenAI.ChatCompletionTool[]} {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{role: 'user', content}];
  if (tool === undefined) return {model: 'gpt-test', messages};
  return {
    model: 'gpt-test',
    messages,
    tools: [{type: 'function', function: {name: tool, parameters: {type: 'object'}}}],
  };
}

function messageOf(content: string, tool: string): Anthropic.MessageCreateParamsNonStreaming {
  const tools: Anthropic.Tool[] = [{name: tool, input_schema: {type: 'object'}}];
  return {model: 'claude-test', max_tokens: 100, messages: [{role: 'user', content}], tools};
}

function callOf(message: OpenAI.ChatCompletionMessage | undefined): unknown {
  const [call] = message?.tool_calls ?? [];
  return JSON.parse(call?.type === 'function' ? call.function.arguments : 'null');
}

test('the model sees placeholders; the caller gets the values, in text and for the tools that the rule names', async (t) => {
  const {weir, sent} = await start(t);
  const prompt = `mail ${JOE} and ${ANN}`;
  for (const tool of ['crm_update', 'web_search']) {
    const chat = chatOf(prompt, tool);
    const whole = (await openAi(weir).chat.completions.create(chat)).choices[0]?.message;
    const streamed = (await openAi(weir).chat.completions.stream(chat).finalChatCompletion()).choices[0]?.message;
    const message = await anthropic(weir).messages.create(messageOf(prompt, tool));
    const live = await anthropic(weir).messages.stream(messageOf(prompt, tool)).finalMessage();
    const inputs = [callOf(whole), callOf(streamed)];
    for (const {content} of [message, live]) {
      const [text, call] = content;
      t.is(text?.type === 'text' ? text.text : '', `write to ${JOE} and ${ANN}!`);
      inputs.push(call?.type === 'tool_use' ? call.input : undefined);
    }
    for (const answer of [whole, streamed]) t.is(answer?.content, `write to ${JOE} and ${ANN}!`);
    const kept = [...new Set(sent()[0]?.match(PLACEHOLDER))];
    t.is(kept.length, 2);
    const expected = {to: tool === 'crm_update' ? [JOE, ANN] : kept, n: 1};
    t.deepEqual(inputs, [expected, expected, expected, expected]);
  }
  t.false(sent().join('').includes('@example.com'));
});

test('records, spans, logs and reviewers see placeholders only', async (t) => {
  const {weir} = await start(t);
  const text = (await openAi(weir).chat.completions.create(chatOf(`mail ${JOE}`))).choices[0]?.message.content;
  t.is(text, `write to ${JOE}!`);
  await openAi(weir)
    .chat.completions.stream(chatOf(`mail ${JOE}`, 'crm_update'))
    .finalChatCompletion();
  await openAi(weir)
    .chat.completions.create(chatOf(`mail ${JOE} the financial forecast`))
    .catch(() => undefined);
  const spans = (await weir.spans()).map(({name, attributes, events}) => ({name, attributes, events}));
  const records = weir.recorder.kept.map((record) => {
    if (record.kind === 'started') return record.value.request?.inline.toString();
    return record.kind === 'ended' ? record.value.response?.inline.toString() : undefined;
  });
  t.is(weir.held.length, 1);
  const held = weir.held[0]?.maskedBody ?? '';
  t.regex(held, /\[email-/);
  const seen = [...records, held, JSON.stringify(spans), JSON.stringify(weir.logs.lines())].join('\n');
  t.false(seen.includes('joe'));
  // Three requests, the one whole answer, and what the reviewer sees; the streamed answer holds it in pieces.
  t.is(seen.match(PLACEHOLDER)?.length, 5);
});

test("two callers never get each other's values, even where one sends the placeholder of the other", async (t) => {
  const {weir, sent} = await start(t);
  await openAi(weir).chat.completions.create(chatOf(`mail ${JOE}`));
  const [placeholder = ''] = sent()[0]?.match(PLACEHOLDER) ?? [];
  const other = openAi(weir, OTHER_KEY);
  const stolen = await other.chat.completions.create(chatOf(`mail ${placeholder}`));
  t.is(stolen.choices[0]?.message.content, `write to ${placeholder}!`);
  const own = await other.chat.completions.create(chatOf(`mail ${JOE}`));
  t.is(own.choices[0]?.message.content, `write to ${JOE}!`);
  t.not(sent().at(-1)?.match(PLACEHOLDER)?.[0], placeholder);
  // The same words of another conversation of the same caller are another conversation.
  const again = await openAi(weir).chat.completions.create(chatOf(`what is ${placeholder}?`));
  t.is(again.choices[0]?.message.content, `write to ${placeholder}!`);
});

test('every agent of a group names a value alike, and any of them restores it from the history alone', async (t) => {
  const {weir, second, sent} = await start(t);
  const first = await openAi(weir).chat.completions.create(chatOf(`mail ${JOE}`));
  const history: OpenAI.ChatCompletionMessageParam[] = [
    ...chatOf(`mail ${JOE}`).messages,
    {role: 'assistant', content: first.choices[0]?.message.content ?? ''},
    {role: 'user', content: 'say that again'},
  ];
  const next = await openAi(second)
    .chat.completions.stream({model: 'gpt-test', messages: history})
    .finalChatCompletion();
  t.is(next.choices[0]?.message.content, `write to ${JOE}!`);
  const [before = '', after = ''] = sent();
  const [placeholder = ''] = before.match(PLACEHOLDER) ?? [];
  t.deepEqual(after.match(PLACEHOLDER), [placeholder, placeholder]);
  // A prompt cache hits: what was sent before is the beginning of what is sent now.
  t.true(after.startsWith(before.slice(0, before.indexOf('}]'))));
});

test('what the history does not hold any more is restored by the agent that made it, until policy changes', async (t) => {
  const {weir, sent} = await start(t);
  const headers = {'x-weir-session': 'run-1'};
  await openAi(weir).chat.completions.create(chatOf(`mail ${JOE}`), {headers});
  const [placeholder = ''] = sent()[0]?.match(PLACEHOLDER) ?? [];
  const later = chatOf(`again to ${placeholder} please`, 'crm_update');
  const kept = await openAi(weir).chat.completions.create(later, {headers});
  t.is(kept.choices[0]?.message.content, `write to ${JOE}!`);
  t.deepEqual(callOf(kept.choices[0]?.message), {to: [JOE], n: 1});
  const {policy} = weir;
  if (policy === undefined) throw new Error('no policy');
  weir.policy = {...policy, bundle: {...policy.bundle, digest: 'another'}};
  const changed = await openAi(weir).chat.completions.create(later, {headers});
  t.is(changed.choices[0]?.message.content, `write to ${JOE}!`);
  t.deepEqual(callOf(changed.choices[0]?.message), {to: [placeholder], n: 1});
});

test('a stream that cannot be read is ended where it has values to restore, and the log says so', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, {'content-type': 'text/event-stream'}).end('data: {"choices":[]}\n\ndata: no JSON\n\n');
  });
  const policy = testPolicy(upstream.url, RESTORING).replaceAll('on: [request, response]', 'on: [request]');
  const weir = await startProxy(t, {
    upstreamUrl: upstream.url,
    policy: policy.replace('on: [response]', 'on: [request]'),
  });
  const response = await chat(weir.url, `mail ${JOE}`, {stream: true});
  t.regex(await response.text(), /^data: \{"choices":\[\]\}\n\ndata: \{"error":/);
  t.true(weir.logs.has('values could not be restored in a response'));
  t.is(await (await chat(weir.url, 'hello', {stream: true})).text(), 'data: {"choices":[]}\n\ndata: no JSON\n\n');
});

test('of a conversation that has no name, only what the request itself holds comes back', async (t) => {
  const {weir, sent} = await start(t);
  const first = {role: 'user', content: 'hello'} as const;
  const asked = await openAi(weir).chat.completions.create({
    model: 'gpt-test',
    messages: [first, {role: 'user', content: `mail ${JOE}`}],
  });
  t.is(asked.choices[0]?.message.content, `write to ${JOE}!`);
  const [placeholder = ''] = sent()[0]?.match(PLACEHOLDER) ?? [];
  // It begins alike, and may be somebody else's behind the same caller.
  const other = await openAi(weir).chat.completions.create({
    model: 'gpt-test',
    messages: [first, {role: 'user', content: `who is ${placeholder}?`}],
  });
  t.is(other.choices[0]?.message.content, `write to ${placeholder}!`);
});

test('a value that the model says by itself is masked by the rule on responses, and not restored', async (t) => {
  const {weir, sent} = await start(t);
  const leaking = {...chatOf('hello'), metadata: {note: 'eve@example.com'}};
  const answer = await openAi(weir).chat.completions.create(leaking);
  t.true(sent()[0]?.includes('eve@example.com'));
  t.is(answer.choices[0]?.message.content, 'write to [REDACTED:email]!');
});

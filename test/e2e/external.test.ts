import Anthropic from '@anthropic-ai/sdk';
import anyTest, {type TestFn} from 'ava';
import OpenAI from 'openai';
import {parseAnalyzerHost} from '../../agent/inspect/analyzer-hosts.ts';
import {type FakeAnalyzer, startAnalyzer} from '../support/fake-analyzer.ts';
import {type InProcess, startInProcess} from '../support/in-process.ts';
import {CALLER_KEY} from '../support/policies.ts';
import {waitFor} from '../support/wait.ts';

const test = anyTest as TestFn<{weir: InProcess; analyzer: FakeAnalyzer; client: OpenAI}>;

const NAME = 'Ada Example';

/** Policy that masks persons and places with the analyzer at this URL. */
function peoplePolicy(url: string): string {
  return `apiVersion: weir/v1
kind: Detector
metadata: { name: names }
spec: { external: { url: "${url}", entities: [PERSON, LOCATION], timeout: 5s } }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: people }
spec:
  applies: { operations: [chat] }
  rules:
    - name: persons
      on: [request, response]
      find: { detectors: [names] }
      action: mask
`;
}

test.before(async (t) => {
  const analyzer = await startAnalyzer({[NAME]: 'PERSON', Oslo: 'LOCATION'});
  const weir = await startInProcess(() => ({'policies/people.yaml': peoplePolicy(analyzer.url)}), {
    analyzerHosts: [parseAnalyzerHost(analyzer.host)],
    // The SDKs of this test read signs of life in the middle of their streams.
    heartbeatEveryMs: 5,
  });
  weir.mock.onMessage('[REDACTED:person]', {content: `🎉 ${NAME} moved to Oslo, said TICKET-7.`});
  weir.mock.onMessage('weather', {toolCalls: [{name: 'mail', arguments: JSON.stringify({to: NAME, days: 3})}]});
  const client = new OpenAI({apiKey: CALLER_KEY, baseURL: `${weir.agentUrl}/v1`, maxRetries: 0});
  t.context = {weir, analyzer, client};
});

test.after.always(async (t) => {
  await t.context.weir.stop();
  await t.context.analyzer.stop();
});

function ask(content: string): {model: string; messages: OpenAI.ChatCompletionMessageParam[]} {
  return {model: 'gpt-test', messages: [{role: 'user', content}]};
}

const MASKED = '🎉 [REDACTED:person] moved to [REDACTED:location], said [tickets].';

test.serial('a name in a prompt does not reach the provider, and one in its answer not the caller', async (t) => {
  // The provider of this test answers only where it reads the placeholder.
  const completion = await t.context.client.chat.completions.create(ask(`who is ${NAME}?`));
  t.is(completion.choices[0]?.message.content, MASKED);
});

test.serial('a name in a streamed answer is masked, in deltas and in what the SDK puts together', async (t) => {
  const stream = t.context.client.chat.completions.stream(ask(`who is ${NAME}?`));
  let deltas = '';
  stream.on('content', (delta) => {
    deltas += delta;
  });
  t.is(await stream.finalContent(), MASKED);
  t.is(deltas, MASKED);
});

test.serial('a name in streamed arguments of a tool is masked, and they stay JSON', async (t) => {
  const {client} = t.context;
  const tools: OpenAI.ChatCompletionTool[] = [
    {type: 'function', function: {name: 'mail', parameters: {type: 'object'}}},
  ];
  const final = await client.chat.completions.stream({...ask('weather'), tools}).finalChatCompletion();
  const [call] = final.choices[0]?.message.tool_calls ?? [];
  t.is(call?.type === 'function' ? call.function.arguments : '', '{"to":"[REDACTED:person]","days":3}');
});

test.serial('the Anthropic SDK reads the same, in deltas, in its final message and as JSON', async (t) => {
  const {weir} = t.context;
  const client = new Anthropic({apiKey: CALLER_KEY, baseURL: weir.agentUrl, maxRetries: 0});
  const question = {
    model: 'claude-test',
    max_tokens: 100,
    messages: [{role: 'user' as const, content: `who is ${NAME}?`}],
  };
  const stream = client.messages.stream(question);
  let deltas = '';
  stream.on('text', (delta) => {
    deltas += delta;
  });
  t.is(await stream.finalText(), MASKED);
  t.is(deltas, MASKED);
  const [block] = (await client.messages.create(question)).content;
  t.is(block?.type === 'text' ? block.text : '', MASKED);
});

test.serial('a commit that would send texts to another host is not taken by the agent, which says why', async (t) => {
  const {weir, client} = t.context;
  await weir.repository.push({'policies/people.yaml': peoplePolicy('https://elsewhere.example.com')}, 'Move');
  const refused = await waitFor('the agent to refuse the bundle', 20_000, () =>
    weir.logs.lines().find((line) => line['message'] === 'bundle refused'),
  );
  t.regex(
    String(refused['reason']),
    /may not send texts to elsewhere\.example\.com; start it with --external-detector/,
  );
  const completion = await client.chat.completions.create(ask(`who is ${NAME}?`));
  t.is(completion.choices[0]?.message.content, MASKED, 'the last good bundle stays in force');
});

test.serial('an analyzer that is down is an error of its own kind, which the SDK retries', async (t) => {
  const {analyzer, weir} = t.context;
  await analyzer.stop();
  const client = new OpenAI({apiKey: CALLER_KEY, baseURL: `${weir.agentUrl}/v1`, maxRetries: 1});
  const error = await t.throwsAsync(client.chat.completions.create(ask('a text nobody has seen before')), {
    instanceOf: OpenAI.InternalServerError,
  });
  t.like(error, {status: 503, code: 'external_detector_failed'});
  const failures = weir.logs.lines().filter((line) => line['message'] === 'an external detector failed');
  t.is(failures.length, 2, 'asked twice');
});

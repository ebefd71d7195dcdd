import anyTest, {type TestFn} from 'ava';
import OpenAI from 'openai';
import {type InProcess, startInProcess} from '../support/in-process.ts';
import {CALLER_KEY, UPSTREAM_KEY} from '../support/policies.ts';

const test = anyTest as TestFn<{weir: InProcess; through: OpenAI; direct: OpenAI}>;

const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {name: 'weather', description: 'of a city', parameters: {type: 'object', properties: {}}},
  },
];

test.before(async (t) => {
  const weir = await startInProcess();
  weir.mock.onMessage('hello', {content: 'Hello there, how are you today?'});
  weir.mock.onMessage('weather', {toolCalls: [{name: 'weather', arguments: '{"city":"Oslo","days":3}'}]});
  weir.mock.onMessage('quote', {content: 'as TICKET-4711 says, TICKET-1 is done'});
  weir.mock.onEmbedding(/.*/, {embedding: [0.25, -0.5, 0.125]});
  const options = {maxRetries: 2};
  t.context = {
    weir,
    through: new OpenAI({...options, apiKey: CALLER_KEY, baseURL: `${weir.agentUrl}/v1`}),
    direct: new OpenAI({...options, apiKey: UPSTREAM_KEY, baseURL: `${weir.mockUrl}/v1`}),
  };
});

test.after.always(async (t) => {
  await t.context.weir.stop();
});

/** Without what differs from call to call. */
function stable(value: unknown): unknown {
  const text = JSON.stringify(value, (key, inner: unknown) =>
    ['id', 'created', 'system_fingerprint', 'tool_call_id'].includes(key) ? undefined : inner,
  );
  return JSON.parse(text);
}

function ask(content: string): {model: string; messages: OpenAI.ChatCompletionMessageParam[]} {
  return {model: 'gpt-test', messages: [{role: 'user', content}]};
}

test('a chat completion is the one of a direct call', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: OpenAI) => stable(await client.chat.completions.create(ask('hello')));
  t.deepEqual(await call(through), await call(direct));
});

test('a streamed chat completion is the one of a direct call, event by event', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: OpenAI) => {
    const chunks: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({...ask('hello'), stream: true})) {
      chunks.push(stable(chunk));
    }
    return chunks;
  };
  t.deepEqual(await call(through), await call(direct));
});

test('the final object that the SDK puts together from a stream is the one of a direct call', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: OpenAI) =>
    stable(await client.chat.completions.stream({...ask('weather'), tools: TOOLS}).finalChatCompletion());
  t.deepEqual(await call(through), await call(direct));
});

test('tool calls are those of a direct call, whole and streamed', async (t) => {
  const {through, direct} = t.context;
  const whole = async (client: OpenAI) =>
    stable(await client.chat.completions.create({...ask('weather'), tools: TOOLS}));
  t.deepEqual(await whole(through), await whole(direct));
  const result = await through.chat.completions.create({...ask('weather'), tools: TOOLS});
  const [call] = result.choices[0]?.message.tool_calls ?? [];
  t.is(call?.type === 'function' ? call.function.arguments : '', '{"city":"Oslo","days":3}');
});

test('several choices are those of a direct call', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: OpenAI) => stable(await client.chat.completions.create({...ask('hello'), n: 2}));
  t.deepEqual(await call(through), await call(direct));
});

test('embeddings and models are those of a direct call', async (t) => {
  const {through, direct} = t.context;
  const embed = async (client: OpenAI) => client.embeddings.create({model: 'text-embedding-test', input: 'some text'});
  t.deepEqual(stable(await embed(through)), stable(await embed(direct)));
  const list = async (client: OpenAI) => stable((await client.models.list()).data);
  t.deepEqual(await list(through), await list(direct));
});

test('a secret in a prompt does not reach the model, and one in an answer does not reach the caller', async (t) => {
  const {weir, through} = t.context;
  const messages = ask('quote TICKET-99 and TICKET-100').messages;
  const whole = await through.chat.completions.create({model: 'gpt-masked', messages});
  t.is(whole.choices[0]?.message.content, 'as [tickets] says, [tickets] is done');
  const stream = through.chat.completions.stream({model: 'gpt-masked', messages});
  t.is((await stream.finalChatCompletion()).choices[0]?.message.content, 'as [tickets] says, [tickets] is done');
  const journal = JSON.stringify(
    weir.mock.getRequests().flatMap(({body}) => (body?.model === 'gpt-masked' ? [body] : [])),
  );
  t.true(journal.includes('quote [tickets] and [tickets]'));
  t.false(journal.includes('TICKET-'));
});

test('a block is a typed error of the SDK after exactly one attempt', async (t) => {
  const {weir, through} = t.context;
  let attempts = 0;
  const counting = new OpenAI({
    apiKey: CALLER_KEY,
    baseURL: `${weir.agentUrl}/v1`,
    fetch: async (url, init) => {
      attempts += 1;
      return fetch(url, init);
    },
  });
  for (const stream of [false, true]) {
    attempts = 0;
    const error = await t.throwsAsync(counting.chat.completions.create({...ask('about project nightfall'), stream}), {
      instanceOf: OpenAI.BadRequestError,
    });
    t.is(error.code, 'project_prohibited');
    t.is(attempts, 1);
  }
  const denied = new OpenAI({apiKey: 'unknown-not-a-real-key', baseURL: through.baseURL});
  await t.throwsAsync(denied.chat.completions.create(ask('hello')), {instanceOf: OpenAI.AuthenticationError});
});

test('an error of the provider is the same typed error with its status', async (t) => {
  const {weir, through, direct} = t.context;
  weir.mock.onMessage('overload', {error: {message: 'slow down', type: 'rate_limit_error'}, status: 429});
  for (const client of [direct, through]) {
    const patient = client.withOptions({maxRetries: 0});
    const error = await t.throwsAsync(patient.chat.completions.create(ask('overload')), {
      instanceOf: OpenAI.RateLimitError,
    });
    t.regex(error.message, /429.*slow down/);
  }
});

test("a key that stands for the company's account is never the caller's", async (t) => {
  const {weir, through} = t.context;
  await through.chat.completions.create(ask('hello'));
  await t.throwsAsync(
    new OpenAI({apiKey: CALLER_KEY, baseURL: `${weir.mockUrl}/v1`, maxRetries: 0}).chat.completions.create(
      ask('hello'),
    ),
    undefined,
    'the upstream of this test takes its own key only',
  );
  const all = JSON.stringify([weir.mock.getRequests(), weir.logs.lines()]);
  t.false(all.includes(CALLER_KEY) || all.includes(UPSTREAM_KEY));
});

import Anthropic from '@anthropic-ai/sdk';
import anyTest, {type TestFn} from 'ava';
import {type InProcess, startInProcess} from '../support/in-process.ts';
import {CALLER_KEY, UPSTREAM_KEY} from '../support/policies.ts';

const test = anyTest as TestFn<{weir: InProcess; through: Anthropic; direct: Anthropic}>;

const TOOLS: Anthropic.Tool[] = [{name: 'weather', description: 'of a city', input_schema: {type: 'object'}}];

test.before(async (t) => {
  const weir = await startInProcess();
  weir.mock.onMessage('hello', {content: 'Hello there, how are you today?'});
  weir.mock.onMessage('weather', {toolCalls: [{name: 'weather', arguments: '{"city":"Oslo","days":3}'}]});
  weir.mock.onMessage('quote', {content: 'as TICKET-4711 says, TICKET-1 is done'});
  t.context = {
    weir,
    through: new Anthropic({apiKey: CALLER_KEY, baseURL: weir.agentUrl}),
    direct: new Anthropic({apiKey: UPSTREAM_KEY, baseURL: weir.mockUrl}),
  };
});

test.after.always(async (t) => {
  await t.context.weir.stop();
});

function stable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'id' ? undefined : inner)));
}

function ask(content: string): {model: string; max_tokens: number; messages: Anthropic.MessageParam[]} {
  return {model: 'claude-test', max_tokens: 100, messages: [{role: 'user', content}]};
}

test('a message is the one of a direct call', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: Anthropic) => stable(await client.messages.create(ask('hello')));
  t.deepEqual(await call(through), await call(direct));
});

test('a streamed message is the one of a direct call, event by event and put together', async (t) => {
  const {through, direct} = t.context;
  const events = async (client: Anthropic) => {
    const seen: unknown[] = [];
    for await (const event of await client.messages.create({...ask('hello'), stream: true})) seen.push(stable(event));
    return seen;
  };
  t.deepEqual(await events(through), await events(direct));
  const final = async (client: Anthropic) =>
    stable(await client.messages.stream({...ask('weather'), tools: TOOLS}).finalMessage());
  t.deepEqual(await final(through), await final(direct));
});

test('tool use is that of a direct call', async (t) => {
  const {through, direct} = t.context;
  const call = async (client: Anthropic) => stable(await client.messages.create({...ask('weather'), tools: TOOLS}));
  t.deepEqual(await call(through), await call(direct));
});

test('a beta call passes with its query and its header', async (t) => {
  const {through} = t.context;
  const answer = await through.beta.messages.create({...ask('hello'), betas: ['interleaved-thinking-2025-05-14']});
  t.is(answer.type, 'message');
});

test('a secret in a prompt does not reach the model, and one in an answer does not reach the caller', async (t) => {
  const {weir, through} = t.context;
  const request = {...ask('quote TICKET-99'), model: 'claude-masked'};
  const whole = await through.messages.create(request);
  t.like(whole.content[0], {type: 'text', text: 'as [tickets] says, [tickets] is done'});
  const streamed = await through.messages.stream(request).finalText();
  t.is(streamed, 'as [tickets] says, [tickets] is done');
  const journal = JSON.stringify(
    weir.mock.getRequests().flatMap(({body}) => (body?.model === 'claude-masked' ? [body] : [])),
  );
  t.true(journal.includes('quote [tickets]'));
  t.false(journal.includes('TICKET-'));
});

test('a block is a typed error of the SDK after exactly one attempt', async (t) => {
  const {weir} = t.context;
  let attempts = 0;
  const client = new Anthropic({
    apiKey: CALLER_KEY,
    baseURL: weir.agentUrl,
    fetch: async (url, init) => {
      attempts += 1;
      return fetch(url, init);
    },
  });
  for (const stream of [false, true]) {
    attempts = 0;
    const error = await t.throwsAsync(client.messages.create({...ask('about project nightfall'), stream}), {
      instanceOf: Anthropic.BadRequestError,
    });
    t.regex(error.message, /This project may not be discussed/);
    t.is(attempts, 1);
  }
});

test('an unknown key is an authentication error', async (t) => {
  const {weir} = t.context;
  const client = new Anthropic({apiKey: 'unknown-not-a-real-key', baseURL: weir.agentUrl});
  await t.throwsAsync(client.messages.create(ask('hello')), {instanceOf: Anthropic.AuthenticationError});
});

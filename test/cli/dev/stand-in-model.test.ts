import Anthropic from '@anthropic-ai/sdk';
import test from 'ava';
import OpenAI from 'openai';
import {startStandInModel} from '../../../cli/dev/stand-in-model.ts';

test('the official OpenAI client reads the echo, whole and streamed', async (t) => {
  const model = await startStandInModel({listen: '127.0.0.1:0', paceMs: 0});
  t.teardown(model.stop);
  const client = new OpenAI({apiKey: 'any', baseURL: `${model.url}/v1`});
  const messages = [{role: 'user' as const, content: 'a fine day'}];

  const whole = await client.chat.completions.create({model: 'gpt-stand-in', messages});
  t.is(whole.choices[0]?.message.content, 'I received: a fine day');

  const stream = await client.chat.completions.create({model: 'gpt-stand-in', messages, n: 2, stream: true});
  const texts = ['', ''];
  for await (const chunk of stream) {
    for (const {index, delta} of chunk.choices) texts[index] = (texts[index] ?? '') + (delta.content ?? '');
  }
  t.deepEqual(texts, ['I received: a fine day', 'I received: a fine day']);
});

test('the official Anthropic client reads the echo, whole and streamed', async (t) => {
  const model = await startStandInModel({listen: '127.0.0.1:0', paceMs: 0});
  t.teardown(model.stop);
  const client = new Anthropic({apiKey: 'any', baseURL: model.url});
  const request = {
    model: 'claude-stand-in',
    max_tokens: 64,
    messages: [{role: 'user' as const, content: [{type: 'text' as const, text: 'a fine day'}]}],
  };

  const whole = await client.messages.create(request);
  t.like(whole.content[0], {type: 'text', text: 'I received: a fine day'});
  t.is(await client.messages.stream(request).finalText(), 'I received: a fine day');
});

test('embeddings come back in the encoding that was asked for, and the last request is remembered', async (t) => {
  const model = await startStandInModel({listen: '127.0.0.1:0', paceMs: 0});
  t.teardown(model.stop);
  const client = new OpenAI({apiKey: 'any', baseURL: `${model.url}/v1`});

  const {data} = await client.embeddings.create({model: 'text-embedding-stand-in', input: ['one', 'two']});
  t.deepEqual(
    data.map(({embedding}) => embedding.length),
    [16, 16],
  );
  t.is(model.lastRequest()?.path, '/v1/embeddings');
  t.true(model.lastRequest()?.body.includes('two'));
});

test('what it does not know is answered 404 in the provider shape, rubbish 400', async (t) => {
  const model = await startStandInModel({listen: '127.0.0.1:0', paceMs: 0});
  t.teardown(model.stop);

  t.is((await fetch(`${model.url}/v1/files`)).status, 404);
  const rubbish = await fetch(`${model.url}/v1/chat/completions`, {method: 'POST', body: '{'});
  t.is(rubbish.status, 400);
  t.like(await rubbish.json(), {error: {type: 'invalid_request_error'}});
});

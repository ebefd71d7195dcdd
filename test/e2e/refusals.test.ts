import Anthropic from '@anthropic-ai/sdk';
import test from 'ava';
import {chat, startDeployment} from '../support/deployment.ts';
import {CALLER_KEY} from '../support/policies.ts';

test('a block is answered in the shape of the provider, whole or streamed, and never reaches it', async (t) => {
  const weir = await startDeployment(t);
  for (const stream of [false, true]) {
    const response = await chat(weir.agentUrl, 'Tell me about Project Nightfall.', {stream});
    t.is(response.status, 400);
    t.is(response.headers.get('x-should-retry'), 'false');
    t.like(await response.json(), {error: {code: 'project_prohibited', message: 'This project may not be discussed.'}});
  }
  const anthropic = new Anthropic({apiKey: CALLER_KEY, baseURL: weir.agentUrl, maxRetries: 0});
  const error: unknown = await anthropic.messages
    .create({model: 'claude-test', max_tokens: 10, messages: [{role: 'user', content: 'Project nightfall?'}]})
    .catch((reason: unknown) => reason);
  t.true(error instanceof Anthropic.BadRequestError);
  t.true(String(error).includes('This project may not be discussed.'));
  t.is(weir.model.lastRequest(), undefined);
});

test('what is not governed, not readable or not authenticated is refused with one clear word', async (t) => {
  const weir = await startDeployment(t);
  const post = async (path: string, body: string, key: string) =>
    fetch(`${weir.agentUrl}${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
      body,
    });
  const codeOf = async (response: Response) => {
    const body = (await response.json()) as {error: {code: string}};
    return [response.status, body.error.code];
  };

  t.deepEqual(await codeOf(await post('/v1/fine_tuning/jobs', '{}', CALLER_KEY)), [404, 'unknown_operation']);
  t.deepEqual(await codeOf(await post('/v1/chat/completions', '{"model":', CALLER_KEY)), [400, 'body_unreadable']);
  t.deepEqual(await codeOf(await post('/v1/chat/completions', '{}', 'weir_unknown')), [401, 'unauthenticated']);
  t.is(weir.model.lastRequest(), undefined);
});

import test from 'ava';
import {conversationOf} from '../../../engine/decide/conversation.ts';
import {anthropic} from '../../../engine/dialect/anthropic.ts';
import type {Dialect} from '../../../engine/dialect/dialect.ts';
import {openai} from '../../../engine/dialect/openai.ts';

/** What tells the conversation of a request. */
function conversation(
  dialect: Dialect,
  body: object,
  path = dialect.name === 'openai' ? '/v1/chat/completions' : '/v1/messages',
): string {
  const route = dialect.route('POST', path);
  if (route === undefined) throw new Error('no route');
  const reading = dialect.readRequest(route, JSON.stringify({model: 'm', ...body}));
  return conversationOf(reading.conversation, reading.runs);
}

const user = (content: unknown) => ({role: 'user', content});

test('a conversation that grows stays the same, and one that begins otherwise is another', (t) => {
  for (const dialect of [openai, anthropic]) {
    const first = conversation(dialect, {messages: [user('hello')]});
    const grown = [user('hello'), {role: 'assistant', content: 'hi'}, user('and now?')];
    t.is(conversation(dialect, {messages: grown}), first);
    t.not(conversation(dialect, {messages: [user('hello!')]}), first);
    t.not(conversation(dialect, {messages: [user('and now?')]}), first);
  }
});

test('what a program says to every model tells no conversation', (t) => {
  const system = {role: 'system', content: 'be brief'};
  const one = conversation(openai, {messages: [system, user('one')]});
  t.is(conversation(openai, {messages: [{...system, content: 'be long'}, user('one')]}), one);
  t.not(conversation(openai, {messages: [system, user('two')]}), one);
});

test('parts of the first message count all, and cannot be moved into each other', (t) => {
  const image = {type: 'image_url', image_url: {url: 'https://example.com/x.png'}};
  const of = (...texts: string[]) =>
    conversation(openai, {messages: [user(texts.flatMap((text) => [{type: 'text', text}, image]))]});
  t.is(new Set([of('a', 'b'), of('a', 'c'), of('ab'), of('a', 'b', 'c')]).size, 4);
});

test('a client that names its conversations is believed', (t) => {
  const messages = [user('hello')];
  const named: [Dialect, object][] = [
    [openai, {conversation: 'c1'}],
    [openai, {conversation: {id: 'c1'}}],
    [openai, {metadata: {session_id: 'c1'}}],
    [anthropic, {metadata: {conversation_id: 'c1'}}],
  ];
  for (const [dialect, more] of named) t.is(conversation(dialect, {messages, ...more}), 'stated:c1');
  const agent = {metadata: {user_id: 'user_1_account__session_2'}};
  t.is(conversation(anthropic, {messages, ...agent}), 'stated:user_1_account__session_2');
  t.not(conversation(anthropic, {messages, metadata: {user_id: 'user_1'}}), 'stated:user_1');
});

test('requests without messages are one conversation', (t) => {
  const of = (input: string) => conversation(openai, {input}, '/v1/embeddings');
  t.is(of('one'), of('two'));
});

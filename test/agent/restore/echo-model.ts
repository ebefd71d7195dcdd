import type {ServerResponse} from 'node:http';
import type {ExecutionContext} from 'ava';
import {type FakeUpstream, startUpstream} from '../proxy/fake-upstream.ts';

/** What a model says back: everything that stands in brackets in its prompt, in text and as a call of this tool. */
interface Saying {
  text: string;
  tool: string;
  json: string;
}

/** A model that repeats the placeholders it is given, whole or in pieces of three characters, in both dialects. */
export async function startEchoModel(t: ExecutionContext): Promise<FakeUpstream> {
  return startUpstream(t, (request, response, body) => {
    const {stream = false, tools = []} = JSON.parse(body) as {
      stream?: boolean;
      tools?: {name?: string; function?: {name: string}}[];
    };
    const named = [...new Set(body.match(/\[[^[\]"\\]{8,80}\]|[a-z]+@example\.com/g))];
    const tool = tools[0]?.function?.name ?? tools[0]?.name ?? '';
    const saying = {text: `write to ${named.join(' and ')}!`, tool, json: JSON.stringify({to: named, n: 1})};
    const isOpenAi = request.url?.endsWith('/chat/completions') === true;
    const answer = isOpenAi ? openAiAnswer : anthropicAnswer;
    answer(response, saying, stream);
  });
}

const SSE = {'content-type': 'text/event-stream'};
const JSON_TYPE = {'content-type': 'application/json'};

function openAiAnswer(response: ServerResponse, {text, tool, json}: Saying, stream: boolean): void {
  const head = {id: 'chatcmpl-1', created: 1, model: 'gpt-test'};
  const call = {id: 'call_1', type: 'function', function: {name: tool, arguments: json}};
  const finish = tool === '' ? 'stop' : 'tool_calls';
  if (!stream) {
    const message = {role: 'assistant', content: text, refusal: null, ...(tool === '' ? {} : {tool_calls: [call]})};
    const choices = [{index: 0, message, finish_reason: finish, logprobs: null}];
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({...head, object: 'chat.completion', choices}));
    return;
  }
  const event = (delta: object, reason: string | null = null): void => {
    const choices = [{index: 0, delta, finish_reason: reason}];
    response.write(`data: ${JSON.stringify({...head, object: 'chat.completion.chunk', choices})}\n\n`);
  };
  response.writeHead(200, SSE);
  event({role: 'assistant', content: ''});
  for (const content of threes(text)) event({content});
  if (tool !== '') {
    event({tool_calls: [{index: 0, ...call, function: {name: tool, arguments: ''}}]});
    for (const part of threes(json)) event({tool_calls: [{index: 0, function: {arguments: part}}]});
  }
  event({}, finish);
  response.end('data: [DONE]\n\n');
}

function anthropicAnswer(response: ServerResponse, {text, tool, json}: Saying, stream: boolean): void {
  const usage = {input_tokens: 1, output_tokens: 1};
  const head = {id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-test', stop_sequence: null, usage};
  const call = {type: 'tool_use', id: 'toolu_1', name: tool};
  const reason = tool === '' ? 'end_turn' : 'tool_use';
  if (!stream) {
    const calls = tool === '' ? [] : [{...call, input: JSON.parse(json) as object}];
    const message = {...head, content: [{type: 'text', text}, ...calls], stop_reason: reason};
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(message));
    return;
  }
  const event = (data: {type: string} & Record<string, unknown>): void => {
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const block = (index: number, start: object, deltas: readonly object[]): void => {
    event({type: 'content_block_start', index, content_block: start});
    for (const delta of deltas) event({type: 'content_block_delta', index, delta});
    event({type: 'content_block_stop', index});
  };
  response.writeHead(200, SSE);
  event({type: 'message_start', message: {...head, content: [], stop_reason: null}});
  block(
    0,
    {type: 'text', text: ''},
    threes(text).map((part) => ({type: 'text_delta', text: part})),
  );
  if (tool !== '') {
    const parts = threes(json).map((part) => ({type: 'input_json_delta', partial_json: part}));
    block(1, {...call, input: {}}, parts);
  }
  event({type: 'message_delta', delta: {stop_reason: reason, stop_sequence: null}, usage: {output_tokens: 9}});
  event({type: 'message_stop'});
  response.end();
}

function threes(text: string): string[] {
  return text.match(/[\s\S]{1,3}/g) ?? [];
}

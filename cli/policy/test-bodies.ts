import type {Provider} from '../../engine/bundle.ts';
import type {DialectName} from '../../engine/exchange.ts';
import type {PolicyTestCase} from '../../engine/language/schema/policy-test.ts';

type Given = PolicyTestCase['given'];

const PATHS: Readonly<Record<DialectName, Readonly<Record<Given['operation'], string>>>> = {
  openai: {chat: '/v1/chat/completions', embeddings: '/v1/embeddings'},
  anthropic: {chat: '/v1/messages', embeddings: '/v1/embeddings'},
};

/** The path that a caller's SDK would ask for. */
export function requestPath(dialect: DialectName, operation: Given['operation']): string {
  return PATHS[dialect][operation];
}

/** The body of a case: as given, or the one an SDK would make of the prompt. */
export function requestBody(provider: Provider, given: Given): string {
  return JSON.stringify(given.body ?? shortBody(provider, given));
}

/** A whole response that says a text. */
export function responseBody(dialect: DialectName, text: string): string {
  const usage = {prompt_tokens: 1, completion_tokens: 1, total_tokens: 2};
  switch (dialect) {
    case 'openai': {
      const message = {role: 'assistant', content: text, refusal: null};
      const choices = [{index: 0, message, logprobs: null, finish_reason: 'stop'}];
      return JSON.stringify({id: 'test', object: 'chat.completion', created: 0, model: 'test', choices, usage});
    }
    case 'anthropic': {
      const content = [{type: 'text', text}];
      const rest = {stop_reason: 'end_turn', stop_sequence: null, usage: {input_tokens: 1, output_tokens: 1}};
      return JSON.stringify({id: 'test', type: 'message', role: 'assistant', model: 'test', content, ...rest});
    }
  }
}

function shortBody(provider: Provider, given: Given): unknown {
  const {prompt = '', system} = given;
  const model = given.model ?? provider.models[0]?.replaceAll('*', 'test') ?? 'test';
  if (given.operation === 'embeddings') return {model, input: prompt};
  const user = {role: 'user', content: prompt};
  switch (provider.dialect) {
    case 'openai':
      return {model, messages: system === undefined ? [user] : [{role: 'system', content: system}, user]};
    case 'anthropic':
      return {model, max_tokens: 1024, ...(system !== undefined && {system}), messages: [user]};
  }
}
